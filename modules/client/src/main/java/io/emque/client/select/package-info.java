/** The selectors that come with the client, found by ServiceLoader like anybody's. */
package io.emque.client.select;

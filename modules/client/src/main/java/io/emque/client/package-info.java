/** The Java client. */
package io.emque.client;

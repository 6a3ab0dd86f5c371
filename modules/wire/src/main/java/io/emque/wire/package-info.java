/** Between the messages of the binary protocols and the types of the API. */
package io.emque.wire;

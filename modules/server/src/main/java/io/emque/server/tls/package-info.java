/** Certificates, and TLS sockets that answer plaintext in words. */
package io.emque.server.tls;

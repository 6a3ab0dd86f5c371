/** Keys and certificates in PEM (RFC 7468), for servers and clients. */
@org.jspecify.annotations.NullMarked
module io.emque.pem {
  requires static org.jspecify;

  exports io.emque.pem;
}

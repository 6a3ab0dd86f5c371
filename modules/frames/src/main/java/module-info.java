/** The frames of WebSocket (RFC 6455), for servers and clients. Knows no socket. */
@org.jspecify.annotations.NullMarked
module io.emque.frames {
  requires static org.jspecify;

  exports io.emque.frames;
}

/** A broker, its transports and TLS, put together; embeddable in a program. */
@org.jspecify.annotations.NullMarked
module io.emque.server {
  requires static org.jspecify;
  requires transitive io.emque.client;
  requires transitive io.emque.engine;
  requires io.emque.console;
  requires io.emque.pem;
  requires io.emque.proxy;
  requires io.emque.transport.grpc;
  requires transitive io.emque.transport.http;
  requires io.helidon.common.socket;
  requires io.helidon.common.tls;
  requires io.helidon.webserver;
  requires java.management;
  requires jdk.management;
  requires jdk.net;
  requires org.yaml.snakeyaml;

  provides io.emque.api.spi.Authorizer with
      io.emque.server.auth.TokensAuthorizer;

  exports io.emque.server;
  exports io.emque.server.auth;
  exports io.emque.server.plugin;
}

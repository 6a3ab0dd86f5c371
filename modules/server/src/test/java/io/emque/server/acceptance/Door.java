package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.emque.api.Broker;
import io.emque.api.BrokerException;
import io.emque.client.Emque;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.net.URLEncoder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A way into a server: knocking tells what comes of one try, {@code OK} or the refusal's code. */
enum Door {
  HTTP_PUBLISH {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      return request(port, "POST /pub?topic=" + encoded(topic), bearer(token));
    }
  },
  HTTP_LINES {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      return request(port, "POST /pub?batch=lines&topic=" + encoded(topic), bearer(token));
    }
  },
  SSE {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      return request(port, "GET /sub?format=sse&topic=" + encoded(topic), bearer(token));
    }
  },
  COOKIE {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      return request(
          port,
          "GET /sub?topic=" + encoded(topic),
          token == null ? new String[0] : new String[] {"Cookie: a=b; emque_token=" + token});
    }
  },
  WS_SUBSCRIBE {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      return upgrade(port, "/sub?topic=" + encoded(topic), bearer(token));
    }
  },
  WS_PUBLISH {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      return upgrade(port, "/pub?topic=" + encoded(topic), bearer(token));
    }
  },
  WS_PROTOCOL {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      String offers = "emque.plain" + (token == null ? "" : ", bearer." + token);
      return upgrade(port, "/sub?topic=" + encoded(topic), "Sec-WebSocket-Protocol: " + offers);
    }
  },
  GRPC_PUBLISH {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      return call(
          port,
          token,
          stub -> {
            var unused =
                stub.publish(
                    Publish.newBuilder()
                        .setTopic(topic)
                        .setPayload(ByteString.copyFromUtf8("x"))
                        .build());
          });
    }
  },
  GRPC_SUBSCRIBE {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      return call(
          port,
          token,
          stub -> {
            var unused =
                stub.subscribe(SubscribeRequest.newBuilder().setTopic(topic).build()).next();
          });
    }
  },
  PROXY_HOP {
    @Override
    String knock(int port, String topic, @Nullable String token) throws Exception {
      var upstream =
          Emque.builder().servers("http://127.0.0.1:" + port).token(token).timeout(TIMEOUT);
      try (var proxy =
              TestServer.start(ServerOptions.DEFAULT.tls(TlsOptions.OFF).upstream(upstream));
          Broker client =
              Emque.builder()
                  .servers("http://127.0.0.1:" + proxy.port())
                  .timeout(TIMEOUT)
                  .connect()) {
        client.publish(topic, "x");
        return "OK";
      } catch (BrokerException e) {
        return e.code().name();
      }
    }
  };

  static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /**
   * @param token null for none
   */
  abstract String knock(int port, String topic, @Nullable String token) throws Exception;

  /** Whether it is for publishing; else it is for subscribing. */
  boolean publishes() {
    return switch (this) {
      case HTTP_PUBLISH, HTTP_LINES, WS_PUBLISH, GRPC_PUBLISH, PROXY_HOP -> true;
      case SSE, COOKIE, WS_SUBSCRIBE, WS_PROTOCOL, GRPC_SUBSCRIBE -> false;
    };
  }

  private static String encoded(String topic) {
    return URLEncoder.encode(topic, UTF_8);
  }

  private static String[] bearer(@Nullable String token) {
    return token == null ? new String[0] : new String[] {"Authorization: Bearer " + token};
  }

  static String request(int port, String line, String... headers) throws Exception {
    try (var peer = Peer.connect(port)) {
      peer.sendHead(line + " HTTP/1.1", headers, "Content-Length: 0");
      Peer.Head head = peer.readHead();
      return head.status() == 200 ? "OK" : head.header("emque-error");
    }
  }

  private static String upgrade(int port, String target, String... headers) throws Exception {
    try (var peer = Peer.connect(port)) {
      peer.sendHead(
          "GET " + target + " HTTP/1.1",
          headers,
          "Connection: Upgrade",
          "Upgrade: websocket",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
      Peer.Head head = peer.readHead();
      return head.status() == 101 ? "OK" : head.header("emque-error");
    }
  }

  private static String call(int port, @Nullable String token, Call call) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try {
      var stub = EmqueGrpc.newBlockingStub(channel);
      call.on(token == null ? stub : stub.withInterceptors(carrying(token)));
      return "OK";
    } catch (StatusRuntimeException e) {
      var trailers = e.getTrailers();
      return trailers == null ? e.toString() : String.valueOf(trailers.get(ERROR));
    } finally {
      channel.shutdownNow();
    }
  }

  static io.grpc.ClientInterceptor carrying(String token) {
    var headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  private interface Call {
    void on(EmqueGrpc.EmqueBlockingStub stub);
  }
}

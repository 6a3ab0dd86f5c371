package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.Broker;
import io.emque.api.BrokerException;
import io.emque.api.SubscribeOptions;
import io.emque.client.Emque;
import io.emque.client.EmqueBuilder;
import io.emque.client.Transport;
import io.emque.pem.KeyAndChain;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.Socket;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** A way into a server over TLS: knocking tells what came of it, {@code OK} or the code and why. */
enum TlsDoor {
  HTTP_PUBLISH {
    @Override
    String knock(int port, String topic, @Nullable KeyAndChain shown, Path folder)
        throws Exception {
      try (var peer = Peer.over(connect(context(shown), port))) {
        peer.sendHead("POST /pub?topic=" + topic + " HTTP/1.1", new String[0], "Content-Length: 0");
        return said(peer.readAnswer());
      }
    }
  },
  WEB_SOCKET {
    @Override
    String knock(int port, String topic, @Nullable KeyAndChain shown, Path folder)
        throws Exception {
      try (var peer = Peer.over(connect(context(shown), port))) {
        peer.sendHead(
            "GET /sub?topic=" + topic + " HTTP/1.1",
            new String[0],
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        return said(peer.readAnswer());
      }
    }
  },
  /** curl speaks HTTP/2. */
  CURL {
    @Override
    String knock(int port, String topic, @Nullable KeyAndChain shown, Path folder)
        throws Exception {
      var command = new ArrayList<>(List.of("curl", "-sSk", "--http2", "-d", "x"));
      if (shown != null) {
        TestAuthority.write(folder, "curl", shown);
        command.addAll(List.of("--cert", folder.resolve("curl.pem").toString()));
        command.addAll(List.of("--key", folder.resolve("curl.key").toString()));
      }
      command.addAll(List.of("-w", "%{http_version} %header{emque-error}"));
      command.add("https://127.0.0.1:" + port + "/pub?topic=" + topic);
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      int code = process.waitFor();
      String[] lines = said.split("\n", -1);
      String last = lines[lines.length - 1];
      return code != 0 || !last.startsWith("2 ")
          ? "curl " + code + ": " + said
          : last.equals("2 ") ? "OK" : last.substring(2) + ": " + lines[0];
    }
  },
  GRPC {
    @Override
    String knock(int port, String topic, @Nullable KeyAndChain shown, Path folder)
        throws Exception {
      var tls = GrpcSslContexts.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE);
      if (shown != null) {
        tls.keyManager(new Showing(shown));
      }
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", port).sslContext(tls.build()).build();
      try {
        var request = SubscribeRequest.newBuilder().setTopic(topic).build();
        var first = EmqueGrpc.newBlockingStub(channel).subscribe(request).next();
        return first.hasHeartbeat() ? "OK" : "no heartbeat";
      } catch (StatusRuntimeException e) {
        return e.getStatus().getCode() + ": " + e.getStatus().getDescription();
      } finally {
        channel.shutdownNow();
      }
    }
  },
  CLIENT {
    @Override
    String knock(int port, String topic, @Nullable KeyAndChain shown, Path folder)
        throws Exception {
      return ask(builder(port, shown, folder), topic);
    }
  },
  CLIENT_GRPC {
    @Override
    String knock(int port, String topic, @Nullable KeyAndChain shown, Path folder)
        throws Exception {
      return ask(builder(port, shown, folder).transport(Transport.GRPC), topic);
    }
  },
  PROXY_HOP {
    @Override
    String knock(int port, String topic, @Nullable KeyAndChain shown, Path folder)
        throws Exception {
      var options = ServerOptions.DEFAULT.tls(TlsOptions.OFF);
      try (var proxy = TestServer.start(options.upstream(builder(port, shown, folder)))) {
        var client = Emque.builder().servers("http://127.0.0.1:" + proxy.port());
        return ask(client.timeout(Door.TIMEOUT), topic);
      }
    }
  };

  /**
   * @param shown null for no certificate
   * @param folder for its files
   */
  abstract String knock(int port, String topic, @Nullable KeyAndChain shown, Path folder)
      throws Exception;

  /** In each way, for the client makes a connection for each. */
  private static String ask(EmqueBuilder builder, String topic) {
    try (Broker client = builder.connect()) {
      client.subscribe(topic, SubscribeOptions.DEFAULT).close();
      client.publish(topic, "x");
      client.topic(topic);
      return "OK";
    } catch (BrokerException e) {
      return e.code() + ": " + e.getMessage();
    }
  }

  static EmqueBuilder builder(int port, @Nullable KeyAndChain shown, Path folder) throws Exception {
    EmqueBuilder builder =
        Emque.builder().servers("https://127.0.0.1:" + port).timeout(Door.TIMEOUT);
    if (shown == null) {
      return builder;
    }
    TestAuthority.write(folder, "client", shown);
    return builder.certificateFiles(folder.resolve("client.pem"), folder.resolve("client.key"));
  }

  private static String said(Peer.Answer answer) {
    return answer.status() == 200 || answer.status() == 101
        ? "OK"
        : answer.head().header("emque-error") + ": " + answer.body().strip();
  }

  static SSLSocket connect(SSLContext context, int port) throws Exception {
    var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout((int) Door.TIMEOUT.toMillis());
    socket.startHandshake();
    return socket;
  }

  /** The JDK's, with a key manager that shows this one whoever is asked for. */
  static SSLContext context(@Nullable KeyAndChain shown) throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(
        shown == null ? null : new KeyManager[] {new Showing(shown)},
        new TrustManager[] {new TrustAll()},
        null);
    return context;
  }

  private static final class Showing extends X509ExtendedKeyManager {
    private final KeyAndChain own;

    Showing(KeyAndChain own) {
      this.own = own;
    }

    @Override
    public String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return "own";
    }

    @Override
    public String chooseEngineClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return "own";
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return own.chain().toArray(new X509Certificate[0]);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return own.key();
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }

  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

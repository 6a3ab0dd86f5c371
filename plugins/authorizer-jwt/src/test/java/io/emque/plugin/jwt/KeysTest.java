package io.emque.plugin.jwt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.emque.api.spi.Authorizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where keys come from. */
@Timeout(60)
class KeysTest {
  @TempDir Path folder;
  private final AtomicInteger changes = new AtomicInteger();
  private final AtomicReference<Runnable> changed = new AtomicReference<>(() -> {});

  private final Authorizer.Context context =
      new Authorizer.Context() {
        @Override
        public Map<String, String> options() {
          return Map.of();
        }

        @Override
        public InstantSource clock() {
          return InstantSource.system();
        }

        @Override
        public void follow(Path file, Runnable action) {
          changed.set(action);
        }

        @Override
        public void changed() {
          changes.incrementAndGet();
        }
      };

  private static ECKey key(String id) throws Exception {
    return new ECKeyGenerator(Curve.P_256).keyID(id).generate().toPublicJWK();
  }

  @Test
  void keysOfAnAddressAreThereAtStartAndStayWhenItFails() throws Exception {
    var body = new AtomicReference<>(new JWKSet(key("k1")).toString(true));
    var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(() -> serve(server, body));
    try (Keys keys = Keys.open("http://127.0.0.1:" + server.getLocalPort() + "/jwks", context)) {
      assertThat(keys.forId("k1")).hasSize(1);
      assertThat(keys.forId("made-up")).isEmpty();

      body.set(new JWKSet(key("k2")).toString(true));
      keys.reload();
      assertThat(keys.forId("k2")).hasSize(1);
      assertThat(keys.forId("k1")).as("rotated out").isEmpty();
      assertThat(changes).hasValue(2);

      body.set("not json");
      assertThatIOException().isThrownBy(keys::reload).withMessageContaining("neither a JWKS nor");
      assertThat(keys.forId("k2")).hasSize(1);
    } finally {
      server.close();
    }
  }

  private static void serve(ServerSocket server, AtomicReference<String> body) {
    while (true) {
      try (Socket socket = server.accept()) {
        var lines =
            new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).lines();
        lines.takeWhile(line -> !line.isEmpty()).forEach(line -> {});
        String answer =
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
                + body.get().length()
                + "\r\n\r\n"
                + body.get();
        socket.getOutputStream().write(answer.getBytes(UTF_8));
      } catch (IOException closed) {
        return;
      }
    }
  }

  @Test
  void addressThatDoesNotAnswerLeavesKeysMissing() throws Exception {
    try (Keys keys = Keys.open("http://127.0.0.1:1/jwks", context)) {
      assertThat(keys.areMissing()).isTrue();
      assertThat(keys.forId(null)).isEmpty();
    }
  }

  @Test
  void addressMustBeOfHttps() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Keys.open("http://issuer.example/jwks", context))
        .withMessageContaining("must be https");
  }

  @Test
  void fileIsFollowed() throws Exception {
    Path file = Files.writeString(folder.resolve("k.json"), new JWKSet(key("k1")).toString(true));
    try (Keys keys = Keys.open(file.toString(), context)) {
      Files.writeString(file, new JWKSet(key("k2")).toString(true));
      changed.get().run();

      assertThat(keys.forId("k2")).hasSize(1);
      assertThat(keys.forId("k1")).isEmpty();
    }
  }

  @Test
  void publicKeyInPemIsTaken() throws Exception {
    RSAKey rsa = new RSAKeyGenerator(2048).generate();
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(rsa.toRSAPublicKey().getEncoded())
            + "\n-----END PUBLIC KEY-----\n";
    Path file = Files.writeString(folder.resolve("key.pem"), pem);
    try (Keys keys = Keys.open(file.toString(), context)) {
      assertThat(keys.forId("any").getFirst().toRSAKey().toRSAPublicKey())
          .isEqualTo(rsa.toRSAPublicKey());
    }
  }
}

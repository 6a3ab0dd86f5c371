package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.emque.plugin.jwt.JwtAuthorizer;
import io.emque.server.AuthOptions;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReplies;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The authorizer {@code jwt}, at every door of a server. */
@Timeout(60)
class JwtTest {
  @TempDir static Path folder;
  private static TestServer server;
  private static RSAKey rsa;
  private static RSAKey strange;
  private static ECKey ec;
  private static OctetSequenceKey secret;
  private static KeyPair ed;

  @BeforeAll
  static void start() throws Exception {
    rsa = new RSAKeyGenerator(2048).keyID("rsa").generate();
    strange = new RSAKeyGenerator(2048).keyID("rsa").generate();
    ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
    secret = new OctetSequenceKeyGenerator(256).keyID("secret").generate();
    ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] info = ed.getPublic().getEncoded();
    var point = Base64URL.encode(Arrays.copyOfRange(info, info.length - 32, info.length));
    var keys =
        new JWKSet(
            List.of(
                rsa.toPublicJWK(),
                ec.toPublicJWK(),
                new OctetKeyPair.Builder(Curve.Ed25519, point).keyID("ed").build(),
                secret));
    Path file = Files.writeString(folder.resolve("jwks.json"), keys.toString(false));
    var options =
        Map.of(
            "jwt_keys", file.toString(),
            "jwt_audience", "emque",
            "jwt_issuer", "https://issuer",
            "jwt_skew", "5s");
    server =
        TestServer.start(
            ServerOptions.DEFAULT
                .tls(TlsOptions.OFF)
                .auth(new AuthOptions(new JwtAuthorizer(), options, false)));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static JWTClaimsSet claims(UnaryOperator<JWTClaimsSet.Builder> changes) {
    List<String> topics = List.of("orders/*", "ü b/*.log");
    var good =
        new JWTClaimsSet.Builder()
            .issuer("https://issuer")
            .subject("shop")
            .audience(List.of("other", "emque"))
            .expirationTime(in(600))
            .notBeforeTime(in(-10))
            .claim("emque", Map.of("publish", topics, "subscribe", topics, "metrics", true));
    return changes.apply(good).build();
  }

  private static Date in(long seconds) {
    return Date.from(Instant.now().plusSeconds(seconds));
  }

  private static String signed(
      JWSAlgorithm algorithm, String id, JWSSigner signer, JWTClaimsSet claims) throws Exception {
    var token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(id).build(), claims);
    token.sign(signer);
    return token.serialize();
  }

  private static String rsa(UnaryOperator<JWTClaimsSet.Builder> changes) throws Exception {
    return signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(rsa), claims(changes));
  }

  /** By the JDK: the library wants another one for it. */
  private static String ed(JWTClaimsSet claims) throws Exception {
    String text =
        Base64URL.encode("{\"alg\":\"EdDSA\",\"kid\":\"ed\"}")
            + "."
            + claims.toPayload().toBase64URL();
    var signing = Signature.getInstance("Ed25519");
    signing.initSign(ed.getPrivate());
    signing.update(text.getBytes(UTF_8));
    return text + "." + Base64URL.encode(signing.sign());
  }

  private static long failures(String reason) throws Exception {
    try (var peer = Peer.connect(server.port())) {
      peer.sendHead("GET /metrics HTTP/1.1", new String[] {"Authorization: Bearer " + rsa(c -> c)});
      String name = "emque_auth_failures_total{reason=\"" + reason + "\"} ";
      return peer.readAnswer()
          .body()
          .lines()
          .filter(line -> line.startsWith(name))
          .map(line -> (long) Double.parseDouble(line.substring(name.length())))
          .findFirst()
          .orElseThrow();
    }
  }

  private static void refused(
      Door door, String topic, @Nullable String token, String code, String reason)
      throws Exception {
    long before = failures(reason);

    String answer = door.knock(server.port(), topic, token);

    boolean behindProxy = door == Door.PROXY_HOP && code.equals("UNAUTHENTICATED");
    assertThat(answer).as(reason).isEqualTo(behindProxy ? "UPSTREAM_FAILED" : code);
    assertThat(failures(reason)).as("counted as " + reason).isGreaterThan(before);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  void onlyGoodTokensOpenADoorAndOnlyWhereTheirRulesAllow(Door door) throws Exception {
    JWTClaimsSet good = claims(c -> c);
    for (String token :
        List.of(
            rsa(c -> c),
            signed(JWSAlgorithm.PS384, "rsa", new RSASSASigner(rsa), good),
            signed(JWSAlgorithm.ES256, "ec", new ECDSASigner(ec), good),
            signed(JWSAlgorithm.HS256, "secret", new MACSigner(secret), good),
            ed(good))) {
      assertThat(door.knock(server.port(), "orders/1", token)).isEqualTo("OK");
    }
    assertThat(door.knock(server.port(), "ü b/c+d&.log", rsa(c -> c))).isEqualTo("OK");

    String no = "UNAUTHENTICATED";
    refused(door, "orders/1", null, no, "missing");
    refused(door, "orders/1", "abc", no, "malformed");
    refused(
        door,
        "orders/1",
        signed(JWSAlgorithm.RS256, "rsa", new RSASSASigner(strange), good),
        no,
        "signature");
    refused(
        door,
        "orders/1",
        signed(JWSAlgorithm.RS256, "gone", new RSASSASigner(rsa), good),
        no,
        "signature");
    refused(door, "orders/1", rsa(c -> c.expirationTime(in(-60))), no, "expired");
    refused(door, "orders/1", rsa(c -> c.expirationTime(null)), no, "malformed");
    refused(door, "orders/1", rsa(c -> c.notBeforeTime(in(60))), no, "not_yet_valid");
    refused(door, "orders/1", rsa(c -> c.audience("other")), no, "audience");
    refused(door, "orders/1", rsa(c -> c.issuer("https://other")), no, "issuer");
    refused(door, "orders/1", new PlainJWT(good).serialize(), no, "algorithm");
    for (String confused : confused(good)) {
      refused(door, "orders/1", confused, no, "algorithm");
    }
    refused(door, "invoices/1", rsa(c -> c), "FORBIDDEN", "forbidden");
    refused(door, "ü b/c.logs", rsa(c -> c), "FORBIDDEN", "forbidden");
    refused(door, "u\u0308 b/c.log", rsa(c -> c), "FORBIDDEN", "forbidden");
    refused(door, "orders/1", rsa(c -> c.claim("emque", null)), "FORBIDDEN", "forbidden");
    assertThat(server.broker().topic("invoices/1")).as("nothing has come through").isEmpty();
  }

  /** A public key, in each form it is known in, as the secret of an HMAC. */
  private static List<String> confused(JWTClaimsSet claims) throws Exception {
    byte[] der = rsa.toRSAPublicKey().getEncoded();
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(der)
            + "\n-----END PUBLIC KEY-----\n";
    return List.of(
        signed(JWSAlgorithm.HS256, "rsa", new MACSigner(der), claims),
        signed(JWSAlgorithm.HS256, "rsa", new MACSigner(pem.getBytes(UTF_8)), claims),
        signed(JWSAlgorithm.HS256, "ec", new MACSigner(ec.toECPublicKey().getEncoded()), claims));
  }

  @Test
  void streamsThatAreRenewedLiveOnAndOthersEnd() throws Exception {
    String ending = "Authorization: Bearer " + rsa(c -> c.expirationTime(in(-2)));
    String fresh = rsa(c -> c);
    var channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    try (var renewed = Peer.webSocket(server.port(), "/sub?topic=orders/r", ending);
        var left = Peer.webSocket(server.port(), "/sub?topic=orders/r", ending);
        var publisher =
            Peer.webSocket(
                server.port(), "/pub?topic=orders/r", ending, "Sec-WebSocket-Protocol: emque.v1");
        var grpc = new GrpcPublisher(channel, rsa(c -> c.expirationTime(in(-2))))) {
      renewed.send(Peer.frame(1, ("renew " + fresh).getBytes(UTF_8)));
      publisher.send(Peer.frame(1, ("renew " + fresh).getBytes(UTF_8)));
      grpc.renew(fresh);

      assertClosed(left, 4401, "UNAUTHENTICATED: ");
      publisher.sendBinary(Publish.newBuilder().setPayload(utf8("by ws")).build().toByteArray());
      assertThat(text(renewed)).isEqualTo("by ws");
      grpc.publish("orders/r", "by grpc");
      assertThat(text(renewed)).isEqualTo("by grpc");
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void streamsEndWhenTheNewTokenIsRefusedOrSomebodyElses() throws Exception {
    String good = "Authorization: Bearer " + rsa(c -> c);
    try (var bad = Peer.webSocket(server.port(), "/sub?topic=orders/r", good);
        var other = Peer.webSocket(server.port(), "/sub?topic=orders/r", good)) {
      bad.send(Peer.frame(1, "renew abc".getBytes(UTF_8)));
      String another = rsa(c -> c.subject("somebody"));
      other.send(Peer.frame(1, ("renew " + another).getBytes(UTF_8)));

      assertClosed(bad, 4401, "UNAUTHENTICATED: ");
      assertClosed(other, 1008, "FORBIDDEN: ");
    }
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static String text(Peer peer) throws Exception {
    return new String(peer.readMessage().payload(), UTF_8);
  }

  private static void assertClosed(Peer peer, int code, String reason) throws Exception {
    Peer.Frame frame = peer.readMessage();
    assertThat(frame.opcode()).isEqualTo(8);
    assertThat(ByteBuffer.wrap(frame.payload()).getShort()).isEqualTo((short) code);
    assertThat(new String(frame.payload(), 2, frame.payload().length - 2, UTF_8))
        .startsWith(reason);
  }

  /** A stream that publishes; the server has it once this is made. */
  private static final class GrpcPublisher
      implements StreamObserver<PublishReplies>, AutoCloseable {
    private final BlockingQueue<PublishReplies> replies = new LinkedBlockingQueue<>();
    private final StreamObserver<Publish> publishes;

    GrpcPublisher(ManagedChannel channel, String token) throws Exception {
      publishes =
          EmqueGrpc.newStub(channel).withInterceptors(Door.carrying(token)).publishStream(this);
      publish("orders/first", "x");
    }

    void publish(String topic, String payload) throws Exception {
      publishes.onNext(Publish.newBuilder().setTopic(topic).setPayload(utf8(payload)).build());
      PublishReplies answer = replies.poll(30, TimeUnit.SECONDS);
      assertThat(answer).isNotNull();
      assertThat(answer.getReplies(0).hasAck()).isTrue();
    }

    void renew(String token) {
      publishes.onNext(Publish.newBuilder().putHeaders("authorization", "Bearer " + token).build());
    }

    @Override
    public void onNext(PublishReplies some) {
      replies.add(some);
    }

    @Override
    public void onError(Throwable why) {}

    @Override
    public void onCompleted() {}

    @Override
    public void close() {
      publishes.onCompleted();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Door.class,
      names = {"HTTP_PUBLISH", "SSE"})
  void rulesMayBeWords(Door door) throws Exception {
    String token = rsa(c -> c.claim("emque", "openid publish:a/* subscribe:a/*"));

    assertThat(door.knock(server.port(), "a/1", token)).isEqualTo("OK");
    assertThat(door.knock(server.port(), "b/1", token)).isEqualTo("FORBIDDEN");
  }
}

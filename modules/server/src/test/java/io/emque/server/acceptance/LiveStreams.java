package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReplies;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A stream of each kind, idle, until the server ends it. */
final class LiveStreams implements AutoCloseable {
  /** How many the server holds. */
  static final int COUNT = 7;

  private static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);

  private final Peer sse;
  private final Peer json;
  private final Peer lines;
  private final Peer subscriber;
  private final Peer publisher;
  private final ManagedChannel channel;
  private final Ending<Delivery> grpcSubscriber = new Ending<>();
  private final Ending<PublishReplies> grpcPublisher = new Ending<>();
  private final StreamObserver<Publish> grpcPublishes;

  LiveStreams(int port, String topic, String token) throws Exception {
    String authorization = "Authorization: Bearer " + token;
    sse = stream(port, topic, "sse", authorization);
    json = stream(port, topic, "json", authorization);
    lines = stream(port, topic, "lines", authorization);
    subscriber = Peer.webSocket(port, "/sub?topic=" + topic, authorization);
    publisher = Peer.webSocket(port, "/pub?topic=" + topic, authorization);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    var stub = EmqueGrpc.newStub(channel).withInterceptors(Door.carrying(token));
    stub.subscribe(SubscribeRequest.newBuilder().setTopic(topic).build(), grpcSubscriber);
    grpcPublishes = stub.publishStream(grpcPublisher);
    grpcPublishes.onNext(Publish.newBuilder().setTopic(topic).build());
    grpcSubscriber.begun.get(30, TimeUnit.SECONDS);
    grpcPublisher.begun.get(30, TimeUnit.SECONDS);
  }

  private static Peer stream(int port, String topic, String format, String authorization)
      throws Exception {
    Peer peer = Peer.connect(port);
    peer.sendHead(
        "GET /sub?topic=" + topic + "&format=" + format + " HTTP/1.1",
        new String[] {authorization});
    assertThat(peer.readHead().status()).isEqualTo(200);
    return peer;
  }

  /** Each says why, in its own way. */
  void assertEnded(String code, int closeCode) throws Exception {
    assertThat(rest(sse)).contains("event: refused\ndata: {\"code\":\"" + code + "\"");
    assertThat(rest(json)).contains("{\"error\":{\"code\":\"" + code + "\"");
    assertThat(cut(lines)).as("a plain stream has no proper end").isTrue();
    assertClosed(subscriber, code, closeCode);
    assertClosed(publisher, code, closeCode);
    assertThat(grpcSubscriber.code()).isEqualTo(code);
    assertPublisherEnded(code);
  }

  /** One whose messages name their topics lives on when one of these is forbidden. */
  private void assertPublisherEnded(String code) throws Exception {
    if (!code.equals("FORBIDDEN")) {
      assertThat(grpcPublisher.code()).isEqualTo(code);
    }
  }

  private static String rest(Peer peer) throws Exception {
    var text = new StringBuilder();
    try (var reader =
        new BufferedReader(new InputStreamReader(peer.chunked(), StandardCharsets.UTF_8))) {
      for (int c = reader.read(); c >= 0; c = reader.read()) {
        text.append((char) c);
      }
    }
    return text.toString();
  }

  private static boolean cut(Peer peer) {
    try {
      rest(peer);
      return false;
    } catch (Exception withoutLastChunk) {
      return true;
    }
  }

  private static void assertClosed(Peer peer, String code, int closeCode) throws Exception {
    Peer.Frame frame = peer.readMessage();
    while (frame.opcode() != 8) {
      frame = peer.readMessage();
    }
    assertThat(ByteBuffer.wrap(frame.payload()).getShort()).isEqualTo((short) closeCode);
    assertThat(new String(frame.payload(), 2, frame.payload().length - 2, StandardCharsets.UTF_8))
        .startsWith(code + ": ");
  }

  @Override
  public void close() throws IOException {
    for (Peer peer : new Peer[] {sse, json, lines, subscriber, publisher}) {
      peer.close();
    }
    channel.shutdownNow();
  }

  private static final class Ending<T> implements StreamObserver<T> {
    final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final CompletableFuture<Throwable> ended = new CompletableFuture<>();

    String code() throws Exception {
      Throwable why = ended.get(30, TimeUnit.SECONDS);
      var trailers = ((StatusRuntimeException) why).getTrailers();
      return trailers == null ? why.toString() : String.valueOf(trailers.get(ERROR));
    }

    @Override
    public void onNext(T value) {
      begun.complete(null);
    }

    @Override
    public void onError(Throwable why) {
      begun.completeExceptionally(why);
      ended.complete(why);
    }

    @Override
    public void onCompleted() {
      ended.complete(new IllegalStateException("completed"));
    }
  }
}

package io.emque.client.link;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import com.google.protobuf.ByteString;
import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.TopicInfo;
import io.emque.api.spi.ServerAddress;
import io.emque.wire.Envelopes;
import io.emque.wire.mq.MQGrpc;
import io.emque.wire.mq.PubRequest;
import io.emque.wire.mq.SubRequest;
import io.emque.wire.mq.SubResponse;
import io.emque.wire.v1.DeleteTopicRequest;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.ListTopicsReply;
import io.emque.wire.v1.ListTopicsRequest;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReplies;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A server through gRPC: one HTTP/2 connection for everything. Servers that do not have {@code
 * emque.v1} are talked to through {@code mq.MQ}: bare payloads, without cursors to resume after.
 */
public final class GrpcLink implements Link {
  private static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BODY = "DATA-----------------------------\n"; // the library's
  private static final int ENVELOPE = 64 * 1024;

  private final ServerAddress server;
  private final LinkOptions options;
  private final ManagedChannel channel;

  /** A link that is not connected. */
  public GrpcLink(ServerAddress server, LinkOptions options) {
    this.server = server;
    this.options = options;
    String host = server.ip() == null ? server.host() : server.ip().getHostAddress();
    var builder =
        OkHttpChannelBuilder.forAddress(
                host.indexOf(':') < 0 ? host : "[" + host + "]", server.port())
            .overrideAuthority(server.authority())
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .disableRetry()
            .maxInboundMessageSize(
                (int) Math.min(Integer.MAX_VALUE, options.maxMessageBytes() + (long) ENVELOPE));
    if (server.tls()) {
      builder.sslSocketFactory(options.ssl().getSocketFactory());
      if (!options.verifyHost()) {
        builder.hostnameVerifier((name, session) -> true);
      }
    } else {
      builder.usePlaintext();
    }
    this.channel = builder.build();
  }

  @Override
  public ServerAddress server() {
    return server;
  }

  // ---- publishing

  @Override
  public PublishChannel publisher(PublishChannel.Replies replies) throws LinkException {
    try {
      list(ListTopicsRequest.newBuilder().setLimit(1).build());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
        return new Pubs(replies);
      }
      RuntimeException refusal = refusal(e.getStatus(), e.getTrailers());
      if (!(refusal instanceof BrokerException known) || known.code() != ErrorCode.FORBIDDEN) {
        throw refusal; // one who may not list topics may publish
      }
    }
    var opened = new Channel(replies);
    opened.start();
    return opened;
  }

  /** Publishes on one stream. */
  private final class Channel extends ClientCall.Listener<PublishReplies>
      implements PublishChannel {
    private static final int REQUESTED = 64;

    private final Replies replies;
    private final ClientCall<Publish, PublishReplies> call =
        channel.newCall(EmqueGrpc.getPublishStreamMethod(), CallOptions.DEFAULT);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean ended; // under the lock
    private volatile boolean closed;

    Channel(Replies replies) {
      this.replies = replies;
    }

    void start() throws LinkException {
      call.start(this, headers());
      call.request(REQUESTED);
    }

    @Override
    public void send(String topic, Publication publication) throws LinkException {
      lock.lock();
      try {
        while (!ended && !call.isReady()) {
          changed.awaitUninterruptibly();
        }
        if (ended) {
          throw new LinkException("connection lost");
        }
      } finally {
        lock.unlock();
      }
      call.sendMessage(Envelopes.publish(topic, publication));
    }

    @Override
    public void flush() {}

    @Override
    public void onReady() {
      signal(false);
    }

    private void signal(boolean end) {
      lock.lock();
      try {
        ended |= end;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onMessage(PublishReplies message) {
      message.getRepliesList().forEach(reply -> Deliveries.hand(reply, replies));
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      signal(true);
      if (!closed) {
        replies.lost(lost(status, trailers));
      }
    }

    @Override
    public void close() {
      closed = true;
      signal(true);
      call.cancel("closed", null);
    }
  }

  /** Publishes to a server that has {@code mq.MQ} alone. */
  private final class Pubs implements PublishChannel {
    private final Replies replies;

    Pubs(Replies replies) {
      this.replies = replies;
    }

    @Override
    public void send(String topic, Publication publication) throws LinkException {
      var request =
          PubRequest.newBuilder()
              .setTopic(topic)
              .setPayload(ByteString.copyFrom(publication.payload()))
              .build();
      try {
        unary(MQGrpc.getPubMethod(), request);
        replies.reply(new Published(new Cursor("unknown", -1), Ack.MEMORY, false), null);
      } catch (StatusRuntimeException e) {
        RuntimeException refusal = refusal(e.getStatus(), e.getTrailers());
        if (refusal instanceof BrokerException known) {
          replies.reply(null, known);
        }
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  // ---- subscribing

  @Override
  public Feed subscribe(String topic, SubscribeOptions subscribe) throws LinkException {
    channel.resetConnectBackoff();
    var feed =
        new StreamFeed<>(
            channel.newCall(EmqueGrpc.getSubscribeMethod(), CallOptions.DEFAULT), Deliveries::hand);
    feed.start(request(topic, subscribe), headers());
    try {
      feed.awaitFirst(options.timeout().toNanos());
      return feed;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.UNIMPLEMENTED) {
        throw refusal(e.getStatus(), e.getTrailers());
      }
    }
    var numbered = new Numbered(topic);
    var plain =
        new StreamFeed<SubRequest, SubResponse>(
            channel.newCall(MQGrpc.getSubMethod(), CallOptions.DEFAULT),
            (response, sink) -> numbered.hand(response.getPayload().toByteArray(), sink),
            false);
    plain.start(SubRequest.newBuilder().setTopic(topic).build(), headers());
    return plain;
  }

  private static SubscribeRequest request(String topic, SubscribeOptions subscribe) {
    var request =
        SubscribeRequest.newBuilder()
            .setTopic(topic)
            .setSlow(subscribe.slow().name().toLowerCase(Locale.ROOT));
    switch (subscribe.from()) {
      case StartPosition.Latest latest -> {}
      case StartPosition.Earliest earliest -> request.setFrom("earliest");
      case StartPosition.Offset at -> request.setFrom(Long.toString(at.offset()));
      case StartPosition.At at ->
          request.setFrom(
              new Cursor(at.cursor().epoch(), Math.max(0, at.cursor().offset())).toString());
      case StartPosition.Since since -> request.setSince(since.time().toString());
    }
    return request.build();
  }

  /** A stream of answers, read as fast as it is taken and no faster. */
  private final class StreamFeed<Q, R> extends ClientCall.Listener<R> implements Feed {
    private static final int REQUESTED = 256;

    private final ClientCall<Q, R> call;
    private final Handing<R> handing;
    private final boolean resumable;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Under the lock.
    private final ArrayDeque<R> received = new ArrayDeque<>();
    private @Nullable Status end;
    private @Nullable Metadata endTrailers;

    private int taken; // the reading thread

    StreamFeed(ClientCall<Q, R> call, Handing<R> handing) {
      this(call, handing, true);
    }

    StreamFeed(ClientCall<Q, R> call, Handing<R> handing, boolean resumable) {
      this.call = call;
      this.handing = handing;
      this.resumable = resumable;
    }

    void start(Q request, Metadata headers) {
      call.start(this, headers);
      call.sendMessage(request);
      call.halfClose();
      call.request(REQUESTED);
    }

    @Override
    public boolean resumable() {
      return resumable;
    }

    void awaitFirst(long nanos) throws LinkException {
      long left = nanos;
      lock.lock();
      try {
        while (received.isEmpty() && end == null) {
          if (left <= 0) {
            throw new LinkException("no answer within " + NANOSECONDS.toMillis(nanos) + " ms");
          }
          left = changed.awaitNanos(left);
        }
        if (received.isEmpty() && end != null) {
          throw end.asRuntimeException(endTrailers);
        }
      } catch (LinkException e) {
        close();
        throw e;
      } catch (InterruptedException e) {
        close();
        Thread.currentThread().interrupt();
        throw new LinkException("interrupted", e);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void read(Sink sink) throws LinkException {
      R message = next();
      while (message != null) {
        handing.hand(message, sink);
        taken++;
        if (taken == REQUESTED / 4) {
          call.request(taken);
          taken = 0;
        }
        message = poll();
      }
    }

    private @Nullable R poll() {
      lock.lock();
      try {
        return received.poll();
      } finally {
        lock.unlock();
      }
    }

    private R next() throws LinkException {
      long left = resumable ? options.idle().toNanos() : Long.MAX_VALUE;
      lock.lock();
      try {
        while (received.isEmpty() && end == null) {
          if (left <= 0) {
            throw new LinkException("nothing was heard for " + options.idle().toSeconds() + " s");
          }
          left = changed.awaitNanos(left);
        }
        if (!received.isEmpty()) {
          return received.remove();
        }
        throw refusal(end == null ? Status.UNKNOWN : end, endTrailers);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LinkException("interrupted", e);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onMessage(R message) {
      lock.lock();
      try {
        received.add(message);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      lock.lock();
      try {
        end = status;
        endTrailers = trailers;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      call.cancel("closed", null);
    }
  }

  private interface Handing<R> {
    void hand(R message, Feed.Sink sink) throws LinkException;
  }

  // ---- single calls

  @Override
  public List<TopicInfo> topics(@Nullable String only, @Nullable String after, int limit)
      throws LinkException {
    var request = ListTopicsRequest.newBuilder().setLimit(limit);
    if (only != null) {
      request.setTopic(only);
    }
    if (after != null) {
      request.setAfterTopic(after);
    }
    try {
      return Envelopes.topics(list(request.build()));
    } catch (StatusRuntimeException e) {
      throw refusal(e.getStatus(), e.getTrailers());
    }
  }

  @Override
  public boolean delete(String topic) throws LinkException {
    channel.resetConnectBackoff();
    try {
      return unary(
              EmqueGrpc.getDeleteTopicMethod(),
              DeleteTopicRequest.newBuilder().setTopic(topic).build())
          .getDeleted();
    } catch (StatusRuntimeException e) {
      throw refusal(e.getStatus(), e.getTrailers());
    }
  }

  private ListTopicsReply list(ListTopicsRequest request) throws LinkException {
    channel.resetConnectBackoff();
    return unary(EmqueGrpc.getListTopicsMethod(), request);
  }

  private <Q, R> R unary(MethodDescriptor<Q, R> method, Q request) throws LinkException {
    Metadata headers = headers();
    var call =
        channel.newCall(
            method, CallOptions.DEFAULT.withDeadlineAfter(options.timeoutMillis(), MILLISECONDS));
    return ClientCalls.blockingUnaryCall(
        new SimpleForwardingClientCall<>(call) {
          @Override
          public void start(Listener<R> listener, Metadata given) {
            given.merge(headers);
            super.start(listener, given);
          }
        },
        request);
  }

  private Metadata headers() throws LinkException {
    var headers = new Metadata();
    String token = options.token();
    if (token != null) {
      headers.put(AUTHORIZATION, "Bearer " + token);
    }
    return headers;
  }

  // ---- errors

  private LinkException lost(Status status, @Nullable Metadata trailers) {
    try {
      RuntimeException refusal = refusal(status, trailers);
      return new LinkException(String.valueOf(refusal.getMessage()), refusal);
    } catch (LinkException e) {
      return e;
    }
  }

  /** A refusal of an Emque server, or else what any server or the connection may say. */
  private RuntimeException refusal(Status status, @Nullable Metadata trailers)
      throws LinkException {
    String text = words(status);
    String code = trailers == null ? null : trailers.get(ERROR);
    ErrorCode known = code == null ? null : Envelopes.code(code).orElse(null);
    if (known != null) {
      return new BrokerException(known, text.isEmpty() ? known.name() : text);
    }
    Throwable cause = status.getCause();
    String why = cause == null || cause.getMessage() == null ? "" : cause.getMessage();
    if (status.getCode() == Status.Code.OK) {
      throw new LinkException("the server ended the stream");
    }
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      throw new LinkException("no answer within " + options.timeoutMillis() + " ms");
    }
    throw new LinkException(
        (text.isEmpty() ? status.getCode().toString() : text)
            + (why.isEmpty() || text.contains(why) ? "" : ": " + why));
  }

  /** An answer that is none of gRPC is told with all its headers; its own words come last. */
  private static String words(Status status) {
    String text = status.getDescription() == null ? "" : status.getDescription();
    int body = text.lastIndexOf(BODY);
    return body < 0 ? text : text.substring(body + BODY.length()).strip();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}

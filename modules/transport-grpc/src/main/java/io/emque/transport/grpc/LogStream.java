package io.emque.transport.grpc;

import static java.lang.System.Logger.Level.DEBUG;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.SubscribeOptions;
import io.emque.api.spi.Action;
import io.emque.engine.Event;
import io.emque.engine.Reader;
import io.emque.engine.Slice;
import io.emque.transport.http.HttpTransport;
import io.emque.transport.http.Moved;
import io.emque.transport.http.StreamScope;
import io.emque.transport.http.access.Caller;
import io.emque.transport.http.access.Hold;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a topic's log and writes it to a call, on the call's thread, until one of the two ends. A
 * client that does not read holds the thread in its write, by HTTP/2 flow control, and nothing
 * else.
 */
final class LogStream<T> {
  private static final System.Logger LOG = System.getLogger(LogStream.class.getName());

  private final HttpTransport port;
  private final Duration heartbeat;
  private final Writing<T> writing;

  LogStream(HttpTransport port, Duration heartbeat, Writing<T> writing) {
    this.port = port;
    this.heartbeat = heartbeat;
    this.writing = writing;
  }

  /** On the call's thread. */
  void run(String topic, SubscribeOptions options, String protocol, StreamObserver<T> observer) {
    var call = (ServerCallStreamObserver<T>) observer;
    CallStream stream = CallStream.CURRENT.get();
    try (StreamScope scope = port.openStream()) {
      run(
          new Subscriber<>(stream, scope, call),
          topic,
          options,
          protocol,
          (hold, end, cancel) -> call.setOnCancelHandler(cancel));
    } catch (BrokerException e) {
      end(call, e);
    }
  }

  /** On the thread that the scope is for. Throws when the subscription is refused. */
  @SuppressWarnings("try") // a reader is closed from elsewhere to end it
  void run(
      Subscriber<T> subscriber,
      String topic,
      SubscribeOptions options,
      String protocol,
      Begun begun) {
    ServerCallStreamObserver<T> call = subscriber.call;
    StreamScope scope = subscriber.scope;
    Caller caller = subscriber.stream.caller();
    try (Reader reader = caller.broker().open(topic, options, protocol);
        Hold hold = caller.hold(Action.SUBSCRIBE, topic, reader::end)) {
      reader.onEvict(scope::evict);
      scope.onGone(reader::close);
      begun.with(
          hold,
          reader::end,
          () -> {
            reader.close();
            scope.cancelled();
          });
      subscriber.stream.sendHeaders(); // the client sees that its subscription stands
      stream(reader, call, new MessageBlock(subscriber.stream));
      scope.finished();
      BrokerException why = reader.end();
      if (why != null && why.code() == ErrorCode.DRAINING) {
        move(call, port.moved(reader), why);
      } else {
        end(call, why);
      }
    }
  }

  /** Until the reader has ended, or the client. */
  private void stream(Reader reader, ServerCallStreamObserver<T> call, MessageBlock block) {
    try {
      writing.begin(call, reader.topic(), reader.resumeAt());
      while (true) {
        Event event = reader.read(heartbeat.toNanos());
        switch (event) {
          case MESSAGES -> {
            writing.messages(block, reader.slice());
            block.flush();
          }
          case GAP -> writing.gap(call, reader);
          case IDLE -> {
            block.shrink();
            writing.heartbeat(call, reader.topic(), reader.next());
          }
          case ENDED -> {
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      LOG.log(DEBUG, "subscriber's stream was cut");
    } catch (RuntimeException broken) {
      LOG.log(DEBUG, () -> "subscriber's stream broke: " + broken);
    }
  }

  private void move(ServerCallStreamObserver<T> call, Moved moved, BrokerException why) {
    writing.moved(call, moved);
    call.onError(Statuses.of(why, moved));
  }

  static void end(ServerCallStreamObserver<?> call, @Nullable BrokerException why) {
    if (why != null) {
      call.onError(Statuses.of(why));
    } else {
      // Nobody hears this but a client whose write failed for a reason that nobody knows.
      call.onError(Statuses.of(new BrokerException(ErrorCode.INTERNAL, "the stream broke")));
    }
  }

  /** Whoever reads the log: a call, its HTTP/2 stream, and the scope of the thread that writes. */
  record Subscriber<T>(CallStream stream, StreamScope scope, ServerCallStreamObserver<T> call) {}

  /** Told that the subscription stands. */
  @FunctionalInterface
  interface Begun {
    /**
     * The subscription stands.
     *
     * @param end ends it with a reason for the client; any thread
     * @param cancel ends it when the client has; any thread
     */
    void with(Hold hold, Consumer<BrokerException> end, Runnable cancel);
  }

  /** Makes answers of what is read. */
  interface Writing<T> {
    default void begin(StreamObserver<T> call, String topic, Cursor next) {}

    void messages(MessageBlock block, Slice slice);

    default void gap(StreamObserver<T> call, Reader reader) {}

    default void heartbeat(StreamObserver<T> call, String topic, Cursor next) {}

    default void moved(StreamObserver<T> call, Moved moved) {}
  }
}

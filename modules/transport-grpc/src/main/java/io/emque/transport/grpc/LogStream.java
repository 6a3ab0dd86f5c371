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

  @SuppressWarnings("try") // a reader is closed from elsewhere to end it
  void run(String topic, SubscribeOptions options, String protocol, StreamObserver<T> observer) {
    var call = (ServerCallStreamObserver<T>) observer;
    Caller caller = CallStream.CURRENT.get().caller();
    try (StreamScope scope = port.openStream();
        Reader reader = caller.broker().open(topic, options, protocol);
        Hold hold = caller.hold(Action.SUBSCRIBE, topic, reader::end)) {
      reader.onEvict(scope::evict);
      scope.onGone(reader::close);
      call.setOnCancelHandler(
          () -> {
            reader.close();
            scope.cancelled();
          });
      CallStream stream = CallStream.CURRENT.get();
      stream.sendHeaders(); // the client sees that its subscription stands
      stream(reader, call, new MessageBlock(stream));
      scope.finished();
      BrokerException why = reader.end();
      if (why != null && why.code() == ErrorCode.DRAINING) {
        move(call, port.moved(reader), why);
      } else {
        end(call, why);
      }
    } catch (BrokerException e) {
      end(call, e);
    }
  }

  /** Until the reader has ended, or the client. */
  private void stream(Reader reader, ServerCallStreamObserver<T> call, MessageBlock block) {
    try {
      writing.begin(call, reader.topic(), reader.next());
      while (true) {
        Event event = reader.read(heartbeat.toNanos());
        switch (event) {
          case MESSAGES -> {
            writing.messages(block, reader.topic(), reader.slice());
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

  private static void end(ServerCallStreamObserver<?> call, @Nullable BrokerException why) {
    if (why != null) {
      call.onError(Statuses.of(why));
    } else {
      // Nobody hears this but a client whose write failed for a reason that nobody knows.
      call.onError(Statuses.of(new BrokerException(ErrorCode.INTERNAL, "the stream broke")));
    }
  }

  /** Makes answers of what is read. */
  interface Writing<T> {
    default void begin(StreamObserver<T> call, String topic, Cursor next) {}

    void messages(MessageBlock block, String topic, Slice slice);

    default void gap(StreamObserver<T> call, Reader reader) {}

    default void heartbeat(StreamObserver<T> call, String topic, Cursor next) {}

    default void moved(StreamObserver<T> call, Moved moved) {}
  }
}

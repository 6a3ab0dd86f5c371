package io.emque.transport.grpc;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.SubscribeOptions;
import io.emque.engine.Event;
import io.emque.engine.LogBroker;
import io.emque.engine.Reader;
import io.emque.transport.http.HttpTransport;
import io.emque.transport.http.StreamScope;
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
  private final LogBroker broker;
  private final HttpTransport port;
  private final Duration heartbeat;
  private final Writing<T> writing;

  LogStream(LogBroker broker, HttpTransport port, Duration heartbeat, Writing<T> writing) {
    this.broker = broker;
    this.port = port;
    this.heartbeat = heartbeat;
    this.writing = writing;
  }

  @SuppressWarnings("try") // a reader is closed from elsewhere to end it
  void run(String topic, SubscribeOptions options, String protocol, StreamObserver<T> observer) {
    var call = (ServerCallStreamObserver<T>) observer;
    try (StreamScope scope = port.openStream()) {
      try (Reader reader = broker.open(topic, options, protocol)) {
        reader.onEvict(scope::evict);
        scope.onGone(reader::close);
        Cancellations.on(
            call,
            () -> {
              reader.close();
              scope.cancelled();
            });
        BrokerException end = stream(reader, call);
        scope.finished();
        end(call, end);
      }
    } catch (BrokerException e) {
      end(call, e);
    } catch (InterruptedException e) {
      end(call, new BrokerException(ErrorCode.SLOW_CONSUMER, "the stream was cut"));
    }
  }

  /** Nothing is written after the client's word: it would take that for a fault of the protocol. */
  private static void end(ServerCallStreamObserver<?> call, @Nullable BrokerException reason) {
    if (call.isCancelled()) {
      return;
    }
    if (reason != null) {
      call.onError(Statuses.of(reason));
    } else {
      call.onCompleted();
    }
  }

  private @Nullable BrokerException stream(Reader reader, ServerCallStreamObserver<T> call)
      throws InterruptedException {
    writing.begin(call, reader.topic(), reader.next());
    while (true) {
      Event event = reader.read(heartbeat.toNanos());
      switch (event) {
        case MESSAGES -> writing.messages(call, reader);
        case GAP -> writing.gap(call, reader);
        case IDLE -> writing.heartbeat(call, reader.topic(), reader.next());
        case ENDED -> {
          return reader.end();
        }
      }
    }
  }

  /** Makes answers of what is read. */
  interface Writing<T> {
    default void begin(StreamObserver<T> call, String topic, Cursor next) {}

    void messages(StreamObserver<T> call, Reader reader);

    default void gap(StreamObserver<T> call, Reader reader) {}

    default void heartbeat(StreamObserver<T> call, String topic, Cursor next) {}
  }
}

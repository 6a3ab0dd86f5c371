package io.emque.transport.grpc;

import static java.util.Objects.requireNonNull;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.SubscribeOptions;
import io.emque.api.Topics;
import io.emque.transport.http.HttpTransport;
import io.emque.transport.http.StreamScope;
import io.emque.transport.http.access.Hold;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A subscription whose caller goes on talking: its first message subscribes, the others renew its
 * credential. The log is read and written by a thread of its own; the call's thread hears the
 * caller, and waits for the other one at the end.
 */
final class SubscribeStream implements StreamObserver<SubscribeRequest>, LogStream.Begun {
  private final CallStream stream = CallStream.CURRENT.get();
  private final HttpTransport port;
  private final ServerCallStreamObserver<Delivery> call;
  private final LogStream<Delivery> log;
  private final Function<SubscribeRequest, SubscribeOptions> options;
  private final CountDownLatch decided = new CountDownLatch(1); // it stands, or was refused

  // The call's thread. Null before the first message.
  private @Nullable Thread writer;
  private @Nullable StreamScope scope;

  // Under the monitor. Null before it stands.
  private @Nullable Hold hold;
  private @Nullable Consumer<BrokerException> end;
  private @Nullable Runnable cancel;
  private boolean gone;

  /**
   * Made by the call's thread, before the library has let go of the call.
   *
   * @param options what a request asks for; throws what it is refused with
   */
  SubscribeStream(
      HttpTransport port,
      ServerCallStreamObserver<Delivery> call,
      LogStream<Delivery> log,
      Function<SubscribeRequest, SubscribeOptions> options) {
    this.port = port;
    this.call = call;
    this.log = log;
    this.options = options;
    call.setOnCancelHandler(this::cancelled);
  }

  @Override
  public void onNext(SubscribeRequest request) {
    if (writer == null) {
      try {
        subscribe(request);
      } catch (BrokerException e) {
        LogStream.end(call, e);
      }
    } else {
      renew(request);
    }
  }

  private void subscribe(SubscribeRequest request) {
    String topic = Topics.requireValid(request.getTopic());
    SubscribeOptions asked = options.apply(request);
    Thread thread = Thread.ofVirtual().name("emque-grpc-log").unstarted(() -> read(topic, asked));
    scope = port.openStream(thread);
    writer = thread;
    thread.start();
  }

  private void read(String topic, SubscribeOptions asked) {
    try (StreamScope opened = requireNonNull(scope)) {
      log.run(new LogStream.Subscriber<>(stream, opened, call), topic, asked, "grpc", this);
    } catch (BrokerException e) {
      LogStream.end(call, e);
    } finally {
      decided.countDown();
    }
  }

  @Override
  public void with(Hold held, Consumer<BrokerException> ending, Runnable cancelling) {
    boolean late;
    synchronized (this) {
      hold = held;
      end = ending;
      cancel = cancelling;
      late = gone;
    }
    decided.countDown();
    if (late) {
      cancelling.run();
    }
  }

  private void renew(SubscribeRequest request) {
    try {
      decided.await();
    } catch (InterruptedException e) {
      cancelled(); // the connection has ended
      Thread.currentThread().interrupt();
      return;
    }
    Hold held;
    Consumer<BrokerException> ending;
    synchronized (this) {
      held = hold;
      ending = end;
    }
    if (held == null || ending == null) {
      return; // it was refused
    }
    try {
      if (!request.hasAuthorization() || !request.getTopic().isEmpty()) {
        throw new BrokerException(
            ErrorCode.OPTION_INVALID,
            "a stream subscribes once, and its further messages have authorization alone; make"
                + " another stream for another subscription");
      }
      held.renew(HttpTransport.bearer(request.getAuthorization()));
    } catch (BrokerException refused) {
      ending.accept(refused);
    }
  }

  private void cancelled() {
    Runnable cancelling;
    synchronized (this) {
      gone = true;
      cancelling = cancel;
    }
    if (cancelling != null) {
      cancelling.run();
    }
  }

  @Override
  public void onError(Throwable cancelled) {
    cancelled();
  }

  /** There is nothing to renew; the subscription goes on. */
  @Override
  public void onCompleted() {
    Thread writing = writer;
    if (writing == null) {
      LogStream.end(
          call,
          new BrokerException(
              ErrorCode.TOPIC_REQUIRED, "the stream ended before it subscribed; send a topic"));
      return;
    }
    boolean interrupted = false;
    while (writing.isAlive()) {
      try {
        writing.join();
      } catch (InterruptedException e) {
        interrupted = true;
        cancelled(); // the connection has ended
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

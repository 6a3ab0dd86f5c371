package io.emque.transport.grpc;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.ERROR;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.emque.wire.v1.EmqueGrpc;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.webserver.CloseConnectionException;
import java.io.UncheckedIOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A call whose answer is a well-formed one whatever happens: one head, at most one end, and nothing
 * after it. Any thread.
 */
final class AnsweredCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
  private static final System.Logger LOG = System.getLogger(AnsweredCall.class.getName());

  private static final String SUBSCRIBE_STREAM =
      EmqueGrpc.getSubscribeStreamMethod().getFullMethodName();

  private final ReentrantLock lock = new ReentrantLock();

  // Under the lock.
  private boolean headersSent;
  private boolean closed;

  private final TrafficMetrics traffic;
  private final CallStream stream;
  private final boolean subscription;

  private AnsweredCall(ServerCall<Q, A> call, TrafficMetrics traffic, CallStream stream) {
    super(call);
    MethodDescriptor<Q, A> method = call.getMethodDescriptor();
    this.subscription =
        method.getType() == MethodDescriptor.MethodType.SERVER_STREAMING
            || method.getFullMethodName().equals(SUBSCRIBE_STREAM);
    this.stream = stream;
    this.traffic = traffic;
  }

  /** Makes calls such ones, and their streams know them. */
  static ServerInterceptor interceptor(TrafficMetrics traffic) {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> begun, Metadata headers, ServerCallHandler<Q, A> next) {
        CallStream stream = CallStream.CURRENT.get();
        var call = new AnsweredCall<>(begun, traffic, stream);
        stream.call(call, headers);
        return new Listening<>(call, next.startCall(call, headers));
      }
    };
  }

  /** Hears of the client, and keeps what goes wrong meanwhile from the library, which only logs. */
  private static final class Listening<Q> extends SimpleForwardingServerCallListener<Q> {
    private final AnsweredCall<Q, ?> call;

    Listening(AnsweredCall<Q, ?> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      guarded(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      guarded(super::onHalfClose);
    }

    private void guarded(Runnable step) {
      try {
        step.run();
      } catch (StatusRuntimeException unreadable) {
        call.close(unreadable.getStatus(), new Metadata());
        super.onCancel();
      } catch (CloseConnectionException | SocketWriterException | UncheckedIOException gone) {
        LOG.log(DEBUG, () -> "caller has gone: " + gone);
        super.onCancel();
      } catch (RuntimeException fault) {
        if (fault.getCause() instanceof InterruptedException) { // so the library ends its threads
          LOG.log(DEBUG, () -> "caller's connection has ended: " + fault);
          super.onCancel();
          return;
        }
        LOG.log(
            ERROR, () -> "call failed: " + call.getMethodDescriptor().getFullMethodName(), fault);
        call.close(new BrokerException(ErrorCode.INTERNAL, "the broker failed; its log says how"));
        super.onCancel();
      }
    }
  }

  void sendHeaders() {
    sendHeaders(new Metadata());
  }

  @Override
  public void sendHeaders(Metadata headers) {
    lock.lock();
    try {
      if (!headersSent && !closed && !isCancelled()) {
        headersSent = true;
        super.sendHeaders(headers);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void sendMessage(A message) {
    lock.lock();
    try {
      if (!closed && !isCancelled()) {
        write(message);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Has messages written that are encoded already, if this is still the time for it. */
  void sendEncoded(Runnable write) {
    lock.lock();
    try {
      if (headersSent && !closed && !isCancelled()) {
        write.run();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Answers must be read; subscribers may take their time. */
  private void write(A message) {
    if (subscription) {
      super.sendMessage(message);
      return;
    }
    stream.answering();
    try {
      super.sendMessage(message);
    } finally {
      stream.answered();
    }
  }

  void close(BrokerException refusal) {
    var end = Statuses.of(refusal);
    Metadata trailers = end.getTrailers();
    close(end.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  private void count(Status status, Metadata trailers) {
    traffic.called(getMethodDescriptor().getFullMethodName(), status.getCode().name());
    String error = trailers.get(Statuses.ERROR);
    if (error != null) {
      traffic.refused(ErrorCode.valueOf(error));
    }
  }

  /** Nothing is written after the client's word: it would take that for a fault. */
  @Override
  public void close(Status status, Metadata trailers) {
    lock.lock();
    try {
      if (!closed && !isCancelled()) {
        closed = true;
        count(status, trailers);
        super.close(status, trailers);
      }
    } catch (IllegalStateException e) {
      if (!(e.getCause() instanceof InterruptedException)) {
        throw e;
      }
      LOG.log(DEBUG, () -> "caller's connection has ended: " + e);
    } finally {
      lock.unlock();
    }
  }
}

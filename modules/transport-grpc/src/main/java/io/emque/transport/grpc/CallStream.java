package io.emque.transport.grpc;

import static java.util.Objects.requireNonNull;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.transport.http.HttpTransport;
import io.emque.transport.http.StreamScope;
import io.emque.transport.http.StreamScope.Receiving;
import io.emque.transport.http.TraceContext;
import io.emque.transport.http.access.Caller;
import io.emque.transport.http.limits.InFlight;
import io.emque.transport.http.limits.Rates;
import io.emque.transport.http.limits.Who;
import io.grpc.Metadata;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.http2.Http2ErrorCode;
import io.helidon.http.http2.Http2Flag;
import io.helidon.http.http2.Http2FrameHeader;
import io.helidon.http.http2.Http2FrameTypes;
import io.helidon.http.http2.Http2RstStream;
import io.helidon.http.http2.Http2StreamState;
import io.helidon.http.http2.Http2WindowUpdate;
import io.helidon.webserver.http2.spi.Http2SubProtocolSelector;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One call's HTTP/2 stream, between the server and the library's handler, which is told what it
 * does not find out: that the connection has ended. It is given whole messages, of which it
 * believes the length that their sender claims, so a message takes memory here as it comes and not
 * before, and one that is too large, or compressed, is refused by name.
 */
final class CallStream implements Http2SubProtocolSelector.SubProtocolHandler {
  /** The stream whose thread this is. */
  static final ScopedValue<CallStream> CURRENT = ScopedValue.newInstance();

  private static final Metadata.Key<String> TRACE_PARENT =
      Metadata.Key.of(TraceContext.PARENT, Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> TRACE_STATE =
      Metadata.Key.of(TraceContext.STATE, Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final int PREFIX = 5; // compressed or not, and the length
  private static final int FIRST_BYTES = 16 * 1024;

  /** Bytes that taking a message apart takes, for each of its own. */
  private static final long PARSED = 3;

  private final Http2SubProtocolSelector.SubProtocolHandler library;
  private final CallFrames frames;
  private final int streamId;
  private final int maxMessageBytes;
  private final StreamScope scope;
  private final HttpTransport port;
  private @Nullable AnsweredCall<?, ?> call;
  private @Nullable Caller caller;
  private @Nullable String traceParent;
  private @Nullable String traceState;
  private volatile boolean cancelled;

  private final InFlight.Lease lease;
  private @Nullable Receiving receiving; // until its one message is there

  // The message that is coming, its prefix included; under the monitor.
  private byte[] message = new byte[PREFIX];
  private int have;
  private int due = PREFIX;
  private volatile boolean refused; // written under the monitor

  /** Made by the stream's thread. */
  CallStream(
      Http2SubProtocolSelector.SubProtocolHandler library,
      HttpTransport port,
      CallFrames frames,
      int streamId,
      int maxMessageBytes) {
    this.library = library;
    this.port = port;
    this.frames = frames;
    this.streamId = streamId;
    this.maxMessageBytes = maxMessageBytes;
    this.scope = port.openCall(Thread.currentThread());
    this.lease = scope.limits().inFlight().lease(this::evict);
  }

  /** The library has begun the call. */
  void call(AnsweredCall<?, ?> begun, Metadata headers) {
    call = begun;
    traceParent = headers.get(TRACE_PARENT);
    traceState = headers.get(TRACE_STATE);
    caller = port.caller(headers.get(AUTHORIZATION), scope);
    if (begun.getMethodDescriptor().getType().clientSendsOneMessage()) {
      receiving = scope.receiving(this::tooSlow);
    }
  }

  /** Whose call it is. */
  Caller caller() {
    return requireNonNull(caller);
  }

  /** How fast this caller may publish. */
  Rates rates() {
    return scope.limits().rates();
  }

  /** Whom the rates count it for. */
  Who who() {
    return caller().counted(scope.who());
  }

  /** The call's thread begins to write an answer. */
  void answering() {
    scope.answering(streamId);
  }

  /** It is written. */
  void answered() {
    scope.answered(streamId);
  }

  /** Called by the server's timer, which must not wait for this client. */
  private void tooSlow() {
    var refusal =
        new BrokerException(
            ErrorCode.OPTION_INVALID,
            "the request comes too slowly; send it faster, or raise --request_timeout");
    Thread.ofVirtual().name("emque-evict").start(() -> abandon(refusal));
  }

  private void evict() {
    BrokerException why = lease.evicted();
    if (why != null) {
      abandon(why);
    }
  }

  /** Ends the call, and lets go of what has come. Any thread. */
  private void abandon(BrokerException why) {
    synchronized (this) {
      refuse(why);
    }
    cancel();
    scope.cancelled(); // its thread waits for what does not come
  }

  /** A publication of this call, part of the call's trace. */
  Publication traced(Publication publication) {
    if (traceParent == null) {
      return publication;
    }
    return publication.headers(TraceContext.add(publication.headers(), traceParent, traceState));
  }

  /** Sends the head of the answer, which else comes with its first message. */
  void sendHeaders() {
    if (call != null) {
      call.sendHeaders();
    }
  }

  /**
   * Sends messages with their prefixes, or a part of one, past the library, which would write each
   * by itself. Blocks while the client does not read.
   */
  void sendMessages(byte[] messages, int length) {
    if (call != null) {
      call.sendEncoded(() -> frames.write(messages, length));
    }
  }

  @Override
  public void init() {
    if (library.streamState() != Http2StreamState.CLOSED) { // or it has been reset already
      scope.onGone(this::cancel);
      ScopedValue.where(CURRENT, this).run(library::init);
      if (cancelled) {
        cancel(); // which came before the library could tell anybody
      }
    }
    forgetIfClosed();
  }

  private void cancel() {
    cancelled = true;
    release();
    library.rstStream(new Http2RstStream(Http2ErrorCode.CANCEL));
  }

  private void forgetIfClosed() {
    if (library.streamState() == Http2StreamState.CLOSED) {
      scope.close();
      release();
    }
  }

  private void release() {
    lease.close();
    if (receiving != null) {
      receiving.close();
    }
  }

  @Override
  public Http2StreamState streamState() {
    return library.streamState();
  }

  @Override
  public void rstStream(Http2RstStream reset) {
    cancel();
    scope.forget();
  }

  @Override
  public void windowUpdate(Http2WindowUpdate update) {
    library.windowUpdate(update);
  }

  @Override
  public void data(Http2FrameHeader header, BufferData data) {
    ScopedValue.where(CURRENT, this).run(() -> take(header, data));
    forgetIfClosed();
  }

  private void take(Http2FrameHeader header, BufferData data) {
    if (receiving != null) {
      receiving.received(data.available());
    }
    while (data.available() > 0 && !refused) {
      BufferData whole = takePiece(data);
      if (whole != null) {
        hand(whole, 0);
        parsed();
      }
    }
    if (header.flags(Http2FrameTypes.DATA).endOfStream()) {
      if (receiving != null) {
        receiving.close();
      }
      hand(BufferData.empty(), Http2Flag.END_OF_STREAM);
    }
  }

  /** A message that is there as a whole, or null. */
  private synchronized @Nullable BufferData takePiece(BufferData data) {
    if (refused) {
      return null;
    }
    try {
      int n = Math.min(due - have, data.available());
      room(n);
      data.read(message, have, n);
      have += n;
      if (have == PREFIX && due == PREFIX) {
        begin();
      }
      if (have < due || refused) {
        releaseIfCancelled();
        return null;
      }
      lease.hold(PARSED * have);
      releaseIfCancelled();
    } catch (BrokerException noMemory) {
      refuse(noMemory);
      return null;
    }
    BufferData whole = BufferData.create(message, 0, have);
    message = new byte[PREFIX];
    have = 0;
    due = PREFIX;
    return whole;
  }

  /** It was perhaps before there was anything to release. */
  private void releaseIfCancelled() {
    if (cancelled) {
      lease.close();
    }
  }

  /** The library has it. The one message of a call stays with it until the call is complete. */
  private void parsed() {
    if (receiving == null) {
      lease.close();
    }
  }

  private void room(int n) {
    if (have + n > message.length) {
      int larger = Math.max(have + n, Math.max(FIRST_BYTES, 2 * message.length));
      int size = Math.min(due, larger);
      lease.hold(size);
      message = Arrays.copyOf(message, size);
    }
  }

  private void begin() {
    long length = Integer.toUnsignedLong(BufferData.create(message, 1, PREFIX - 1).readInt32());
    if (message[0] != 0) {
      refuse(
          new BrokerException(
              ErrorCode.NOT_FOUND, "compressed messages are not taken; send them as they are"));
    } else if (length > maxMessageBytes) {
      refuse(
          new BrokerException(
              ErrorCode.MESSAGE_TOO_LARGE,
              "a message of " + length + " bytes in its envelope is larger than may be sent here"));
    } else {
      due = PREFIX + (int) length;
    }
  }

  private void refuse(BrokerException refusal) {
    refused = true; // the rest of it is read and dropped
    message = new byte[0];
    lease.close();
    if (call != null) {
      call.close(refusal);
    }
  }

  private void hand(BufferData bytes, int flags) {
    var header =
        Http2FrameHeader.create(
            bytes.available(), Http2FrameTypes.DATA, Http2Flag.DataFlags.create(flags), streamId);
    library.data(header, bytes);
  }
}

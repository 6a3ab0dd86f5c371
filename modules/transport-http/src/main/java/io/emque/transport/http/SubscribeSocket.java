package io.emque.transport.http;

import static java.lang.System.Logger.Level.DEBUG;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.spi.Action;
import io.emque.engine.Event;
import io.emque.engine.Reader;
import io.emque.transport.http.access.Caller;
import io.emque.transport.http.access.Hold;
import io.emque.transport.http.limits.InFlight;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.emque.websocket.FrameListener;
import io.emque.websocket.WebSocketSession;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.WritableHeaders;
import io.helidon.websocket.WsSession;
import java.io.ByteArrayOutputStream;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket on {@code /sub}. The connection's thread reads what the client says, which is little;
 * a second virtual thread reads the log and writes.
 */
final class SubscribeSocket implements FrameListener {
  private static final System.Logger LOG = System.getLogger(SubscribeSocket.class.getName());
  private static final int MISSED_PONGS = 2;

  private final Caller caller = Caller.CURRENT.get();
  private final HttpOptions options;
  private final Streams streams;
  private final TrafficMetrics traffic;
  private @Nullable Reader reader;
  private @Nullable Hold hold; // while it is open
  private SocketEncoder encoder = new SocketEncoder.Raw();
  private final InFlight inFlight = ConnectionWatch.CURRENT.get().limits().inFlight();
  private @Nullable ReceiveBuffer buffer; // once it is large
  private final ByteArrayOutputStream said = new ByteArrayOutputStream(0); // by the client, in text
  private volatile int unansweredPings;

  SubscribeSocket(HttpOptions options, Streams streams, TrafficMetrics traffic) {
    this.traffic = traffic;
    this.options = options;
    this.streams = streams;
  }

  @Override
  public Optional<Headers> onHttpUpgrade(HttpPrologue prologue, Headers headers) {
    var asked =
        SubscribeRequest.parse(
            prologue.query().rawValue(), headers, options, InstantSource.system());
    boolean v1 = SubProtocol.isOffered(headers);
    encoder = v1 ? v1Encoder(asked.format()) : encoder(asked.format());
    ConnectionWatch watch = ConnectionWatch.CURRENT.get();
    watch.subscribe();
    Reader opened;
    try {
      opened = caller.broker().open(asked.topic(), asked.options(), v1 ? SubProtocol.V1 : "ws");
    } catch (BrokerException e) {
      watch.unsubscribe();
      throw e;
    }
    reader = opened;
    streams.begin();
    WritableHeaders<?> answer = WritableHeaders.create();
    Cursor next = opened.next();
    answer.set(Names.EPOCH, next.epoch());
    answer.set(Names.OFFSET, Long.toString(next.offset()));
    String chosen = SubProtocol.chosen(headers);
    if (chosen != null) {
      answer.set(Names.SUB_PROTOCOL, chosen);
    }
    return Optional.of(answer);
  }

  private static SocketEncoder encoder(@Nullable Format format) {
    return switch (format) {
      case null -> new SocketEncoder.Raw();
      case RAW -> new SocketEncoder.Raw();
      case TEXT -> new SocketEncoder.Text();
      case JSON -> new SocketEncoder.Json();
      case LINES, SSE ->
          throw new BrokerException(
              ErrorCode.OPTION_INVALID,
              "format="
                  + format.wireName()
                  + " is for a plain stream; a WebSocket takes raw, text or json");
    };
  }

  private static SocketEncoder v1Encoder(@Nullable Format format) {
    if (format != null) {
      throw new BrokerException(
          ErrorCode.OPTION_INVALID,
          "format="
              + format.wireName()
              + " does not go with the sub-protocol emque.v1; leave one of them out");
    }
    return new DeliveryEncoder();
  }

  @Override
  public void onOpen(WsSession session) {
    var socket = (WebSocketSession) session;
    Reader opened = Objects.requireNonNull(reader);
    opened.onEvict(() -> evict(socket, opened));
    hold = caller.hold(Action.SUBSCRIBE, opened.topic(), opened::end);
    Thread.ofVirtual().name("emque-subscriber").start(() -> write(socket, opened));
  }

  private void write(WebSocketSession session, Reader source) {
    var frames = new FrameSink(session);
    long heartbeat = options.heartbeat().toNanos();
    try (source) {
      encoder.begin(frames, source.topic(), source.resumeAt());
      frames.flush();
      while (true) {
        Event event = source.read(heartbeat);
        switch (event) {
          case MESSAGES -> encoder.messages(frames, source.slice());
          case GAP -> encoder.gap(frames, source.gap());
          case IDLE -> {
            frames.shrink();
            ping(session);
            encoder.heartbeat(frames, source.topic(), source.next());
          }
          case ENDED -> {
            BrokerException why = source.end();
            if (why != null) {
              traffic.refused(why.code());
              end(session, frames, source, why);
            }
            return;
          }
        }
        frames.flush();
      }
    } catch (InterruptedException e) {
      LOG.log(DEBUG, "subscriber's connection was cut");
    } catch (RuntimeException gone) {
      LOG.log(DEBUG, () -> "subscriber's connection broke: " + gone.getMessage());
      session.abort();
    }
  }

  private void end(WebSocketSession session, FrameSink frames, Reader source, BrokerException why) {
    if (why.code() != ErrorCode.DRAINING) {
      close(session, why);
      return;
    }
    Moved moved = streams.moved(source);
    encoder.moved(frames, moved);
    frames.flush();
    session.close(why.code().webSocketClose(), moved.closeReason());
  }

  @SuppressWarnings(
      "NonAtomicVolatileUpdate") // a pong that slips in between only postpones the end
  private void ping(WebSocketSession session) {
    if (unansweredPings >= MISSED_PONGS) {
      session.abort();
      return;
    }
    unansweredPings++;
    session.ping(BufferData.empty());
  }

  private static void close(WebSocketSession session, BrokerException why) {
    session.close(why.code().webSocketClose(), why.code() + ": " + why.getMessage());
  }

  /**
   * Says goodbye to a client that may not read; {@code close} resets the connection when it cannot.
   */
  private static void evict(WebSocketSession session, Reader source) {
    BrokerException why = source.end();
    if (why != null) {
      close(session, why);
    }
  }

  /** What the client sends is ignored but for a new token; it shows that the client is there. */
  @Override
  public void onFrame(
      WebSocketSession session, byte[] array, int offset, int length, boolean text, boolean last) {
    unansweredPings = 0;
    if (buffer != null) {
      buffer.touch();
    }
    if (!text) {
      return;
    }
    said.write(array, offset, Math.min(length, Renewal.MAX_BYTES - said.size()));
    if (last) {
      String token = Renewal.token(said.toByteArray(), 0, said.size());
      said.reset();
      renew(token);
    }
  }

  @Override
  public void onBuffer(WebSocketSession session, int bytes) {
    buffer = ReceiveBuffer.of(buffer, bytes, inFlight, refusal -> close(session, refusal));
  }

  private void renew(@Nullable String token) {
    if (token != null && hold != null && reader != null) {
      try {
        hold.renew(token);
      } catch (BrokerException refused) {
        reader.end(refused);
      }
    }
  }

  @Override
  public void onBatchEnd(WebSocketSession session) {}

  @Override
  public void onPong(WsSession session, BufferData buffer) {
    unansweredPings = 0;
  }

  @Override
  public void onClose(WsSession session, int status, String reason) {
    ended();
  }

  @Override
  public void onError(WsSession session, Throwable t) {
    ended();
  }

  private void ended() {
    if (buffer != null) {
      buffer.close();
    }
    if (hold != null) {
      hold.close();
    }
    if (reader != null) {
      reader.close();
      streams.end();
    }
  }
}

package io.emque.transport.http;

import static java.lang.System.Logger.Level.DEBUG;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.StartPosition;
import io.emque.api.spi.Action;
import io.emque.engine.Event;
import io.emque.engine.Reader;
import io.emque.transport.http.access.Caller;
import io.emque.transport.http.access.Hold;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.http2.Http2ErrorCode;
import io.helidon.http.http2.Http2Exception;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.InstantSource;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /sub} and {@code GET /stats}: an endless answer. The handler's thread reads the log
 * and writes.
 */
final class SubscribeEndpoint {
  private static final System.Logger LOG = System.getLogger(SubscribeEndpoint.class.getName());

  private final StatsFeed stats;
  private final HttpOptions options;
  private final Streams streams;
  private final TrafficMetrics traffic;

  SubscribeEndpoint(StatsFeed stats, HttpOptions options, Streams streams, TrafficMetrics traffic) {
    this.traffic = traffic;
    this.stats = stats;
    this.options = options;
    this.streams = streams;
  }

  void topic(ServerRequest req, ServerResponse res) {
    var asked =
        SubscribeRequest.parse(
            req.prologue().query().rawValue(), req.headers(), options, InstantSource.system());
    Caller caller = Caller.CURRENT.get();
    serve(
        req,
        res,
        asked,
        Action.SUBSCRIBE,
        protocol -> caller.broker().open(asked.topic(), asked.options(), protocol));
  }

  void stats(ServerRequest req, ServerResponse res) {
    Caller.CURRENT.get().require(Action.METRICS, "");
    var asked =
        SubscribeRequest.parse(
            StatsFeed.TOPIC,
            Query.parse(req.prologue().query().rawValue()),
            req.headers(),
            options,
            InstantSource.system());
    serve(req, res, asked, Action.METRICS, protocol -> stats.open(asked.options(), protocol));
  }

  @SuppressWarnings("try") // a hold only has to be closed
  private void serve(
      ServerRequest req,
      ServerResponse res,
      SubscribeRequest asked,
      Action action,
      Function<String, Reader> opening) {
    Format format = asked.format() == null ? Format.LINES : asked.format();
    Encoder encoder = encoder(format);
    ConnectionWatch watch = ConnectionWatch.CURRENT.get();
    var guard = new StreamGuard(watch);
    watch.subscribe();
    Caller caller = Caller.CURRENT.get();
    streams.begin();
    try (Reader reader = opening.apply(format.wireName());
        Hold hold = caller.hold(action, asked.topic(), reader::end)) {
      reader.onEvict(guard::evict);
      watch.watch(req.id(), () -> gone(reader, guard));
      headers(res.headers(), reader, format);
      boolean proper;
      if (watch.http2()) {
        proper = stream(reader, encoder, () -> http2(watch, req, res));
      } else {
        watchSocket(watch.context().serverSocket(), reader);
        proper = stream(reader, encoder, () -> new Http1Sink(watch.dataWriter(), res.headers()));
      }
      guard.finished();
      BrokerException why = reader.end();
      if (why != null) {
        traffic.refused(why.code());
      }
      end(watch, why, proper);
    } catch (BrokerException refusal) {
      if (format != Format.SSE || refusal.code() != ErrorCode.DRAINING) {
        throw refusal;
      }
      turnAway(res, asked);
    } finally {
      guard.finished();
      watch.forget(req.id());
      watch.unsubscribe();
      streams.end();
    }
  }

  /** An {@code EventSource} that is answered with any status but 200 gives up for good. */
  private void turnAway(ServerResponse res, SubscribeRequest asked) {
    Cursor after =
        asked.options().from() instanceof StartPosition.At at && at.cursor().offset() >= 0
            ? new Cursor(at.cursor().epoch(), at.cursor().offset() - 1)
            : null;
    traffic.refused(ErrorCode.DRAINING);
    res.header(HeaderNames.CONTENT_TYPE, Format.SSE.contentType());
    res.header(HeaderNames.CACHE_CONTROL, "no-store");
    res.send(SseEncoder.turnedAway(asked.topic(), after, streams.laterMillis()));
  }

  private static Sink http2(ConnectionWatch watch, ServerRequest req, ServerResponse res) {
    var sink = new Http2Sink(res);
    watch.patience().answered(req.id()); // as far as it is an answer
    return sink;
  }

  /**
   * The end of a stream that ran dry, or that could say why it ends, is a proper one, over HTTP/2
   * written by the server itself when the handler returns. Any other is an end the client can tell
   * from it: a reset, or a body without its last chunk.
   */
  private static void end(ConnectionWatch watch, @Nullable BrokerException why, boolean proper) {
    if (!watch.http2()) {
      throw new CloseConnectionException("stream ended");
    }
    if (why != null && !proper) {
      throw new CloseConnectionException(
          why.getMessage(), new Http2Exception(Http2ErrorCode.ENHANCE_YOUR_CALM, why.getMessage()));
    }
  }

  private static void gone(Reader reader, StreamGuard guard) {
    reader.close();
    guard.gone();
  }

  private static Encoder encoder(Format format) {
    return switch (format) {
      case RAW -> new PlainEncoder(false);
      case LINES -> new PlainEncoder(true);
      case JSON -> new JsonEncoder();
      case SSE -> new SseEncoder();
      case TEXT ->
          throw new BrokerException(
              ErrorCode.OPTION_INVALID,
              "format=text is for WebSocket; a plain stream takes raw, lines, json or sse");
    };
  }

  private static void headers(ServerResponseHeaders headers, Reader reader, Format format) {
    headers.set(HeaderNames.CONTENT_TYPE, format.contentType());
    headers.set(HeaderNames.CACHE_CONTROL, "no-store");
    headers.set(HeaderNames.create("X-Content-Type-Options"), "nosniff");
    headers.set(HeaderNames.create("X-Accel-Buffering"), "no");
    Cursor next = reader.next();
    headers.set(Names.EPOCH, next.epoch());
    headers.set(Names.OFFSET, Long.toString(next.offset()));
  }

  /**
   * Reads the socket beside the writer: the client has nothing more to say on this connection, but
   * its end must be seen though no message is written. Ends with the connection.
   */
  private static void watchSocket(HelidonSocket socket, Reader reader) {
    Thread.ofVirtual()
        .name("emque-watch")
        .start(
            () -> {
              try {
                while (socket.get() != null) {
                  // a pipelined request: no answer can follow an endless one
                }
              } catch (RuntimeException broken) {
                LOG.log(DEBUG, () -> "subscriber's connection broke: " + broken.getMessage());
              } finally {
                reader.close();
              }
            });
  }

  /** Whether the end was a proper one. */
  private boolean stream(Reader reader, Encoder encoder, Supplier<Sink> head) {
    try {
      Sink sink = head.get();
      var out = new Output(sink);
      encoder.begin(out, reader.resumeAt());
      out.flush();
      long heartbeat = options.heartbeat().toNanos();
      while (true) {
        Event event = reader.read(heartbeat);
        switch (event) {
          case MESSAGES -> encoder.messages(out, reader.slice());
          case GAP -> encoder.gap(out, reader.gap());
          case IDLE -> {
            out.shrink();
            encoder.heartbeat(out);
          }
          case ENDED -> {
            BrokerException why = reader.end();
            boolean moved = why != null && why.code() == ErrorCode.DRAINING;
            if (moved) {
              encoder.moved(out, streams.moved(reader));
            }
            boolean proper = moved || (why != null && encoder.refusal(out, why));
            if (proper) {
              out.flush();
              sink.end();
            }
            return proper;
          }
        }
        out.flush();
      }
    } catch (InterruptedException e) {
      LOG.log(DEBUG, "subscriber's stream was cut");
    } catch (RuntimeException gone) {
      LOG.log(DEBUG, () -> "subscriber's stream broke: " + gone.getMessage());
    }
    return false;
  }
}

package io.emque.transport.http;

import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.Topics;
import io.emque.engine.Appender;
import io.emque.transport.http.access.Caller;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** {@code POST /pub} and {@code PUT /pub}. */
final class PublishEndpoint {
  private static final Duration DROP_TIME = Duration.ofSeconds(2);

  /** What is dropped at a time, and the break after it: 64 MB/s are little work. */
  private static final int DROP_BYTES = 64 * 1024;

  private static final Duration DROP_BREAK = Duration.ofMillis(1);

  private final int maxMessageBytes;

  PublishEndpoint(int maxMessageBytes) {
    this.maxMessageBytes = maxMessageBytes;
  }

  void handle(ServerRequest req, ServerResponse res) {
    ConnectionWatch watch = ConnectionWatch.CURRENT.get();
    Caller caller = Caller.CURRENT.get();
    try {
      watch.limits().rates().requireAny(caller.counted(watch.who()));
      Query query = Query.parse(req.prologue().query().rawValue());
      Appender appender = caller.broker().appender(Topics.requireValid(query.get("topic")));
      String batch = query.get("batch");
      if (batch == null) {
        one(watch, req, res, appender);
      } else if (batch.equals("lines")) {
        lines(watch, req, res, appender);
      } else {
        throw new BrokerException(
            ErrorCode.OPTION_INVALID,
            "batch=\"" + batch + "\" is not known; the only kind of batch is lines");
      }
    } catch (BrokerException e) {
      refuse(req, res, e);
    }
  }

  private void one(
      ConnectionWatch watch, ServerRequest req, ServerResponse res, Appender appender) {
    Published published;
    try (var body = new MessageBody(watch, maxMessageBytes)) {
      byte[] payload = body.read(req);
      Map<String, String> headers = headers(req.headers());
      String id = req.headers().first(Names.ID).orElse(null);
      watch.limits().rates().require(Caller.CURRENT.get().counted(watch.who()), payload.length);
      published = appender.append(new Publication(payload, id, headers));
    }
    answer(res, published);
  }

  private static Map<String, String> headers(Headers headers) {
    Map<String, String> found = Map.of();
    String parent = null;
    String state = null;
    for (Header header : headers) {
      String name = header.headerName().lowerCase();
      if (name.startsWith(Names.APPLICATION_PREFIX)) {
        if (found.isEmpty()) {
          found = new HashMap<>();
        }
        found.put(
            name.substring(Names.APPLICATION_PREFIX.length()), Query.decode(header.get(), false));
      } else if (name.equals(TraceContext.PARENT)) {
        parent = header.get();
      } else if (name.equals(TraceContext.STATE)) {
        state = header.values();
      }
    }
    return parent == null ? found : TraceContext.add(found, parent, state);
  }

  private void lines(
      ConnectionWatch watch, ServerRequest req, ServerResponse res, Appender appender) {
    Thread reader = Thread.currentThread();
    var lease = watch.limits().inFlight().lease(() -> watch.interrupt(reader));
    var splitter =
        new LineBatch(appender, maxMessageBytes, lease, new Pace(watch, Caller.CURRENT.get()));
    try (lease) {
      if (req.content().hasEntity()) {
        try (var in = new RequestBody(req.content().inputStream())) {
          splitter.readAll(in);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    } finally {
      res.header(Names.COUNT, Long.toString(splitter.taken()));
    }
    Published last = splitter.last();
    if (last == null) {
      res.header(Names.ACK, Ack.MEMORY.wireName());
      res.send();
    } else {
      answer(res, last);
    }
  }

  private static void answer(ServerResponse res, Published published) {
    Cursor cursor = published.cursor();
    if (cursor != null) {
      res.header(Names.EPOCH, cursor.epoch());
      res.header(Names.OFFSET, Long.toString(cursor.offset()));
    }
    if (published.servers() != null) {
      res.header(Names.SERVERS, published.servers().toString());
    }
    if (published.duplicate()) {
      res.header(Names.DUPLICATE, "true");
    }
    res.header(Names.ACK, published.ack().wireName());
    res.send();
  }

  /**
   * Answers an error. A body that is still coming is read and dropped for a while, so that a client
   * that does not look before it has sent everything sees the answer (RFC 9112, 9.6), but no faster
   * than it costs others nothing; over HTTP/2 the server does that by itself.
   */
  private static void refuse(ServerRequest req, ServerResponse res, BrokerException e) {
    boolean more = req.content().hasEntity() && !req.content().consumed();
    boolean close = more && !ConnectionWatch.CURRENT.get().http2();
    if (close) {
      res.header(HeaderNames.CONNECTION, "close");
    }
    Errors.answer(req, res, e);
    if (close) {
      drop(req);
      throw new CloseConnectionException("request refused before its body was read");
    }
  }

  private static void drop(ServerRequest req) {
    if (req.headers().first(HeaderNames.EXPECT).isPresent()) {
      return; // the body was held back until told otherwise
    }
    Thread reader = Thread.currentThread();
    Thread timer =
        Thread.ofVirtual()
            .name("emque-drop")
            .start(
                () -> {
                  try {
                    Thread.sleep(DROP_TIME);
                    reader.interrupt();
                  } catch (InterruptedException finished) {
                    Thread.currentThread().interrupt();
                  }
                });
    try (var in = new RequestBody(req.content().inputStream())) {
      var dropped = new byte[DROP_BYTES];
      while (in.readNBytes(dropped, 0, DROP_BYTES) == DROP_BYTES) {
        Thread.sleep(DROP_BREAK);
      }
    } catch (IOException | InterruptedException | RuntimeException gone) {
      // It is closed next.
    } finally {
      timer.interrupt();
    }
  }
}

package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.TopicInfo;
import io.emque.api.Topics;
import io.emque.engine.LogBroker;
import io.emque.transport.http.access.Caller;
import io.emque.wire.Envelopes;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;

/** {@code /topics} and {@code /topics/NAME}. */
final class TopicsEndpoint {
  private static final String PREFIX = "/topics/";
  private static final String PROTOBUF = "application/x-protobuf"; // an emque.v1.ListTopicsReply
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;

  private static LogBroker broker() {
    return Caller.CURRENT.get().broker();
  }

  void list(ServerRequest req, ServerResponse res) {
    Query query = Query.parse(req.prologue().query().rawValue());
    String topic = query.get("topic");
    if (topic != null) {
      one(req, res, topic);
      return;
    }
    int limit = limit(query.get("limit"));
    List<TopicInfo> found = broker().topics(query.get("after_topic"), limit + 1);
    boolean more = found.size() > limit;
    List<TopicInfo> page = more ? found.subList(0, limit) : found;
    if (wantsProtobuf(req)) {
      send(req, res, page, more);
      return;
    }
    send(
        req,
        res,
        JsonText.object(
            out -> {
              out.putUtf8("{\"topics\":[");
              for (int i = 0; i < page.size(); i++) {
                if (i > 0) {
                  out.put(',');
                }
                info(out, page.get(i));
              }
              out.putUtf8("],\"next\":");
              if (more) {
                JsonText.string(out, page.getLast().name());
              } else {
                out.putUtf8("null");
              }
              out.put('}').put('\n');
            }));
  }

  void byName(ServerRequest req, ServerResponse res) {
    String path = req.prologue().uriPath().rawPath();
    one(req, res, Query.decode(path.substring(path.indexOf(PREFIX) + PREFIX.length()), false));
  }

  /** {@code DELETE /topics/NAME}, or with the parameter {@code topic}. */
  void delete(ServerRequest req, ServerResponse res) {
    String path = req.prologue().uriPath().rawPath();
    int prefix = path.indexOf(PREFIX);
    String name =
        prefix >= 0
            ? Query.decode(path.substring(prefix + PREFIX.length()), false)
            : Query.parse(req.prologue().query().rawValue()).get("topic");
    if (!broker().delete(Topics.requireValid(name))) {
      throw unknown(String.valueOf(name));
    }
    res.send();
  }

  private static BrokerException unknown(String name) {
    return new BrokerException(
        ErrorCode.TOPIC_UNKNOWN,
        "topic \"" + name + "\" is not there now; it comes with its first message or subscriber");
  }

  private void one(ServerRequest req, ServerResponse res, String name) {
    TopicInfo found = broker().topic(Topics.requireValid(name)).orElseThrow(() -> unknown(name));
    if (wantsProtobuf(req)) {
      send(req, res, List.of(found), false);
      return;
    }
    send(
        req,
        res,
        JsonText.object(
            out -> {
              info(out, found);
              out.put('\n');
            }));
  }

  private static int limit(@org.jspecify.annotations.Nullable String limit) {
    if (limit == null) {
      return DEFAULT_LIMIT;
    }
    try {
      int n = Integer.parseInt(limit);
      if (n >= 1 && n <= MAX_LIMIT) {
        return n;
      }
    } catch (NumberFormatException e) {
      // refused below
    }
    throw new BrokerException(
        ErrorCode.OPTION_INVALID, "limit=\"" + limit + "\" is not a number from 1 to " + MAX_LIMIT);
  }

  private static void info(Output out, TopicInfo topic) {
    out.putUtf8("{\"topic\":");
    JsonText.string(out, topic.name());
    out.putUtf8(",\"epoch\":\"").putUtf8(topic.epoch());
    out.putUtf8("\",\"firstOffset\":").putNumber(topic.firstOffset());
    out.putUtf8(",\"nextOffset\":").putNumber(topic.nextOffset());
    out.putUtf8(",\"bytes\":").putNumber(topic.bytes());
    out.putUtf8(",\"subscribers\":[");
    boolean first = true;
    for (var subscriber : topic.subscribers()) {
      if (!first) {
        out.put(',');
      }
      first = false;
      out.putUtf8("{\"protocol\":");
      JsonText.string(out, subscriber.protocol());
      out.putUtf8(",\"lag\":").putNumber(subscriber.lag());
      out.putUtf8(",\"missed\":").putNumber(subscriber.missed()).put('}');
    }
    out.putUtf8("]}");
  }

  private static boolean wantsProtobuf(ServerRequest req) {
    return req.headers().first(HeaderNames.ACCEPT).orElse("").equals(PROTOBUF);
  }

  private static void send(
      ServerRequest req, ServerResponse res, List<TopicInfo> page, boolean more) {
    res.header(HeaderNames.CONTENT_TYPE, PROTOBUF);
    res.header(HeaderNames.CACHE_CONTROL, "no-store");
    Content.send(req, res, Envelopes.topics(page, more).toByteArray());
  }

  private static void send(ServerRequest req, ServerResponse res, String json) {
    res.header(HeaderNames.CONTENT_TYPE, "application/json");
    res.header(HeaderNames.CACHE_CONTROL, "no-store");
    Content.send(req, res, json.getBytes(UTF_8));
  }
}

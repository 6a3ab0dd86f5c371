package io.emque.client.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.CodedOutputStream;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Publication;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.TopicInfo;
import io.emque.api.spi.ServerAddress;
import io.emque.frames.FrameWriter;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.PublishReply;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A server through WebSocket, and HTTP for the rest. Servers that do not speak {@code emque.v1} get
 * and give bare payloads: their publishes go by POST, and their messages have no cursor to resume
 * after.
 */
public final class WebSocketLink implements Link {
  private final ServerAddress server;
  private final LinkOptions options;
  private final HttpCalls http;

  /** A link that is not connected. */
  public WebSocketLink(ServerAddress server, LinkOptions options) {
    this.server = server;
    this.options = options;
    this.http = new HttpCalls(server, options);
  }

  @Override
  public ServerAddress server() {
    return server;
  }

  @Override
  public PublishChannel publisher(PublishChannel.Replies replies) throws LinkException {
    var connection = WebSocketConnection.open(server, "/pub", options);
    if (!connection.v1()) {
      connection.close();
      return new Posts(http, replies);
    }
    var channel = new Channel(connection, replies);
    channel.start();
    return channel;
  }

  @Override
  public Feed subscribe(String topic, SubscribeOptions subscribe) throws LinkException {
    var connection = WebSocketConnection.open(server, target(topic, subscribe), options);
    if (connection.v1()) {
      connection.readTimeout(Math.clamp(options.idle().toMillis(), 1, Integer.MAX_VALUE));
      return new EnvelopeFeed(connection);
    }
    connection.readTimeout(0); // it need not say anything
    return new PayloadFeed(connection, topic);
  }

  private static String target(String topic, SubscribeOptions subscribe) {
    return "/sub?topic="
        + URLEncoder.encode(topic, UTF_8)
        + start(subscribe.from())
        + "&slow="
        + subscribe.slow().name().toLowerCase(Locale.ROOT);
  }

  private static String start(StartPosition from) {
    return switch (from) {
      case StartPosition.Latest latest -> "";
      case StartPosition.Earliest earliest -> "&from=earliest";
      case StartPosition.Offset at -> "&from=" + at.offset();
      case StartPosition.At at ->
          "&from=" + new Cursor(at.cursor().epoch(), Math.max(0, at.cursor().offset())).toString();
      case StartPosition.Since since -> "&since=" + since.time();
    };
  }

  @Override
  public List<TopicInfo> topics(@Nullable String only, @Nullable String after, int limit)
      throws LinkException {
    return http.topics(only, after, limit);
  }

  @Override
  public boolean delete(String topic) throws LinkException {
    return http.delete(topic);
  }

  @Override
  public void close() {
    http.close();
  }

  /** Publishes as frames of {@code emque.v1}. */
  private static final class Channel implements PublishChannel {
    private static final int WRITE_BYTES = 64 * 1024;

    private final WebSocketConnection connection;
    private final Replies replies;
    private volatile boolean closed;

    Channel(WebSocketConnection connection, Replies replies) {
      this.connection = connection;
      this.replies = replies;
    }

    void start() throws LinkException {
      connection.readTimeout(0); // whoever waits for an answer has a time-out
      Thread.ofVirtual().name("emque-publish-replies").start(this::readReplies);
    }

    private void readReplies() {
      try {
        while (true) {
          connection.read((bytes, at, n) -> Deliveries.hand(parse(bytes, at, n), replies));
        }
      } catch (LinkException e) {
        lost(e);
      } catch (BrokerException e) {
        lost(new LinkException(e.getMessage(), e));
      }
    }

    private static PublishReply parse(byte[] bytes, int at, int n) {
      try {
        return PublishReply.parser().parseFrom(bytes, at, n);
      } catch (IOException e) {
        return PublishReply.getDefaultInstance(); // told as an empty answer
      }
    }

    private void lost(LinkException reason) {
      connection.close();
      if (!closed) {
        replies.lost(reason);
      }
    }

    @Override
    public void send(String topic, Publication publication) throws LinkException {
      var publish = Envelopes.publish(topic, publication);
      int length = publish.getSerializedSize();
      connection.lockWriter();
      try {
        FrameWriter frames = connection.frames();
        int start = frames.begin(FrameWriter.BINARY, length);
        var out = CodedOutputStream.newInstance(frames.bytes(), start, length);
        publish.writeTo(out);
        out.checkNoSpaceLeft();
        frames.mask(start, length);
        if (frames.size() >= WRITE_BYTES) {
          connection.flush();
        }
      } catch (LinkException e) {
        throw e;
      } catch (IOException e) {
        throw new IllegalStateException("an array of the right size cannot overflow", e);
      } finally {
        connection.unlockWriter();
      }
    }

    @Override
    public void flush() throws LinkException {
      connection.lockWriter();
      try {
        connection.flush();
      } finally {
        connection.unlockWriter();
      }
    }

    @Override
    public void close() {
      closed = true;
      connection.close();
    }
  }

  /** Publishes to a server that knows no envelopes. */
  private record Posts(HttpCalls http, Replies replies) implements PublishChannel {
    @Override
    public void send(String topic, Publication publication) throws LinkException {
      try {
        replies.reply(http.publish(topic, publication), null);
      } catch (BrokerException e) {
        replies.reply(null, e);
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static final class EnvelopeFeed implements Feed {
    private final WebSocketConnection connection;
    private @Nullable LinkException malformed;

    EnvelopeFeed(WebSocketConnection connection) {
      this.connection = connection;
    }

    @Override
    public boolean resumable() {
      return true;
    }

    @Override
    public void read(Sink sink) throws LinkException {
      connection.read(
          (bytes, at, n) -> {
            try {
              if (malformed == null) {
                Deliveries.hand(bytes, at, n, sink);
              }
            } catch (LinkException e) {
              malformed = e;
            }
          });
      if (malformed != null) {
        throw malformed;
      }
    }

    @Override
    public void close() {
      connection.close();
    }
  }

  private static final class PayloadFeed implements Feed {
    private final WebSocketConnection connection;
    private final Numbered numbered;

    PayloadFeed(WebSocketConnection connection, String topic) {
      this.connection = connection;
      this.numbered = new Numbered(topic);
    }

    @Override
    public boolean resumable() {
      return false;
    }

    @Override
    public void read(Sink sink) throws LinkException {
      connection.read((bytes, at, n) -> numbered.hand(Arrays.copyOfRange(bytes, at, at + n), sink));
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}

package io.emque.client;

import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SubscribeOptions;
import io.emque.api.TopicInfo;
import io.emque.api.spi.ServerAddress;
import io.emque.client.link.Feed;
import io.emque.client.link.Link;
import io.emque.client.link.LinkException;
import io.emque.client.link.PublishChannel;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that does what a test says. */
final class FakeLink implements Link {
  final BlockingQueue<Channel> channels = new LinkedBlockingQueue<>();
  final AtomicInteger attempts = new AtomicInteger();

  /** Thrown at whoever connects; null while they may. */
  volatile Exception refusing;

  @Override
  public ServerAddress server() {
    return ServerAddress.parse("fake");
  }

  @Override
  public PublishChannel publisher(PublishChannel.Replies replies) throws LinkException {
    attempts.incrementAndGet();
    switch (refusing) {
      case null -> {}
      case LinkException lost -> throw lost;
      case RuntimeException refused -> throw refused;
      default -> throw new AssertionError(refusing);
    }
    var channel = new Channel(replies);
    channels.add(channel);
    return channel;
  }

  /** The next connection that was made. */
  Channel channel() throws InterruptedException {
    return Objects.requireNonNull(channels.poll(30, TimeUnit.SECONDS), "nobody connects");
  }

  @Override
  public Feed subscribe(String topic, SubscribeOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<TopicInfo> topics(String only, String after, int limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean delete(String topic) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}

  /** A connection that takes messages and answers when it is told to. */
  static final class Channel implements PublishChannel {
    private final Replies replies;
    private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();
    private long offset;
    volatile LinkException breaking;
    volatile boolean closed;

    Channel(Replies replies) {
      this.replies = replies;
    }

    @Override
    public void send(String topic, Publication publication) throws LinkException {
      LinkException broken = breaking;
      if (broken != null) {
        throw broken;
      }
      sent.add(topic + " " + publication.id());
    }

    /** The next message that was sent: topic and id. */
    String sent() throws InterruptedException {
      return Objects.requireNonNull(sent.poll(30, TimeUnit.SECONDS), "nothing is sent");
    }

    boolean sentAll() {
      return sent.isEmpty();
    }

    void answer() {
      replies.reply(new Published(new Cursor("e", offset++), Ack.MEMORY, false), null);
    }

    void refuse(BrokerException refusal) {
      replies.reply(null, refusal);
    }

    void lose(LinkException reason) {
      replies.lost(reason);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      closed = true;
    }
  }
}

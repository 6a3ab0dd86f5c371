package io.emque.cli.bench;

import io.emque.api.Topics;
import io.emque.api.spi.ServerAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Who publishes where and who listens where. A channel is a topic on a server; with {@code spread}
 * it is a topic wherever a connection goes. A stream is what one publisher sends to one channel,
 * numbered without holes.
 *
 * @param channels topics
 * @param streams each with its channel, its publisher and its server
 * @param seats of subscribers, each with its channel and its server
 */
record Plan(List<Channel> channels, List<Stream> streams, List<Seat> seats) {
  /** Numbers that are kept to check streams, one for each pair of a subscriber and a stream. */
  private static final long MOST_PAIRS = 20_000_000;

  /**
   * @param index in the plan
   * @param topic its name
   * @param streams that go there; its first one has its own index, the others follow at every
   *     {@code channels}
   * @param seats of those who listen
   */
  record Channel(int index, String topic, int streams, int seats) {}

  /** What one publisher sends to one channel. */
  record Stream(int index, Channel channel, int place, int publisher, ServerAddress server) {
    /** Its publisher, in words. */
    String who() {
      return "publisher " + (publisher + 1) + " at " + server.uri();
    }
  }

  /** A subscriber. */
  record Seat(int index, Channel channel, ServerAddress server) {}

  /**
   * @param name of the topic, or the beginning of the names of many
   * @throws IllegalArgumentException when it would be too much, or the name is none
   */
  static Plan of(BenchOptions options, String name, Target target) {
    List<String> topics = topics(options, name);
    var places = new ArrayList<Place>();
    for (String topic : topics) {
      if (options.spread()) {
        places.add(new Place(topic, target.servers()));
      } else {
        target
            .selector()
            .select(topic, target.servers())
            .forEach(server -> places.add(new Place(topic, List.of(server))));
      }
    }
    int channels = places.size();
    int streams = Math.max(options.publishers(), channels);
    limit(options, channels, streams);
    var plan = new Plan(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (int i = 0; i < channels; i++) {
      int seats = share(options.subscribers(), channels, i);
      plan.channels.add(new Channel(i, places.get(i).topic, share(streams, channels, i), seats));
    }
    for (int i = 0; i < streams; i++) {
      int channel = i % channels;
      ServerAddress server = places.get(channel).server(i / channels);
      int publisher = i % options.publishers();
      plan.streams.add(new Stream(i, plan.channels.get(channel), i / channels, publisher, server));
    }
    for (int i = 0; i < options.subscribers(); i++) {
      int channel = i % channels;
      // With two servers and one of each, the message crosses from one to the other.
      ServerAddress server = places.get(channel).server(i / channels + 1);
      plan.seats.add(new Seat(i, plan.channels.get(channel), server));
    }
    return plan;
  }

  private static List<String> topics(BenchOptions options, String name) {
    var topics = new ArrayList<String>();
    for (int i = 0; i < options.topics(); i++) {
      topics.add(Topics.requireValid(options.topics() == 1 ? name : name + "-" + i));
    }
    return topics;
  }

  private static void limit(BenchOptions options, int channels, int streams) {
    long pairs = (long) options.subscribers() * ((streams + channels - 1) / channels);
    if (pairs > MOST_PAIRS) {
      throw new IllegalArgumentException(
          options.subscribers()
              + " subscribers that each hear "
              + streams / channels
              + " publishers are too many to check; take fewer, or more topics");
    }
    if (streams > Stamp.STREAMS) {
      throw new IllegalArgumentException(
          channels + " topics on all their servers are too many; take fewer");
    }
  }

  /** How many of {@code all} are dealt to the one at {@code index}. */
  private static int share(int all, int takers, int index) {
    return all / takers + (index < all % takers ? 1 : 0);
  }

  /** Topics that nobody listens to. */
  long unheard() {
    return channels.stream().filter(channel -> channel.seats == 0).count();
  }

  private record Place(String topic, List<ServerAddress> servers) {
    ServerAddress server(int turn) {
      return servers.get(turn % servers.size());
    }
  }
}

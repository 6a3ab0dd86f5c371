package io.emque.cli.bench;

import io.emque.api.spi.ServerAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/**
 * Every connection of a run, and a virtual thread for each that reads.
 *
 * <p><b>Threads:</b> one; {@link #heard} may be waited for by any.
 */
final class Connections implements AutoCloseable {
  /** Connections that are being made at a time: a server's queue of them has an end. */
  private static final int CONNECTING = 64;

  private final Plan plan;
  private final BenchOptions options;
  private final Target target;
  private final Trouble trouble;
  private final Latencies latencies;
  private final Payload payload;
  private final CountDownLatch heard;
  private final List<Listener> listeners = new ArrayList<>();
  private final Collection<AutoCloseable> opened = new ConcurrentLinkedQueue<>();
  private final Collection<Thread> readers = new ConcurrentLinkedQueue<>();
  private List<Lane> lanes = List.of();
  private List<Flow> flows = List.of();

  Connections(
      Plan plan,
      BenchOptions options,
      Target target,
      int run,
      Latencies latencies,
      Trouble trouble) {
    this.plan = plan;
    this.options = options;
    this.target = target;
    this.trouble = trouble;
    this.latencies = latencies;
    this.payload = new Payload(run, options.payloadBytes());
    this.heard = new CountDownLatch(plan.seats().size());
    for (Plan.Seat seat : plan.seats()) {
      listeners.add(new Listener(seat, plan, options, run, latencies, heard));
    }
  }

  /** Who listens. */
  List<Listener> listeners() {
    return listeners;
  }

  /** What is published; empty before it is open. */
  List<Flow> flows() {
    return flows;
  }

  /** What it is published on; empty before it is open. */
  List<Lane> lanes() {
    return lanes;
  }

  /** Counted down for each listener that has heard something. */
  CountDownLatch heard() {
    return heard;
  }

  /** Opens all and begins to read; what cannot be opened is trouble. */
  void open() throws InterruptedException {
    var permits = new Semaphore(CONNECTING);
    var opening = new ArrayList<Thread>();
    var sources = new ConcurrentHashMap<Listener, Source>();
    for (Listener listener : listeners) {
      Connecting connect =
          () -> sources.put(listener, keep(Source.open(listener.seat(), options, target)));
      opening.add(begin(permits, listener.seat().server(), connect));
    }
    var made = new ConcurrentHashMap<String, Lane>();
    var groups = new LinkedHashMap<String, Plan.Stream>(); // the first stream of each lane
    plan.streams().forEach(stream -> groups.putIfAbsent(laneKey(stream), stream));
    groups.forEach(
        (key, stream) ->
            opening.add(begin(permits, stream.server(), () -> made.put(key, keep(lane(stream))))));
    for (Thread thread : opening) {
      thread.join();
    }
    if (trouble.any()) {
      return;
    }
    lanes = List.copyOf(made.values());
    flows = flows(made);
    sources.forEach(this::read);
    groups.forEach((key, stream) -> watch(laneOf(made, key), stream));
  }

  /** A WebSocket is bound to a topic; other connections take a publisher's messages for any. */
  private String laneKey(Plan.Stream stream) {
    return options.publishBy() == Protocol.WS
        ? "stream " + stream.index()
        : "publisher " + stream.publisher() + " at " + stream.server();
  }

  private Thread begin(Semaphore permits, ServerAddress server, Connecting connecting) {
    return Thread.ofVirtual()
        .name("emque-bench-connect")
        .start(
            () -> {
              permits.acquireUninterruptibly();
              try {
                if (!trouble.any()) {
                  connecting.run();
                }
              } catch (IOException e) {
                trouble.tell("cannot connect to " + server.uri(), Wire.hinted(e));
              } finally {
                permits.release();
              }
            });
  }

  private <T extends AutoCloseable> T keep(T connection) {
    opened.add(connection);
    return connection;
  }

  private Lane lane(Plan.Stream stream) throws IOException {
    var answers = new Answers(latencies.stripe(stream.index()), options.subscribers() == 0);
    ServerAddress server = stream.server();
    return switch (options.publishBy()) {
      case WS -> new WebSocketLane(Wire.open(server, target), stream.channel(), payload, answers);
      case GRPC -> new GrpcLane(new Grpc(server, target), payload, answers);
      default -> new HttpLane(Wire.open(server, target), payload, answers);
    };
  }

  private List<Flow> flows(ConcurrentHashMap<String, Lane> made) {
    var byChannel = new ArrayList<List<Listener>>();
    var flowsOf = new ArrayList<List<Flow>>();
    for (int i = 0; i < plan.channels().size(); i++) {
      byChannel.add(new ArrayList<>());
      flowsOf.add(new ArrayList<>());
    }
    listeners.forEach(listener -> byChannel.get(listener.seat().channel().index()).add(listener));
    long ofPublisher = (plan.streams().size() - 1L) / options.publishers() + 1;
    long window = options.window() == 0 ? 0 : Math.max(1, options.window() / ofPublisher);
    var all = new ArrayList<Flow>();
    for (Plan.Stream stream : plan.streams()) {
      int channel = stream.channel().index();
      var flow = new Flow(stream, byChannel.get(channel), laneOf(made, laneKey(stream)), window);
      flowsOf.get(channel).add(flow);
      all.add(flow);
    }
    listeners.forEach(listener -> listener.flows(flowsOf.get(listener.seat().channel().index())));
    return all;
  }

  private static Lane laneOf(ConcurrentHashMap<String, Lane> made, String key) {
    Lane lane = made.get(key);
    if (lane == null) {
      throw new IllegalStateException("a stream without a lane");
    }
    return lane;
  }

  private void read(Listener listener, Source source) {
    Plan.Seat seat = listener.seat();
    reader(
        "subscriber " + (seat.index() + 1) + " at " + seat.server().uri(),
        () -> source.readAll(listener));
  }

  private void watch(Lane lane, Plan.Stream first) {
    reader(first.who(), lane::watch);
  }

  private void reader(String who, Connecting reading) {
    readers.add(
        Thread.ofVirtual()
            .name("emque-bench-read")
            .start(
                () -> {
                  try {
                    reading.run();
                  } catch (IOException e) {
                    trouble.tell(who, e);
                  }
                }));
  }

  /** Closes all and waits for those that read. */
  @Override
  public void close() {
    for (AutoCloseable connection : opened) {
      try {
        connection.close();
      } catch (Exception e) {
        throw new IllegalStateException("closing does not fail", e);
      }
    }
    try {
      for (Thread reader : readers) {
        reader.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private interface Connecting {
    void run() throws IOException;
  }
}

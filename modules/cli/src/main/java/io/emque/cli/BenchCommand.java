package io.emque.cli;

import io.emque.api.BrokerException;
import io.emque.api.spi.Providers;
import io.emque.api.spi.ServerAddress;
import io.emque.cli.bench.Bench;
import io.emque.cli.bench.BenchOptions;
import io.emque.cli.bench.Protocol;
import io.emque.cli.bench.Report;
import io.emque.cli.bench.Result;
import io.emque.cli.bench.Summary;
import io.emque.cli.bench.Target;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** {@code emque bench}. */
final class BenchCommand {
  private static final int SIGNALED = 128;
  private static final int INT = 2;
  private static final int TERM = 15;
  private static final long WINDOW = 1_000;
  private static final Duration DURATION = Duration.ofSeconds(10);

  private final Settings settings;
  private final Providers providers;
  private final PrintStream out;
  private final PrintStream talk;
  private final AtomicInteger signal = new AtomicInteger();

  BenchCommand(Settings settings, Providers providers, PrintStream out, PrintStream talk) {
    this.settings = settings;
    this.providers = providers;
    this.out = out;
    this.talk = talk;
  }

  /** Returns the exit code. */
  int run(List<String> words) throws UsageException, IOException {
    if (!words.isEmpty()) {
      throw new UsageException(
          "emque bench takes flags alone, got \""
              + words.getFirst()
              + "\"; see --topic, --servers");
    }
    if (settings.bool("json") && settings.bool("csv")) {
      throw new UsageException("--json and --csv exclude each other; leave one out");
    }
    BenchOptions options = options();
    Target target = target();
    try {
      return run(options, new Bench(options, target));
    } catch (IllegalArgumentException | BrokerException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private int run(BenchOptions options, Bench bench)
      throws UsageException, IOException, InterruptedException {
    if (bench.unheard() > 0) {
      talk.println(
          "emque: nobody listens to "
              + bench.unheard()
              + " of the topics; for all, give more --subscribers");
    }
    Signals.on("INT", () -> interrupt(bench, INT));
    Signals.on("TERM", () -> interrupt(bench, TERM));
    Result result;
    var status = new StatusLine(talk, line(options, bench));
    try {
      result = bench.run();
    } catch (IOException e) {
      if (signal.get() > 0) {
        return SIGNALED + signal.get();
      }
      throw e;
    } finally {
      status.close();
    }
    out.print(
        settings.bool("json")
            ? Report.json(result)
            : settings.bool("csv") ? Report.csv(result) : Summary.text(result));
    out.flush();
    String complaint = result.complaint();
    if (complaint != null) {
      talk.println("emque: " + complaint);
    }
    return signal.get() > 0 ? SIGNALED + signal.get() : complaint == null ? 0 : 1;
  }

  /** The first time what was measured is told; a second one ends it at once. */
  private void interrupt(Bench bench, int number) {
    if (!signal.compareAndSet(0, number)) {
      Runtime.getRuntime().halt(SIGNALED + number);
    }
    bench.interrupt();
  }

  // ---- what is asked for

  private BenchOptions options() throws UsageException {
    long rate = settings.number("rate");
    long count = settings.number("count");
    Protocol both = settings.text("transport").equals("grpc") ? Protocol.GRPC : Protocol.WS;
    String duration = settings.text("duration");
    try {
      return new BenchOptions(
          number("publishers"),
          number("subscribers"),
          number("topics"),
          settings.text("topic"),
          Math.toIntExact(Math.min(Integer.MAX_VALUE, settings.size("payload"))),
          protocol("publish_by", both),
          protocol("subscribe_by", both),
          count,
          !duration.isEmpty()
              ? settings.duration("duration")
              : count > 0 ? Duration.ZERO : DURATION,
          settings.duration("warmup"),
          rate,
          settings.text("window").isEmpty() ? rate > 0 ? 0 : WINDOW : settings.number("window"),
          settings.text("slow").equals("skip") ? "" : settings.text("slow"),
          settings.bool("spread"));
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private int number(String name) throws UsageException {
    return Math.toIntExact(Math.min(Integer.MAX_VALUE, settings.number(name)));
  }

  private Protocol protocol(String name, Protocol fallback) {
    String word = settings.text(name);
    return word.isEmpty() ? fallback : Protocol.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private Target target() throws UsageException, IOException {
    var builder = Connect.client(settings, providers);
    List<String> names = settings.list("servers");
    var servers = new LinkedHashSet<ServerAddress>();
    for (String name :
        names.isEmpty() ? List.of("localhost:" + ServerAddress.DEFAULT_PORT) : names) {
      servers.addAll(providers.resolver(settings.text("resolver")).resolve(name).servers());
    }
    if (servers.isEmpty()) {
      throw new IOException("no server found; check --servers and --resolver");
    }
    String token = settings.text("token");
    return new Target(
        List.copyOf(servers),
        providers.selector(settings.text("select")),
        settings.duration("timeout"),
        builder.sslContext(),
        builder.verifiesNames(),
        token.isEmpty() ? null : token);
  }

  // ---- how far it has come

  private static Supplier<String> line(BenchOptions options, Bench bench) {
    return new Supplier<>() {
      private Bench.Snapshot before = bench.snapshot();

      @Override
      public String get() {
        Bench.Snapshot now = bench.snapshot();
        String line = line(options, before, now);
        before = now;
        return line;
      }
    };
  }

  private static String line(BenchOptions options, Bench.Snapshot before, Bench.Snapshot now) {
    double seconds = now.seconds() - before.seconds();
    String rates =
        String.format(
            Locale.ROOT,
            "%.1f s, published %,d (%,.0f/s), %s %,d (%,.0f/s)",
            now.seconds(),
            now.sent(),
            seconds > 0 ? (now.sent() - before.sent()) / seconds : 0,
            options.subscribers() > 0 ? "delivered" : "answered",
            now.arrived(),
            seconds > 0 ? (now.arrived() - before.arrived()) / seconds : 0);
    return switch (now.phase()) {
      case CONNECTING -> "connecting";
      case WARMING_UP -> "warming up, " + rates;
      case PUBLISHING -> rates;
      case WAITING -> "waiting for the rest, " + rates;
    };
  }
}

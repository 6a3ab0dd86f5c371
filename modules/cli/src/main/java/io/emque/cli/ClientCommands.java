package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.TopicInfo;
import io.emque.api.Topics;
import io.emque.api.spi.Providers;
import io.emque.client.ConnectionEvent;
import io.emque.client.Emque;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The verbs that talk to a server. Each returns the exit code. */
final class ClientCommands {
  private static final int PAGE = 1_000;

  /** Several servers say no end: nothing for so long is one. */
  private static final Duration MERGED_PATIENCE = Duration.ofSeconds(2);

  private final Settings settings;
  private final Providers providers;
  private final PrintStream out;
  private final PrintStream talk;

  ClientCommands(Settings settings, Providers providers, PrintStream out, PrintStream talk) {
    this.settings = settings;
    this.providers = providers;
    this.out = out;
    this.talk = talk;
  }

  private Emque connect() throws UsageException {
    return Connect.client(settings, providers).listener(this::tell).connect();
  }

  /** A connection that comes as expected is not worth a word; one that is lost is. */
  private void tell(ConnectionEvent event) {
    if (event.state() == ConnectionEvent.State.LOST) {
      talk.println(
          "emque: connection to "
              + event.server()
              + " lost ("
              + event.reason()
              + "), trying again");
    }
  }

  // ---- pub

  int pub(List<String> words) throws UsageException, IOException {
    if (words.isEmpty() || words.size() > 2) {
      throw new UsageException("emque pub takes a topic and at most one message");
    }
    String topic = topic(words.getFirst());
    if (words.size() == 2) {
      if (!settings.text("file").isEmpty()) {
        throw new UsageException("a message and --file exclude each other; leave one out");
      }
      return one(topic, words.get(1).getBytes(UTF_8));
    }
    try (FileInputStream in = input()) {
      if (settings.bool("whole")) {
        return one(topic, in.readAllBytes());
      }
      if (!settings.text("id").isEmpty()) {
        throw new UsageException("--id is for one message; give it as an argument, or use --whole");
      }
      return lines(topic, in);
    }
  }

  private FileInputStream input() throws IOException {
    String file = settings.text("file");
    if (file.isEmpty()) {
      return new FileInputStream(FileDescriptor.in);
    }
    try {
      return new FileInputStream(file);
    } catch (FileNotFoundException e) {
      Files.newInputStream(Path.of(file)).close(); // says why in the way others are told
      throw e;
    }
  }

  /** How much of a file was read; nothing is known of what comes through a pipe. */
  private static Progress.Goal reading(FileInputStream in) {
    FileChannel channel = in.getChannel();
    return () -> {
      try {
        return channel.size() == 0 ? 0 : (double) channel.position() / channel.size();
      } catch (IOException e) {
        return 0;
      }
    };
  }

  private int one(String topic, byte[] payload) throws UsageException {
    var publication = Publication.of(payload).headers(headers());
    String id = settings.text("id");
    try (Emque emque = connect()) {
      emque.publish(topic, id.isEmpty() ? publication : publication.id(id));
    }
    return 0;
  }

  private Map<String, String> headers() throws UsageException {
    var headers = new LinkedHashMap<String, String>();
    for (String header : settings.list("header")) {
      int equals = header.indexOf('=');
      if (equals < 1) {
        throw new UsageException("--header is \"" + header + "\", which is not name=value");
      }
      headers.put(header.substring(0, equals), header.substring(equals + 1));
    }
    return headers;
  }

  private int lines(String topic, FileInputStream in) throws UsageException, IOException {
    Map<String, String> headers = headers();
    try (Emque emque = connect();
        var progress = Progress.begin("published", talk)) {
      progress.toward(reading(in));
      new LinePublisher(emque, topic, headers, progress).publishAll(in);
      progress.done(!settings.text("file").isEmpty());
    }
    return 0;
  }

  // ---- sub

  int sub(List<String> words) throws UsageException, IOException {
    if (words.size() != 1) {
      throw new UsageException("emque sub takes one topic");
    }
    return print(topic(words.getFirst()));
  }

  private int print(String topic) throws UsageException, IOException {
    SubscribeOptions options = subscribeOptions(settings);
    long count = settings.number("count");
    try (Emque emque = connect();
        Subscription subscription = emque.subscribe(topic, options);
        var printer =
            new Printer(new FileOutputStream(FileDescriptor.out), settings.text("format"))) {
      long printed = 0;
      while (count == 0 || printed < count) {
        Delivery delivery = subscription.poll(Duration.ZERO);
        if (delivery == null) {
          printer.flush();
          delivery = subscription.take();
        }
        switch (delivery) {
          case null -> {
            return 0;
          }
          case Gap gap -> {
            printer.flush();
            talk.println("emque: " + missed(gap));
          }
          case Message message -> {
            printer.print(message);
            printed++;
          }
        }
      }
      return 0;
    } catch (Printer.GoneException e) {
      return 0; // whoever reads has had enough
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  static String missed(Gap gap) {
    return gap.missed().isPresent()
        ? "missed " + gap.missed().getAsLong() + " messages of \"" + gap.topic() + "\""
        : "missed an unknown number of messages of \"" + gap.topic() + "\"";
  }

  static SubscribeOptions subscribeOptions(Settings settings) throws UsageException {
    String from = settings.text("from");
    String after = settings.text("after");
    String since = settings.text("since");
    if (List.of(from, after, since).stream().filter(text -> !text.isEmpty()).count() > 1) {
      throw new UsageException("--from, --after and --since exclude each other; give one");
    }
    SlowPolicy slow = SlowPolicy.valueOf(settings.text("slow").toUpperCase(Locale.ROOT));
    return new SubscribeOptions(start(from, after, since), slow);
  }

  private static StartPosition start(String from, String after, String since)
      throws UsageException {
    try {
      if (!after.isEmpty()) {
        return StartPosition.after(Cursor.parse(after));
      }
      if (!since.isEmpty()) {
        return new StartPosition.Since(time(since));
      }
      return from(from);
    } catch (BrokerException e) {
      throw new UsageException(e.getMessage());
    }
  }

  /** {@code latest}, {@code earliest}, an offset or a cursor. */
  static StartPosition from(String from) {
    return switch (from) {
      case "", "latest" -> StartPosition.LATEST;
      case "earliest" -> StartPosition.EARLIEST;
      default ->
          from.matches("[0-9]{1,18}")
              ? new StartPosition.Offset(Long.parseLong(from))
              : new StartPosition.At(Cursor.parse(from));
    };
  }

  private static Instant time(String since) throws UsageException {
    try {
      return Instant.parse(since);
    } catch (DateTimeParseException notOne) {
      return Instant.now().minus(Values.duration(Flags.named("since"), "since", since));
    }
  }

  // ---- topics

  int topics(List<String> words) throws UsageException {
    if (!words.isEmpty() && words.getFirst().equals("rm")) {
      return remove(words.subList(1, words.size()));
    }
    if (!words.isEmpty()) {
      throw new UsageException(
          "emque topics takes flags, or rm and names, got \"" + words.getFirst() + "\"");
    }
    boolean json = settings.bool("json");
    try (Emque emque = connect()) {
      String after = null;
      List<TopicInfo> page;
      do {
        page = emque.topics(after, PAGE);
        if (!json && after == null) {
          out.printf("%-32s %12s %12s %8s%n", "TOPIC", "MESSAGES", "BYTES", "READERS");
        }
        page.forEach(topic -> out.println(json ? Json.topic(topic) : row(topic)));
        after = page.isEmpty() ? null : page.getLast().name();
      } while (page.size() == PAGE);
    }
    return 0;
  }

  private int remove(List<String> names) throws UsageException {
    if (names.isEmpty()) {
      throw new UsageException("emque topics rm takes the names of topics");
    }
    int code = 0;
    try (Emque emque = connect()) {
      for (String name : names) {
        if (!emque.delete(topic(name))) {
          talk.println("emque: topic \"" + name + "\" is not there");
          code = 1;
        }
      }
    }
    return code;
  }

  private static String row(TopicInfo topic) {
    return String.format(
        Locale.ROOT,
        "%-32s %12d %12d %8d",
        topic.name(),
        topic.nextOffset() - topic.firstOffset(),
        topic.bytes(),
        topic.subscribers().size());
  }

  // ---- export, import

  /** Ends with what was the last message when it began. */
  int export(List<String> words) throws UsageException, IOException {
    if (words.size() != 1) {
      throw new UsageException("emque export takes one topic");
    }
    String topic = topic(words.getFirst());
    try (Emque emque = connect();
        var progress = Progress.begin("exported", talk)) {
      Optional<TopicInfo> info = emque.topic(topic);
      if (info.isEmpty()) {
        talk.println(
            "emque: topic \"" + topic + "\" is not there; emque topics lists those that are");
        return 1;
      }
      long messages = info.get().nextOffset() - info.get().firstOffset();
      if (messages == 0) {
        return 0;
      }
      progress.toward(() -> (double) progress.messages() / messages);
      export(emque, topic, info.get(), progress);
      progress.done(false);
    } catch (Printer.GoneException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
    return 0;
  }

  private void export(Emque emque, String topic, TopicInfo info, Progress progress)
      throws IOException, InterruptedException {
    var earliest = SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);
    try (Subscription subscription = emque.subscribe(topic, earliest);
        var printer = new Printer(new FileOutputStream(FileDescriptor.out), "export")) {
      boolean merged = false;
      while (true) {
        Delivery delivery = subscription.poll(MERGED_PATIENCE);
        if (delivery instanceof Message message) {
          printer.print(message);
          progress.add(message.payload().length);
          merged = message.cursor().merged();
          if (!merged && message.offset() >= info.nextOffset() - 1) {
            return;
          }
        } else if (delivery instanceof Gap gap) {
          talk.println("emque: " + missed(gap));
          if (!gap.next().merged() && gap.next().offset() >= info.nextOffset()) {
            return; // the newest ones are gone
          }
        } else if (merged) {
          return; // from several servers: this is all there was
        }
      }
    }
  }

  int importLines(List<String> words) throws UsageException, IOException {
    if (words.size() != 1) {
      throw new UsageException("emque import takes one topic");
    }
    String topic = topic(words.getFirst());
    try (Emque emque = connect();
        FileInputStream in = input();
        var progress = Progress.begin("imported", talk)) {
      progress.toward(reading(in));
      new LinePublisher(emque, topic, Map.of(), progress).importAll(in);
      progress.done(!settings.text("file").isEmpty());
    }
    return 0;
  }

  // ---- as the original has it

  int asClient() throws UsageException, IOException {
    String topic = topic(settings.text("topic"));
    if (settings.bool("publish") && settings.bool("subscribe")) {
      throw new UsageException("--publish and --subscribe exclude each other; for both use -i");
    }
    if (settings.bool("publish")) {
      try (FileInputStream in = input()) {
        return lines(topic, in);
      }
    }
    return print(topic);
  }

  private static String topic(@Nullable String name) throws UsageException {
    try {
      return Topics.requireValid(name);
    } catch (BrokerException e) {
      throw new UsageException(e.getMessage());
    }
  }
}

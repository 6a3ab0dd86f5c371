package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.spi.Providers;
import io.emque.client.ConnectionEvent;
import io.emque.client.Emque;
import java.io.BufferedReader;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/**
 * {@code emque -i}: what is typed is published, what is published is printed. With a terminal it
 * has history, editing and commands; without one, lines are lines.
 */
final class Prompt {
  private static final int INTERRUPTED = 130;
  private static final String HELP =
      """
      /topic NAME   go to another topic
      /from START   read again: earliest, latest, an offset or a cursor
      /rate         messages seen, and how many a second since the last /rate
      /quit         leave, as Ctrl-D does
      //TEXT        publish a text that begins with a slash
      anything else is published""";

  private final Settings settings;
  private final Providers providers;
  private final PrintStream out;
  private final PrintStream talk;
  private final Set<String> own = ConcurrentHashMap.newKeySet(); // ids published here
  private final LongAdder seen = new LongAdder();
  private long rateSeen;
  private long rateSince = System.nanoTime();
  private volatile Screen screen;

  Prompt(Settings settings, Providers providers, PrintStream out, PrintStream talk) {
    this.settings = settings;
    this.providers = providers;
    this.out = out;
    this.talk = talk;
    this.screen = new PlainScreen(out, talk);
  }

  /** Returns the exit code. */
  int run() throws UsageException, IOException {
    SubscribeOptions options = ClientCommands.subscribeOptions(settings);
    boolean terminal = hasTerminal();
    try (Emque emque = Connect.client(settings, providers).listener(this::tell).connect();
        var room = new Room(emque, settings.text("topic"), options)) {
      if (!terminal) {
        return plain(room);
      }
      return withTerminal(room);
    }
  }

  @SuppressWarnings("SystemConsoleNull") // it is null where the runtime lacks jdk.internal.le
  private static boolean hasTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private void tell(ConnectionEvent event) {
    if (event.state() == ConnectionEvent.State.LOST) {
      screen.note(
          "connection to " + event.server() + " lost (" + event.reason() + "), trying again");
    } else if (event.reason().startsWith("subscribed")) {
      screen.note("connected to " + event.server());
    }
  }

  /** Lines in, lines out. */
  private int plain(Room room) throws IOException {
    var in =
        new BufferedReader(new InputStreamReader(new FileInputStream(FileDescriptor.in), UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      room.publish(line);
    }
    return 0;
  }

  private int withTerminal(Room room) throws UsageException, IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).ffm(false).jni(false).build()) {
      terminal.enterRawMode(); // also between lines: the terminal itself would eat a Ctrl-D there
      LineReaderBuilder builder =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("emque")
              .completer(new StringsCompleter("/help", "/topic", "/from", "/rate", "/quit"))
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true);
      Path history = history();
      if (history != null) {
        builder.variable(LineReader.HISTORY_FILE, history);
      }
      LineReader reader = builder.build();
      screen = new TerminalScreen(reader, System.getenv("NO_COLOR") == null);
      screen.note("/help lists commands; Ctrl-D leaves");
      while (true) {
        String line;
        try {
          line = reader.readLine(room.topic() + "> ");
        } catch (UserInterruptException e) {
          return INTERRUPTED;
        } catch (EndOfFileException e) {
          return 0;
        }
        if (!obey(room, line)) {
          return 0;
        }
      }
    } finally {
      screen = new PlainScreen(out, talk);
    }
  }

  private @Nullable Path history() throws UsageException {
    String home = System.getProperty("user.home", "");
    if (settings.bool("no_history") || home.isEmpty()) {
      return null;
    }
    String state = System.getenv("XDG_STATE_HOME");
    Path folder =
        (state == null || state.isEmpty() ? Path.of(home, ".local", "state") : Path.of(state))
            .resolve("emque");
    try {
      Files.createDirectories(folder);
      return folder.resolve("history");
    } catch (IOException e) {
      screen.note("no history is kept: " + e);
      return null;
    }
  }

  private boolean obey(Room room, String line) {
    String[] words = line.strip().split("\\s+", 2);
    String argument = words.length > 1 ? words[1].strip() : "";
    try {
      switch (words[0]) {
        case "" -> {}
        case "/help" -> screen.note(HELP);
        case "/quit" -> {
          return false;
        }
        case "/topic" -> room.go(argument, SubscribeOptions.DEFAULT);
        case "/from" ->
            room.go(room.topic(), SubscribeOptions.DEFAULT.from(ClientCommands.from(argument)));
        case "/rate" -> rate();
        default -> {
          if (line.startsWith("/") && !line.startsWith("//")) {
            screen.note("there is no command " + words[0] + "; /help lists them");
          } else {
            room.publish(line.startsWith("//") ? line.substring(1) : line);
          }
        }
      }
    } catch (BrokerException e) {
      screen.note(e.getMessage());
    }
    return true;
  }

  private void rate() {
    long now = System.nanoTime();
    long all = seen.sum();
    double seconds = Math.max(1e-9, (now - rateSince) / 1e9);
    screen.note(all + " messages, " + Math.round((all - rateSeen) / seconds) + "/s");
    rateSeen = all;
    rateSince = now;
  }

  /** The topic one is in. */
  private final class Room implements AutoCloseable {
    private final Emque emque;
    private volatile String topic;
    private Subscription subscription;
    private Thread printer;

    Room(Emque emque, String topic, SubscribeOptions options) {
      this.emque = emque;
      this.topic = topic;
      this.subscription = emque.subscribe(topic, options);
      this.printer = print(subscription);
    }

    String topic() {
      return topic;
    }

    void publish(String line) {
      String id = java.util.UUID.randomUUID().toString();
      own.add(id);
      emque.publish(topic, Publication.of(line).id(id));
    }

    /** The old one is left when the new one is there. */
    void go(String name, SubscribeOptions options) {
      Subscription next = emque.subscribe(name, options);
      close();
      topic = name;
      subscription = next;
      printer = print(next);
    }

    private Thread print(Subscription from) {
      return Thread.ofVirtual()
          .name("emque-prompt-" + from.topic())
          .start(
              () -> {
                try {
                  for (Delivery delivery = from.take(); delivery != null; delivery = from.take()) {
                    show(delivery);
                  }
                } catch (BrokerException e) {
                  screen.note(e.getMessage());
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
    }

    private void show(Delivery delivery) {
      switch (delivery) {
        case Message message -> {
          seen.increment();
          String id = message.id();
          screen.message(message.text(), id != null && own.remove(id));
        }
        case Gap gap -> screen.note(ClientCommands.missed(gap));
      }
    }

    /** What was published here is printed before it ends, if it comes soon. */
    @Override
    public void close() {
      long ends = System.nanoTime() + 1_000_000_000L;
      while (!own.isEmpty() && printer.isAlive() && System.nanoTime() - ends < 0) {
        Thread.onSpinWait();
        try {
          Thread.sleep(5);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          break;
        }
      }
      own.clear();
      subscription.close();
      try {
        printer.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Where messages and notes go. Any thread. */
  private interface Screen {
    void message(String text, boolean mine);

    void note(String text);
  }

  private record PlainScreen(PrintStream out, PrintStream talk) implements Screen {
    @Override
    public void message(String text, boolean mine) {
      out.println(text);
      out.flush();
    }

    @Override
    public void note(String text) {
      talk.println("emque: " + text);
    }
  }

  private record TerminalScreen(LineReader reader, boolean colour) implements Screen {
    private static final String RESET = "\u001b[0m";

    @Override
    public void message(String text, boolean mine) {
      reader.printAbove(painted(mine ? "\u001b[2m" : "\u001b[36m", text));
    }

    @Override
    public void note(String text) {
      reader.printAbove(painted("\u001b[33m", text));
    }

    private String painted(String code, String text) {
      return colour ? code + text + RESET : text;
    }
  }
}

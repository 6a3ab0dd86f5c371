package io.emque.server.histories;

import io.emque.api.Cursor;
import io.emque.server.acceptance.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Somebody who sends messages, and writes down what each was answered. */
abstract class Publisher extends Actor {
  private static final int PATIENCE_MILLIS = 10_000;
  private static final int LARGEST_FILLER = 3_000;
  private static final int PAUSE_MILLIS = 25;
  private static final int SLOW_MILLIS = 400;

  final World.Path path;
  final Ledger ledger;
  private int sessions;
  private String session = "";
  private long number;

  Publisher(String name, long seed, World.Path path, Ledger ledger) {
    super(name, seed);
    this.path = path;
    this.ledger = ledger;
  }

  @Override
  void run() throws InterruptedException {
    while (!stopped()) {
      session = name() + "." + sessions++;
      number = 0;
      try {
        publish(any(path.topics()));
      } catch (IOException lost) {
        pause(200);
      }
    }
  }

  /** One session with a topic. */
  abstract void publish(String topic) throws IOException, InterruptedException;

  /** Whether it sends again what had no answer. */
  boolean sendsAgain() {
    return false;
  }

  /** The next message; to be sent at once. */
  final Sent next(String topic) {
    long at = number++;
    String key = session + "." + at + "/";
    var sent = new Sent(topic, session, at, key, System.nanoTime(), sendsAgain());
    ledger.sending(sent);
    return sent;
  }

  final String payload(Sent sent) {
    return sent.key() + "x".repeat(onceIn(4) ? upTo(LARGEST_FILLER) : upTo(40));
  }

  /** Some one after the other, and then a moment without. */
  final void rest() throws InterruptedException {
    if (path.slow()) {
      pause(SLOW_MILLIS);
    } else if (onceIn(3)) {
      pause(PAUSE_MILLIS);
    }
    if (onceIn(400)) {
      pause(20 * PAUSE_MILLIS);
    }
  }

  final Peer connect() throws IOException {
    Peer peer = Peer.connect(path.port());
    peer.socket().setSoTimeout(PATIENCE_MILLIS);
    return peer;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Null where there is none: a message that is on several servers. */
  static @Nullable Cursor cursor(Peer.Head head) {
    String epoch = head.header("emque-epoch");
    return epoch == null ? null : new Cursor(epoch, Long.parseLong(head.header("emque-offset")));
  }

  /** {@code POST}, one message each, each answered before the next. */
  static final class ByPost extends Publisher {
    ByPost(String name, long seed, World.Path path, Ledger ledger) {
      super(name, seed, path, ledger);
    }

    @Override
    void publish(String topic) throws IOException, InterruptedException {
      try (Peer peer = connect()) {
        while (!stopped() && !onceIn(300)) {
          Sent sent = next(topic);
          byte[] body = bytes(payload(sent));
          peer.send(head("/pub?topic=" + topic, body));
          peer.send(body);
          Peer.Head answer = peer.readAnswer().head();
          if (answer.status() == 200) {
            ledger.became(sent, Sent.Fate.of(cursor(answer), System.nanoTime()));
          }
          rest();
        }
      }
    }
  }

  static String head(String target, byte[] body) {
    return "POST "
        + target
        + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        + body.length
        + "\r\n\r\n";
  }

  /** {@code batch=lines}. */
  static final class ByBatch extends Publisher {
    ByBatch(String name, long seed, World.Path path, Ledger ledger) {
      super(name, seed, path, ledger);
    }

    @Override
    void publish(String topic) throws IOException, InterruptedException {
      try (Peer peer = connect()) {
        while (!stopped() && !onceIn(60)) {
          var batch = new ArrayList<Sent>();
          var lines = new StringBuilder();
          for (int i = upTo(20); i >= 0; i--) {
            Sent sent = next(topic);
            batch.add(sent);
            lines.append(payload(sent)).append('\n');
          }
          byte[] body = bytes(lines.toString());
          peer.send(head("/pub?batch=lines&topic=" + topic, body));
          peer.send(body);
          taken(batch, peer.readAnswer().head());
          pause(path.slow() ? 8 * SLOW_MILLIS : 4 * PAUSE_MILLIS);
        }
      }
    }

    private void taken(List<Sent> batch, Peer.Head answer) {
      int count = Integer.parseInt(answer.headers().getOrDefault("emque-count", "0"));
      long now = System.nanoTime();
      for (int i = 0; i < count; i++) {
        boolean last = i == batch.size() - 1 && answer.status() == 200;
        ledger.became(batch.get(i), Sent.Fate.of(last ? cursor(answer) : null, now));
      }
    }
  }

  /** A plain WebSocket, which gets no answers; but when its close is answered, all was taken. */
  static final class BySocket extends Publisher {
    BySocket(String name, long seed, World.Path path, Ledger ledger) {
      super(name, seed, path, ledger);
    }

    @Override
    void publish(String topic) throws IOException, InterruptedException {
      try (Peer peer = connect()) {
        peer.upgrade("/pub?topic=" + topic);
        var unanswered = new ArrayList<Sent>();
        while (!stopped() && !onceIn(100)) {
          Sent sent = next(topic);
          unanswered.add(sent);
          peer.sendBinary(bytes(payload(sent)));
          rest();
        }
        peer.send(Peer.frame(8, new byte[] {3, (byte) 0xE8}));
        Peer.Frame frame = peer.readMessage();
        if (frame.opcode() == 8 && frame.closeCode() == 1000) {
          var taken = new Sent.TakenSomewhere(System.nanoTime());
          unanswered.forEach(sent -> ledger.became(sent, taken));
        }
      }
    }
  }
}

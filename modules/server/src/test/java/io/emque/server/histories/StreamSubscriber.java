package io.emque.server.histories;

import io.emque.api.Cursor;
import io.emque.api.StartPosition;
import io.emque.server.acceptance.Peer;
import io.emque.server.histories.Observation.Begun;
import io.emque.server.histories.Observation.Ended;
import io.emque.server.histories.Observation.Event;
import io.emque.server.histories.Observation.Resumed;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads a stream by a socket, comes again when it breaks, and says where it stood if it can. */
final class StreamSubscriber extends Subscriber {
  private static final int SILENCE_MILLIS = 5_000; // heartbeats come each second, where there are

  private final StreamReader.Kind kind;
  private volatile @Nullable Peer peer;

  StreamSubscriber(String name, long seed, World.Path path, StreamReader.Kind kind) {
    super(name, seed, path);
    this.kind = kind;
  }

  @Override
  void letGo() {
    Peer open = peer;
    if (open != null) {
      try {
        open.close();
      } catch (IOException gone) {
        // so much the better
      }
    }
  }

  @Override
  void observe(Observation observation, StartPosition from) throws InterruptedException {
    while (!stopped() && !observation.ended()) {
      long askedAt = System.nanoTime();
      try (Peer connected = Peer.connect(path.port())) {
        peer = connected;
        if (!stopped()) {
          connected.socket().setSoTimeout(SILENCE_MILLIS);
          Peer.Head head = ask(connected, observation, from);
          stands(observation, head, from, askedAt);
          read(kind.reader(connected), observation);
        }
      } catch (IOException lost) {
        if (!kind.resumes && !stopped() && observation.next() != null && !observation.ended()) {
          observation.add(new Ended("lost, and cannot be resumed"));
        }
      }
      pause(200);
    }
  }

  private Peer.Head ask(Peer connected, Observation observation, StartPosition from)
      throws IOException {
    Cursor next = observation.next();
    String start =
        next == null
            ? "&from=" + (from.equals(StartPosition.LATEST) ? "latest" : "earliest")
            : "&after=" + next.epoch() + ":" + (next.offset() - 1);
    String target = "/sub?topic=" + observation.topic() + "&format=" + kind.format + start;
    connected.sendHead(
        "GET " + target + " HTTP/1.1", kind.isSocket() ? Peer.UPGRADE : new String[0]);
    Peer.Head head = connected.readHead();
    if (head.status() != (kind.isSocket() ? 101 : 200)) {
      throw new IOException("refused: " + head);
    }
    return head;
  }

  private static void stands(
      Observation observation, Peer.Head head, StartPosition from, long askedAt) {
    if (observation.next() == null) {
      boolean latest = from.equals(StartPosition.LATEST);
      observation.add(new Begun(Publisher.cursor(head), latest, askedAt, System.nanoTime()));
    } else {
      observation.add(new Resumed());
    }
  }

  /**
   * Until it is lost, left, or ended; after its end until the connection's, for what must not come.
   */
  private void read(StreamReader in, Observation observation)
      throws IOException, InterruptedException {
    while (true) {
      Event event = in.next();
      if (event != null) {
        observation.add(event);
      }
      dawdle();
      if (onceIn(500) && !observation.ended()) {
        if (!kind.resumes || onceIn(2)) {
          observation.add(new Ended("by itself"));
        }
        return; // and perhaps it comes again
      }
    }
  }
}

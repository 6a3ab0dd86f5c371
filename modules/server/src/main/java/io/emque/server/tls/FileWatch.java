package io.emque.server.tls;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Looks at files again and again, and says when they have become others and stay so. Looking finds
 * what a system's events do not tell everywhere: links that lead elsewhere, as in mounted secrets,
 * and files on a network.
 */
public final class FileWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(FileWatch.class.getName());

  private final List<Path> files;
  private final Duration every;
  private final Runnable round;
  private final Runnable changed;
  private final Thread thread;
  private List<Stamp> known;

  /**
   * What the files are from here on counts as known.
   *
   * @param every how often to look; a change is told when the next look finds nothing else
   * @param changed called by one thread, never twice at a time
   * @param round called at each look by the same thread
   */
  public FileWatch(List<Path> files, Duration every, Runnable changed, Runnable round) {
    this.files = List.copyOf(files);
    this.every = every;
    this.changed = changed;
    this.round = round;
    this.known = stamps();
    this.thread = Thread.ofVirtual().name("emque-file-watch").unstarted(this::watch);
  }

  /** Begins to look. */
  public void start() {
    thread.start();
  }

  private void watch() {
    List<Stamp> settling = known;
    try {
      while (true) {
        Thread.sleep(every);
        List<Stamp> now = stamps();
        if (!now.equals(known) && now.equals(settling)) {
          known = now;
          run(changed);
        }
        settling = now;
        run(round);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private static void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      LOG.log(WARNING, "looking after files failed, it goes on", e);
    }
  }

  private List<Stamp> stamps() {
    var all = new ArrayList<Stamp>();
    for (Path file : files) {
      try {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        all.add(
            new Stamp(
                attributes.lastModifiedTime(),
                attributes.size(),
                Objects.toString(attributes.fileKey())));
      } catch (IOException e) {
        all.add(new Stamp(null, 0, ""));
      }
    }
    return all;
  }

  /** Looks no more. */
  @Override
  public void close() {
    thread.interrupt();
  }

  /** What tells one file from another without reading it; no time for one that is not there. */
  private record Stamp(@Nullable FileTime modified, long bytes, String key) {}
}

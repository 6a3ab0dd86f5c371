package io.emque.server.auth;

import static java.util.Objects.requireNonNull;

import io.emque.api.spi.Authority;
import io.emque.api.spi.Authorizer;
import io.emque.server.AuthOptions;
import io.emque.server.ServerException;
import io.emque.server.tls.FileWatch;
import io.emque.transport.http.access.AccessControl;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An authorizer at work in a server: lends it what it needs, and takes that back at the end. */
public final class Access implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(400);

  private final List<FileWatch> watches = new CopyOnWriteArrayList<>();
  private final @Nullable Authority authority;
  private final AccessControl control;

  private Access(@Nullable AuthOptions options, InstantSource clock) throws ServerException {
    if (options == null) {
      authority = null;
      control = AccessControl.open();
      return;
    }
    var context = new Lent(options.options(), clock);
    try {
      authority = options.authorizer().open(context);
    } catch (IOException | IllegalArgumentException e) {
      watches.forEach(FileWatch::close);
      throw new ServerException(String.valueOf(e.getMessage()), e);
    }
    control = AccessControl.of(authority, clock, options.queryToken());
    context.control = control;
  }

  /**
   * Opens an authorizer.
   *
   * @param options null for none: anyone may do anything
   * @throws ServerException when it cannot be opened; says why
   */
  public static Access open(@Nullable AuthOptions options) throws ServerException {
    return new Access(options, InstantSource.system());
  }

  /** What transports ask. */
  public AccessControl control() {
    return control;
  }

  /**
   * Reads the authorizer's files again.
   *
   * @throws IOException when they cannot be used, and all stays as it was
   */
  public void reload() throws IOException {
    if (authority != null) {
      authority.reload();
    }
  }

  @Override
  public void close() {
    watches.forEach(FileWatch::close);
    control.close();
  }

  private final class Lent implements Authorizer.Context {
    private final Map<String, String> options;
    private final InstantSource clock;
    private volatile @Nullable AccessControl control; // null while the authorizer is opened

    Lent(Map<String, String> options, InstantSource clock) {
      this.options = options;
      this.clock = clock;
    }

    @Override
    public Map<String, String> options() {
      return options;
    }

    @Override
    public InstantSource clock() {
      return clock;
    }

    @Override
    public void follow(Path file, Runnable changed) {
      requireNonNull(changed, "changed");
      var watch = new FileWatch(List.of(file), LOOK, changed, () -> {});
      watches.add(watch);
      watch.start();
    }

    @Override
    public void changed() {
      AccessControl opened = control;
      if (opened != null) {
        opened.changed();
      }
    }
  }
}

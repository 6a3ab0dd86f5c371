package io.emque.testkit;

import io.emque.api.spi.Authorizer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a broker lends an authorizer, but for changes: no file is followed.
 *
 * @param options the authorizer's
 */
public record FixedContext(Map<String, String> options) implements Authorizer.Context {
  /** Copies the options. */
  public FixedContext {
    options = Map.copyOf(options);
  }

  @Override
  public InstantSource clock() {
    return InstantSource.system();
  }

  @Override
  public void follow(Path file, Runnable changed) {}

  @Override
  public void changed() {}
}

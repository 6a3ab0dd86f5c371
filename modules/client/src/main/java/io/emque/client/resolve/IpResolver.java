package io.emque.client.resolve;

import io.emque.api.spi.Resolver;
import io.emque.api.spi.ServerAddress;
import java.time.Duration;
import java.util.List;

/** {@code ip}: a server is at the address that was given, one server each. */
public final class IpResolver implements Resolver {
  private static final Duration NEVER_CHANGES = Duration.ofDays(365);

  /** For ServiceLoader. */
  public IpResolver() {}

  @Override
  public String name() {
    return "ip";
  }

  @Override
  public Resolution resolve(String server) {
    return new Resolution(List.of(ServerAddress.parse(server)), NEVER_CHANGES);
  }
}

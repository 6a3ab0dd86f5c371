package io.emque.client.resolve;

import io.emque.api.spi.Resolver;
import io.emque.api.spi.ServerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * {@code dns}: a server is every IPv4 and IPv6 address of its name, in the order of the addresses.
 * The system's own look-up is used, so {@code /etc/hosts} counts; it does not tell how long an
 * answer may be kept.
 *
 * <p>Java keeps answers for 30 s of its own accord, and failures for 10. The command line switches
 * that off; a program that wants changes to be seen within 5 s sets the security properties {@code
 * networkaddress.cache.ttl} and {@code networkaddress.cache.negative.ttl} to 0 before its first
 * look-up.
 */
public final class DnsResolver implements Resolver {
  private final Lookup lookup;

  /** For ServiceLoader. */
  public DnsResolver() {
    this(InetAddress::getAllByName);
  }

  DnsResolver(Lookup lookup) {
    this.lookup = lookup;
  }

  @Override
  public String name() {
    return "dns";
  }

  @Override
  public Resolution resolve(String server) throws IOException {
    ServerAddress named = ServerAddress.parse(server);
    InetAddress[] addresses;
    try {
      addresses = lookup.all(named.host());
    } catch (UnknownHostException e) {
      throw new IOException("the name " + named.host() + " is not known now", e);
    }
    List<ServerAddress> servers =
        Arrays.stream(addresses)
            .sorted(
                Comparator.comparingInt((InetAddress a) -> a.getAddress().length)
                    .thenComparing(InetAddress::getAddress, Arrays::compareUnsigned))
            .distinct()
            .map(named::at)
            .toList();
    return new Resolution(servers, Resolution.DEFAULT_TTL);
  }

  /** All addresses of a host. */
  interface Lookup {
    InetAddress[] all(String host) throws UnknownHostException;
  }
}

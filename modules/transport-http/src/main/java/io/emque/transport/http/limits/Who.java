package io.emque.transport.http.limits;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking, as far as it is known: what limits are counted by.
 *
 * @param address where it is; of IPv6 the network of 64 bits, which is what one host is given; null
 *     for what has no address
 * @param identity who it has proved to be; null for nobody
 */
public record Who(@Nullable InetAddress address, @Nullable String identity) {
  private static final int NETWORK_BYTES = 8;

  /** Somebody at an address. */
  public static Who at(@Nullable InetAddress address) {
    return new Who(network(address), null);
  }

  /** The same, who has proved to be somebody. */
  public Who as(String proved) {
    return new Who(address, proved);
  }

  static @Nullable InetAddress network(@Nullable InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] bytes = address.getAddress();
    Arrays.fill(bytes, NETWORK_BYTES, bytes.length, (byte) 0);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 bytes are an address", e);
    }
  }
}

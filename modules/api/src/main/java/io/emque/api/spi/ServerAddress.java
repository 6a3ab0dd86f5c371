package io.emque.api.spi;

import static java.util.Objects.requireNonNull;

import io.emque.api.OneLine;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Where a server is.
 *
 * @param tls whether connections are encrypted
 * @param host a name, or an address without brackets; what a certificate is checked against
 * @param port 1 to 65535
 * @param ip where to connect; null when {@code host} is to be looked up at each connect
 */
public record ServerAddress(boolean tls, String host, int port, @Nullable InetAddress ip) {
  /** Used when none is given. */
  public static final int DEFAULT_PORT = 8081;

  /** Refuses an empty host and a port out of range. */
  public ServerAddress {
    requireNonNull(host, "host");
    if (host.isEmpty()) {
      throw new IllegalArgumentException("a server needs a host");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port must be 1 to 65535, got " + port);
    }
  }

  /**
   * Reads {@code HOST}, {@code HOST:PORT} or the same behind {@code https://} (the default) or
   * {@code http://}; an IPv6 address stands in brackets. Without a port: {@value #DEFAULT_PORT}.
   *
   * @throws IllegalArgumentException with one line that names the value and the rule
   */
  public static ServerAddress parse(String server) {
    String text = server.strip();
    URI uri;
    try {
      uri = new URI(text.contains("://") ? text : "https://" + text);
    } catch (URISyntaxException e) {
      throw malformed(server);
    }
    boolean plain = "http".equals(uri.getScheme());
    String path = uri.getRawPath();
    if ((!plain && !"https".equals(uri.getScheme()))
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || !(path.isEmpty() || path.equals("/"))
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || uri.getPort() == 0
        || uri.getPort() > 65_535) {
      throw malformed(server);
    }
    String host = uri.getHost();
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    return new ServerAddress(!plain, host, uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(), null);
  }

  /** The same server, to be reached at {@code address}. */
  public ServerAddress at(InetAddress address) {
    return new ServerAddress(tls, host, port, address);
  }

  /** The same server at another port. */
  public ServerAddress port(int newPort) {
    return new ServerAddress(tls, host, newPort, ip);
  }

  /** {@code HOST:PORT}, an IPv6 address in brackets. */
  public String authority() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  /** {@code https://HOST:PORT} or {@code http://HOST:PORT}. */
  public URI uri() {
    return URI.create((tls ? "https://" : "http://") + authority());
  }

  /** {@code HOST:PORT}, and behind it the address when the host is a name that was looked up. */
  @Override
  public String toString() {
    String literal = ip == null ? host : ip.getHostAddress();
    return literal.equals(host) ? authority() : authority() + " (" + literal + ")";
  }

  private static IllegalArgumentException malformed(String server) {
    return new IllegalArgumentException(
        "server \""
            + OneLine.of(server)
            + "\" is not HOST:PORT, https://HOST:PORT or http://HOST:PORT; an IPv6 address stands"
            + " in brackets");
  }
}

package io.emque.plugin.srv;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;

import io.emque.api.spi.Resolver;
import io.emque.api.spi.ServerAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.regex.Pattern;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;

/**
 * {@code srv}: a name stands for the hosts and ports of its DNS records {@code _emque._tcp.NAME} of
 * type SRV (RFC 2782). All of them are servers: lowest priority first, then highest weight, then by
 * name and port, so that everybody has them in the same order. Addresses of a host are looked up at
 * each connect.
 *
 * <p>The name servers of the system are asked, or those that the system property {@code
 * java.naming.provider.url} names, as {@code dns://127.0.0.1:5353}.
 */
public final class SrvResolver implements Resolver {
  private static final String SERVICE = "_emque._tcp.";
  private static final String FIRST_TIMEOUT_MILLIS = "1000";
  private static final String ATTEMPTS = "2"; // the second one waits twice as long
  private static final Pattern PORT = Pattern.compile(".*[^:]:\\d+/?");

  /** For ServiceLoader. */
  public SrvResolver() {}

  @Override
  public String name() {
    return "srv";
  }

  @Override
  public Resolution resolve(String server) throws IOException {
    ServerAddress named = ServerAddress.parse(server);
    if (PORT.matcher(server.strip()).matches()) {
      throw new IllegalArgumentException(
          "server \"" + server + "\" names a port; srv takes it from DNS, leave it out");
    }
    if (named.host().indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "server \"" + server + "\" is an address; srv needs the name of a service");
    }
    var records = new ArrayList<Srv>();
    for (String text : lookUp(SERVICE + named.host())) {
      records.add(Srv.parse(text));
    }
    records.removeIf(srv -> srv.target.isEmpty()); // a lone dot: there is no such service
    List<ServerAddress> servers =
        records.stream()
            .sorted(
                comparingInt(Srv::priority)
                    .thenComparing(comparingInt(Srv::weight).reversed())
                    .thenComparing(comparing(Srv::target))
                    .thenComparingInt(Srv::port))
            .map(srv -> new ServerAddress(named.tls(), srv.target, srv.port, null))
            .distinct()
            .toList();
    return new Resolution(servers, Resolution.DEFAULT_TTL); // JNDI does not tell that of DNS
  }

  // DNS answers with strings, and the name is that of a host, not a URL. JNDI wants a Hashtable.
  @SuppressWarnings({"BanJNDI", "JdkObsolete"})
  private static List<String> lookUp(String name) throws IOException {
    var environment = new Hashtable<String, String>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put("com.sun.jndi.dns.timeout.initial", FIRST_TIMEOUT_MILLIS);
    environment.put("com.sun.jndi.dns.timeout.retries", ATTEMPTS);
    try {
      var dns = new InitialDirContext(environment);
      try {
        Attribute found = dns.getAttributes(name, new String[] {"SRV"}).get("SRV");
        return found == null ? List.of() : strings(found);
      } finally {
        dns.close();
      }
    } catch (NameNotFoundException e) {
      throw new IOException("DNS knows no record " + name + " of type SRV", e);
    } catch (NamingException e) {
      String reason = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new IOException(
          "DNS cannot tell the record "
              + name
              + " of type SRV now: "
              + reason.lines().findFirst().orElse(""),
          e);
    }
  }

  private static List<String> strings(Attribute attribute) throws NamingException {
    var all = new ArrayList<String>();
    NamingEnumeration<?> values = attribute.getAll();
    while (values.hasMore()) {
      all.add(String.valueOf(values.next()));
    }
    return all;
  }

  private record Srv(int priority, int weight, int port, String target) {
    /** Reads {@code PRIORITY WEIGHT PORT TARGET.} */
    static Srv parse(String text) throws IOException {
      String[] parts = text.split(" ");
      try {
        String target = parts[3];
        return new Srv(
            Integer.parseInt(parts[0]),
            Integer.parseInt(parts[1]),
            Integer.parseInt(parts[2]),
            target.endsWith(".") ? target.substring(0, target.length() - 1) : target);
      } catch (NumberFormatException | IndexOutOfBoundsException e) {
        throw new IOException("the SRV record \"" + text + "\" cannot be read", e);
      }
    }
  }
}

package io.emque.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a page names, and what stands for it in a test: free ports for those of the page, the same
 * one for the same number; this machine for machines; the page's folder for {@code /etc/emque}.
 */
final class Here {
  private static final Pattern PORT = Pattern.compile("(?<![\\d.])(80[0-9]{2}|8443|900[0-9])\\b");
  private static final Pattern MACHINE = Pattern.compile("\\bmq\\d?\\.example\\.(?:org|com)\\b");
  private static final String CONFIGURATION = "/etc/emque/";

  private final Path folder;
  private final Map<String, Integer> ports = new HashMap<>();

  Here(Path folder) {
    this.folder = folder;
  }

  /** The page's words as they are good here. */
  String here(String text) {
    String named = MACHINE.matcher(text).replaceAll("localhost");
    return PORT.matcher(named.replace(CONFIGURATION, folder + "/"))
        .replaceAll(port -> Integer.toString(port(port.group())));
  }

  /** The opposite: an output as the page would have it. */
  String there(String output) {
    String there = output.replace(folder + "/", CONFIGURATION);
    for (var port : ports.entrySet()) {
      there = there.replace(":" + port.getValue(), ":" + port.getKey());
    }
    return there;
  }

  /** A file of the page. */
  Path file(String name) {
    return folder.resolve(name.replace(CONFIGURATION, ""));
  }

  int port(String named) {
    return ports.computeIfAbsent(named, name -> freePort());
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

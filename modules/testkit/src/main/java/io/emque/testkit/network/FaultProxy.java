package io.emque.testkit.network;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy on loopback that does to connections what networks do. It knows no protocol, so all
 * of them meet it, encrypted or not.
 *
 * <pre>{@code
 * try (var network = FaultProxy.before(server.port())) {
 *   network.line(Line.GOOD.latency(Duration.ofMillis(50)).split(7));
 *   var client = connect(network.port());
 *   network.cut();
 * }
 * }</pre>
 *
 * <p><b>Threads:</b> any thread. Each connection has four virtual threads and two sockets.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int BACKLOG = 4_096;

  private final InetSocketAddress target;
  private final ServerSocket listening;
  private final Set<Wire> wires = ConcurrentHashMap.newKeySet();
  private final AtomicLong accepted = new AtomicLong();
  private final Gate gate = new Gate(false);
  private volatile Line line = Line.GOOD;
  private volatile boolean refusing;

  private FaultProxy(InetSocketAddress target) throws IOException {
    this.target = requireNonNull(target, "target");
    this.listening = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("fault-proxy-" + port()).start(this::acceptAll);
  }

  /** Before a port of loopback, on a port of its own that is free. */
  public static FaultProxy before(int port) throws IOException {
    return before(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /** Before a server, on a port of loopback that is free. */
  public static FaultProxy before(InetSocketAddress server) throws IOException {
    return new FaultProxy(server);
  }

  /** The port it listens on. */
  public int port() {
    return listening.getLocalPort();
  }

  /** What it does to connections that begin from now on; at first {@link Line#GOOD}. */
  public FaultProxy line(Line newLine) {
    line = requireNonNull(newLine, "newLine");
    return this;
  }

  /** How many connections there are now. */
  public int connections() {
    return wires.size();
  }

  /** How many there have been, those that were refused too. */
  public long accepted() {
    return accepted.get();
  }

  /**
   * Resets every connection, on both sides; new ones are taken.
   *
   * @return how many they were
   */
  public int cut() {
    int count = 0;
    for (Wire wire : wires) {
      if (wire.reset()) {
        count++;
      }
    }
    return count;
  }

  /** Resets connections as soon as they begin, or takes them again. Those that are there stay. */
  public FaultProxy refuse(boolean refuse) {
    refusing = refuse;
    return this;
  }

  /** Lets nothing pass, either way, until {@link #resume}; connections stay. */
  public void stall() {
    gate.close();
  }

  /** Lets pass what has waited, and all else. */
  public void resume() {
    gate.open();
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket client = listening.accept();
        accepted.incrementAndGet();
        Thread.ofVirtual().name("fault-proxy-connect").start(() -> join(client));
      }
    } catch (IOException closed) {
      cut();
    }
  }

  private void join(Socket client) {
    var server = new Socket();
    var wire = new Wire(client, server, line, gate, wires::remove);
    wires.add(wire);
    try {
      if (refusing) {
        throw new IOException("refused");
      }
      server.connect(target);
      wire.start();
    } catch (IOException notThere) {
      wire.reset();
    }
    if (listening.isClosed()) {
      wire.reset();
    }
  }

  /** Resets every connection and takes no more. Closing twice is harmless. */
  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    gate.open();
    cut();
  }
}

package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * Clients that mean harm, in a process of their own: a process may have 20,000 files. Prints a line
 * when all are there, and ends when its standard input does.
 *
 * <p>Arguments: the port, and how many connections that send a head byte by byte, subscribers that
 * never read, sockets that say nothing, and bodies without an end.
 */
final class Abuse {
  static final String READY = "abusing";

  private static final int SMALL_BUFFER = 4 * 1024;
  private static final byte[] CHUNK = ("4000\r\n" + "x".repeat(0x4000) + "\r\n").getBytes(US_ASCII);

  private final int port;
  private final List<Socket> sockets = new ArrayList<>();

  private Abuse(int port) {
    this.port = port;
  }

  public static void main(String[] arguments) throws Exception {
    var abuse = new Abuse(Integer.parseInt(arguments[0]));
    List<Socket> slow =
        abuse.open(Integer.parseInt(arguments[1]), "GET /sub?topic=foo HTTP/1.1\r\n");
    abuse.open(
        Integer.parseInt(arguments[2]),
        "GET /sub?topic=foo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n");
    abuse.open(Integer.parseInt(arguments[3]), "");
    for (int i = 0; i < Integer.parseInt(arguments[4]); i++) {
      Thread.ofVirtual().start(abuse::endlessBody);
    }
    Thread.ofPlatform().daemon().start(() -> drip(slow));
    System.out.println(READY + " " + abuse.sockets.size());
    while (System.in.read() >= 0) {
      // until whoever began it has had enough
    }
    Runtime.getRuntime().halt(0);
  }

  /** Many at a time: the server's queue is long. */
  private List<Socket> open(int count, String begin) throws Exception {
    var opened = new ArrayList<Socket>();
    var done = new CountDownLatch(count);
    try (var threads = Executors.newFixedThreadPool(16)) {
      for (int i = 0; i < count; i++) {
        threads.execute(
            () -> {
              try {
                Socket socket = connect();
                socket.getOutputStream().write(begin.getBytes(US_ASCII));
                synchronized (sockets) {
                  opened.add(socket);
                  sockets.add(socket);
                }
              } catch (IOException e) {
                System.err.println("cannot abuse: " + e);
              } finally {
                done.countDown();
              }
            });
      }
      done.await();
    }
    return opened;
  }

  /** From another address than those that mean well. */
  private Socket connect() throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(SMALL_BUFFER);
    socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.2"), 0));
    socket.connect(new InetSocketAddress("127.0.0.1", port), 60_000);
    return socket;
  }

  /** A byte of a header to each, twice a second, and not to all at once. */
  private static void drip(List<Socket> slow) {
    try {
      while (true) {
        for (int i = 0; i < slow.size(); i++) {
          if (i % Math.max(1, slow.size() / 50) == 0) {
            Thread.sleep(10);
          }
          Socket socket = slow.get(i);
          try {
            socket.getOutputStream().write('x');
          } catch (IOException thrownOut) {
            socket.close();
          }
        }
      }
    } catch (IOException | InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One message that never ends, and then the next one. */
  private void endlessBody() {
    byte[] head =
        "POST /pub?topic=bar HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            .getBytes(US_ASCII);
    while (true) {
      try (Socket socket = connect()) {
        socket.getOutputStream().write(head);
        while (true) {
          socket.getOutputStream().write(CHUNK);
        }
      } catch (IOException refusedOnceMore) {
        continue;
      }
    }
  }
}

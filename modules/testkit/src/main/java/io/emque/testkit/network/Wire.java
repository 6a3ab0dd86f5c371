package io.emque.testkit.network;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** One connection: a socket on each side, and a pipe each way. Ends once. */
final class Wire {
  private final Socket client;
  private final Socket server;
  private final Consumer<Wire> onEnd;
  private final Pipe toServer;
  private final Pipe toClient;
  private final AtomicInteger open = new AtomicInteger(2);
  private final AtomicBoolean ended = new AtomicBoolean();

  Wire(Socket client, Socket server, Line line, Gate gate, Consumer<Wire> onEnd) {
    this.client = client;
    this.server = server;
    this.onEnd = onEnd;
    this.toServer = new Pipe(Direction.TO_SERVER, client, server, line, gate, this);
    this.toClient = new Pipe(Direction.TO_CLIENT, server, client, line, gate, this);
  }

  void start() throws IOException {
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
    toServer.start();
    toClient.start();
    if (ended.get()) { // meanwhile, when there was nothing to stop
      stop();
    }
  }

  private void stop() {
    toServer.stop();
    toClient.stop();
  }

  /** A pipe has passed on the end of its stream. */
  void halfEnded() {
    if (open.decrementAndGet() == 0 && ended.compareAndSet(false, true)) {
      end();
    }
  }

  /**
   * Both sides find the connection reset.
   *
   * @return false when it had ended before
   */
  boolean reset() {
    if (!ended.compareAndSet(false, true)) {
      return false;
    }
    for (Socket socket : new Socket[] {client, server}) {
      try {
        socket.setSoLinger(true, 0);
      } catch (IOException neverConnected) {
        // it is closed all the same
      }
    }
    end();
    return true;
  }

  private void end() {
    stop();
    for (Socket socket : new Socket[] {client, server}) {
      try {
        socket.close();
      } catch (IOException gone) {
        // so much the better
      }
    }
    onEnd.accept(this);
  }
}

package io.emque.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.emque.frames.Handshakes;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Plays a server by WebSocket: agrees to {@code emque.v1}, hears some frames on the first
 * connection and says then, to whatever they were, what it was given. On further ones it only
 * listens.
 */
final class Player implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int frames;
  private final byte[] lines;
  private final List<ByteArrayOutputStream> heard = new CopyOnWriteArrayList<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final CountDownLatch answered = new CountDownLatch(1);
  private final CountDownLatch another = new CountDownLatch(2);

  Player(int frames, byte[] lines) throws IOException {
    this.frames = frames;
    this.lines = lines;
    Thread.ofVirtual().start(this::accept);
  }

  private void accept() {
    try {
      for (int i = 0; ; i++) {
        Socket socket = listener.accept();
        sockets.add(socket);
        play(socket, i == 0);
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void play(Socket socket, boolean first) throws IOException {
    var said = new ByteArrayOutputStream();
    var in = new DataInputStream(new Recording(socket.getInputStream(), said));
    String key = key(in, said);
    heard.add(said);
    another.countDown();
    socket
        .getOutputStream()
        .write(
            ("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Protocol: emque.v1\r\nSec-WebSocket-Accept: "
                    + Handshakes.accept(key)
                    + "\r\n\r\n")
                .getBytes(ISO_8859_1));
    if (first) {
      for (int i = 0; i < frames; i++) {
        readFrame(in);
      }
      socket.getOutputStream().write(lines);
      answered.countDown();
    }
  }

  private static String key(InputStream in, ByteArrayOutputStream said) throws IOException {
    while (!said.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      if (in.read() < 0) {
        throw new IOException("no request");
      }
    }
    String header = "Sec-WebSocket-Key: ";
    String request = said.toString(ISO_8859_1);
    int start = request.indexOf(header) + header.length();
    return request.substring(start, request.indexOf('\r', start));
  }

  private static void readFrame(DataInputStream in) throws IOException {
    in.readByte();
    int length = in.readByte() & 0x7f;
    if (length == 126) {
      length = in.readUnsignedShort();
    }
    in.readNBytes(4 + length); // with the mask
  }

  int port() {
    return listener.getLocalPort();
  }

  /** What a client said on its connection so far, a character for each byte. */
  String heard(int connection) {
    return heard.get(connection).toString(ISO_8859_1);
  }

  void awaitAnswered() throws InterruptedException {
    await(answered);
  }

  /** Waits for a second connection. */
  void awaitAnother() throws InterruptedException {
    await(another);
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("it did not come");
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private static final class Recording extends java.io.FilterInputStream {
    private final ByteArrayOutputStream to;

    Recording(InputStream in, ByteArrayOutputStream to) {
      super(in);
      this.to = to;
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      if (read >= 0) {
        to.write(read);
      }
      return read;
    }

    @Override
    public int read(byte[] bytes, int at, int n) throws IOException {
      int read = super.read(bytes, at, n);
      if (read > 0) {
        to.write(bytes, at, read);
      }
      return read;
    }
  }
}

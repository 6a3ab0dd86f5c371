package io.emque.websocket;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import io.emque.frames.CloseCodes;
import io.emque.frames.FrameParser;
import io.emque.frames.ProtocolFault;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.websocket.WsListener;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;

/** The reading side of a connection: receives, has it parsed, calls the listener. One thread. */
final class Connection implements ServerConnection, FrameParser.Sink {
  private static final System.Logger LOG = System.getLogger(Connection.class.getName());

  private static final byte[] NONE = {};
  private static final int LEAST_READ = 512;
  private static final int MOST_READ = 64 * 1024;
  private static final int LARGE_FRAME = 16 * 1024;
  private static final int SHORT_READS = 8; // of less than a quarter, and the buffer shrinks
  private static final int LARGE_READS = 8; // that were full, and the buffer grows
  private static final int PING = 9;

  private final ConnectionContext context;
  private final HelidonSocket socket;
  private final WsListener listener;
  private final Session session;
  private final FrameParser parser;
  private final TextDecoder decoder = new TextDecoder();
  private byte[] buffer = NONE;
  private BufferData received = BufferData.empty(); // writes to the buffer, behind `end`
  private int readBytes = LEAST_READ; // what the buffer has room for, or a larger frame
  private int shortReads; // one after the other
  private int largeReads; // filled by large frames, since the buffer grew
  private int start;
  private int end;
  private boolean terminated; // a terminal callback was called
  private boolean ended;

  Connection(
      ConnectionContext context, WsListener listener, Session session, WebSocketOptions options) {
    this.context = context;
    this.socket = context.serverSocket();
    this.listener = listener;
    this.session = session;
    this.parser = FrameParser.ofServer(options.maxMessageBytes(), this);
  }

  @Override
  public void handle(Limit limit) {
    UpgradableSelector.CURRENT.get().upgraded();
    session.reading(Thread.currentThread());
    try {
      listener.onOpen(session);
      takeOver();
      while (!ended) {
        parse();
        if (ended || !receive()) {
          break;
        }
      }
    } catch (ProtocolFault fault) {
      fail(fault);
    } catch (RuntimeException e) {
      if (session.isBroken()) { // the listener could not write, or was interrupted by an abort
        broke(e);
      } else {
        LOG.log(WARNING, () -> "listener failed, closing with 1011", e);
        terminate(() -> listener.onError(session, e));
        finish(CloseCodes.payload(CloseCodes.INTERNAL_ERROR, "INTERNAL"));
      }
    } finally {
      session.reading(null);
      boolean interrupted = Thread.interrupted();
      terminate(() -> listener.onClose(session, CloseCodes.ABNORMAL, "connection lost"));
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    throw new CloseConnectionException("WebSocket closed");
  }

  /** The answer to the upgrade could not be sent: the listener, asked before, must know. */
  void neverOpened(RuntimeException cause) {
    terminate(() -> listener.onError(session, cause));
  }

  /** What came right behind the upgrade request is in Helidon's reader. */
  private void takeOver() {
    DataReader reader = context.dataReader();
    int ahead = reader.available();
    if (ahead > 0) {
      buffer = reader.readBytes(ahead);
      end = ahead;
    }
  }

  private void parse() throws ProtocolFault {
    int from = start;
    start = end; // should the parser throw, what is left over is not parsed again
    try {
      start = parser.parse(buffer, from, end);
    } catch (ProtocolFault fault) {
      endBatch(); // what came before the fault stands
      throw fault;
    }
    if (!ended) {
      endBatch();
    }
  }

  private void endBatch() {
    if (listener instanceof FrameListener frames) {
      frames.onBatchEnd(session);
    }
  }

  /**
   * Waits for more bytes behind what is left over. Returns false at the end of the stream. The
   * buffer grows while reads fill it, so that a busy peer is read in few large steps, and shrinks
   * again: an idle one waits with a small buffer.
   */
  @SuppressWarnings("removal") // get() reads 8 KiB at most, and copies them
  private boolean receive() {
    makeRoom();
    int room = buffer.length - end;
    int n;
    try {
      n = socket.read(received);
    } catch (UncheckedIOException | IllegalStateException e) {
      broke(e);
      return false;
    }
    if (n <= 0) {
      return false;
    }
    end += n;
    adapt(n, room);
    return true;
  }

  /** What is left over moves to the front, in a buffer with room for the next read. */
  private void makeRoom() {
    int rest = end - start;
    // A frame takes memory as it comes, not when its header says so.
    int coming = Math.min(parser.wanted(), Math.max(2 * rest, LARGE_FRAME));
    int wanted = Math.max(readBytes, coming);
    if (buffer.length < wanted || (rest == 0 && buffer.length > wanted + wanted / 4)) {
      if (listener instanceof FrameListener frames) {
        frames.onBuffer(session, wanted);
      }
      byte[] old = buffer;
      buffer = new byte[wanted];
      received = BufferData.create(buffer).clear();
      received.write(old, start, rest);
    } else {
      received.clear();
      received.write(buffer, start, rest);
    }
    start = 0;
    end = rest;
  }

  private void adapt(int n, int room) {
    if (n == room) {
      // One large frame does not make a busy peer.
      if (parser.wanted() <= LARGE_FRAME || ++largeReads == LARGE_READS) {
        readBytes = Math.min(readBytes * 4, MOST_READ);
        largeReads = 0;
      }
      shortReads = 0;
    } else if (n >= readBytes / 4) {
      shortReads = 0;
    } else if (++shortReads == SHORT_READS) {
      readBytes = Math.max(readBytes / 4, LEAST_READ);
      shortReads = 0;
    }
  }

  // ---- what the parser found

  @Override
  public void data(byte[] bytes, int at, int n, boolean text, boolean last) {
    if (listener instanceof FrameListener frames) {
      frames.onFrame(session, bytes, at, n, text, last);
    } else if (text) {
      listener.onMessage(session, decoder.decode(bytes, at, n), last);
    } else {
      listener.onMessage(session, copy(bytes, at, n), last);
    }
  }

  @Override
  public void control(int opcode, byte[] bytes, int at, int n) {
    if (opcode == PING) {
      session.pong(copy(bytes, at, n));
      listener.onPing(session, copy(bytes, at, n));
    } else {
      listener.onPong(session, copy(bytes, at, n));
    }
  }

  @Override
  public void close(byte[] bytes, int at, int n) {
    ended = true;
    endBatch(); // while the listener can still answer
    session.sendClose(Arrays.copyOfRange(bytes, at, at + n));
    int code = CloseCodes.code(bytes, at, n);
    String reason = CloseCodes.reason(bytes, at, n);
    terminate(() -> listener.onClose(session, code, reason));
  }

  private static BufferData copy(byte[] bytes, int at, int n) {
    return BufferData.create(Arrays.copyOfRange(bytes, at, at + n));
  }

  // ---- ending

  private void fail(ProtocolFault fault) {
    LOG.log(DEBUG, () -> "connection " + context.childSocketId() + " closed: " + fault.reason());
    terminate(() -> listener.onClose(session, fault.code(), fault.reason()));
    finish(CloseCodes.payload(fault.code(), fault.reason()));
  }

  /**
   * Says goodbye, and lets the peer see it: closing with bytes unread would reset the connection
   * under it.
   */
  private void finish(byte[] closePayload) {
    if (!session.sendClose(closePayload) || parser.closeReceived()) {
      return;
    }
    session.abortUnlessClosed();
    parser.discard();
    try {
      do {
        start = parser.parse(buffer, start, end);
      } while (!ended && receive());
    } catch (ProtocolFault | RuntimeException e) {
      broke(e);
    }
  }

  private void broke(Exception e) {
    LOG.log(DEBUG, () -> "connection " + context.childSocketId() + " broke: " + e.getMessage());
  }

  private void terminate(Runnable callback) {
    if (terminated) {
      return;
    }
    terminated = true;
    try {
      callback.run();
    } catch (RuntimeException e) {
      LOG.log(WARNING, () -> "listener failed at the end of a connection", e);
    }
  }

  /** An open WebSocket is never idle: its owner decides how long it may be silent. */
  @Override
  public Duration idleTime() {
    return Duration.ZERO;
  }

  @Override
  public void close(boolean interrupt) {
    if (interrupt) {
      session.abort();
    } else {
      // One caller closes all connections in turn: a stuck one must not keep it.
      Thread.ofVirtual()
          .name("emque-close")
          .start(() -> session.close(CloseCodes.SERVICE_RESTART, "DRAINING"));
    }
  }
}

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
  private static final int PING = 9;

  private final ConnectionContext context;
  private final HelidonSocket socket;
  private final WsListener listener;
  private final Session session;
  private final FrameParser parser;
  private final TextDecoder decoder = new TextDecoder();
  private byte[] buffer = NONE;
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
   * Waits for more bytes. Returns false at the end of the stream. The array that the socket gives
   * is ours: it becomes the buffer when nothing was left over, so an idle connection holds none.
   */
  private boolean receive() {
    int rest = end - start;
    if (rest == 0) {
      buffer = NONE;
      start = 0;
      end = 0;
    }
    byte[] more;
    try {
      more = socket.get();
    } catch (UncheckedIOException | IllegalStateException e) {
      broke(e);
      return false;
    }
    if (more == null) {
      return false;
    }
    if (rest == 0) {
      buffer = more;
      end = more.length;
      return true;
    }
    if (buffer.length - end < more.length) {
      var larger = new byte[Math.max(parser.wanted(), rest + more.length)];
      System.arraycopy(buffer, start, larger, 0, rest);
      buffer = larger;
      start = 0;
      end = rest;
    }
    System.arraycopy(more, 0, buffer, end, more.length);
    end += more.length;
    return true;
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

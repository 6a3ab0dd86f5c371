package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.transport.http.limits.Assembly;
import io.emque.transport.http.limits.InFlight;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;

/**
 * A request's body that is one message. It takes memory as it comes, and must come steadily. Close
 * it when the message is in the log.
 */
final class MessageBody implements AutoCloseable {
  private static final int PIECE = 8 * 1024;
  private static final byte[] NONE = {};

  private final boolean http2;
  private final int limit;
  private final InFlight.Lease lease;
  private final Assembly assembly;
  private final Patience.Body patience;

  MessageBody(ConnectionWatch watch, int limit) {
    Thread reader = Thread.currentThread();
    this.http2 = watch.http2();
    this.limit = limit;
    this.lease = watch.limits().inFlight().lease(() -> watch.interrupt(reader));
    this.assembly = new Assembly(lease, limit + 1);
    this.patience = watch.patience().body(() -> watch.interrupt(reader));
  }

  /** The body, once it is there as a whole. */
  byte[] read(ServerRequest req) {
    long announced = req.headers().contentLength().orElse(-1);
    if (announced > limit) {
      throw tooLarge(announced + " bytes");
    }
    if (!req.content().hasEntity()) {
      return NONE;
    }
    try (var in = new RequestBody(req.content().inputStream())) {
      return read(in, announced);
    } catch (BrokerException | CloseConnectionException e) {
      throw fault(e);
    } finally {
      patience.close();
    }
  }

  private byte[] read(RequestBody in, long announced) {
    int expected = announced < 0 ? PIECE : (int) Math.min(announced, PIECE);
    while (assembly.length() != announced) {
      assembly.room(1, expected); // what is announced is believed only as far as it has come
      byte[] room = assembly.array();
      int n = in.read(room, assembly.length(), room.length - assembly.length());
      if (n < 0) {
        break;
      }
      patience.received(n);
      assembly.written(n);
      if (assembly.length() > limit) {
        throw tooLarge("more than " + limit + " bytes");
      }
    }
    if (announced >= 0 && !http2) {
      in.read(new byte[1], 0, 1); // its end, or a refusal would have to end the connection too
    }
    return assembly.exact();
  }

  /** What it was that ended the reading; over HTTP/1.1 that has ended the connection. */
  private RuntimeException fault(RuntimeException e) {
    BrokerException evicted = lease.evicted();
    if (evicted == null && !patience.isGivenUp()) {
      return e;
    }
    if (!http2) {
      return new CloseConnectionException("a body came too slowly", e);
    }
    Thread.interrupted(); // it was meant for the reading
    if (evicted != null) {
      return evicted;
    }
    return new HttpException(
        "the body comes too slowly; send it faster, or raise --request_timeout",
        Status.REQUEST_TIMEOUT_408,
        false);
  }

  private BrokerException tooLarge(String size) {
    return new BrokerException(
        ErrorCode.MESSAGE_TOO_LARGE,
        "message of "
            + size
            + " is over the limit of "
            + limit
            + "; send less, or raise --max_message_bytes");
  }

  @Override
  public void close() {
    patience.close();
    assembly.close();
  }
}

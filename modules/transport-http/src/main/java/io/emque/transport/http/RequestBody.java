package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * A request's body that tells a client that has gone, of which nobody need hear, from one that
 * sends broken chunks, which is told so. The server's own stream throws a variety of things for
 * both.
 */
final class RequestBody extends InputStream {
  private final InputStream in;

  RequestBody(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    try {
      return in.read(buffer, offset, length);
    } catch (IOException | UncheckedIOException | DataReader.InsufficientDataAvailableException e) {
      throw new CloseConnectionException("client has gone in the middle of a body", e);
    } catch (CloseConnectionException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new BrokerException(
          ErrorCode.QUERY_INVALID,
          "the body is not well formed ("
              + e.getMessage()
              + "); send a Content-Length and as many bytes, or chunks as RFC 9112 has them");
    }
  }

  /** Does nothing: the server's own stream would first read all that is still to come. */
  @Override
  public void close() {}
}

package io.emque.transport.http;

import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** An HTTP/2 answer through the server's own response stream. */
final class Http2Sink implements Sink {
  private final OutputStream out;

  /** Sends the head. */
  Http2Sink(ServerResponse response) {
    this.out = response.outputStream();
    try {
      out.write(new byte[0]);
      out.flush(); // nothing has come yet: this sends the head alone
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void write(byte[] buffer, int count) {
    try {
      out.write(buffer, HEAD, count);
      out.flush();
      AccessLog.streamed(count);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void end() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.http.Header;
import io.helidon.http.Headers;

/**
 * A chunked HTTP/1.1 answer (RFC 9112, section 7.1), written past the server's own response: one
 * socket write a chunk, and the head at once, before there is any content.
 */
final class Http1Sink implements Sink {
  private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(US_ASCII);

  private final DataWriter writer;

  /** Sends the head: 200, these headers, and those that chunks need. */
  Http1Sink(DataWriter writer, Headers headers) {
    this.writer = writer;
    BufferData head = BufferData.growing(512);
    head.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
            .getBytes(US_ASCII));
    for (Header header : headers) {
      header.writeHttp1Header(head);
    }
    head.write('\r');
    head.write('\n');
    writer.writeNow(head);
  }

  @Override
  public void write(byte[] buffer, int count) {
    int digits = 1;
    for (int rest = count >>> 4; rest > 0; rest >>>= 4) {
      digits++;
    }
    int from = HEAD - 2 - digits;
    int rest = count;
    for (int i = HEAD - 3; i >= from; i--) {
      buffer[i] = HEX[rest & 15];
      rest >>>= 4;
    }
    buffer[HEAD - 2] = '\r';
    buffer[HEAD - 1] = '\n';
    buffer[HEAD + count] = '\r';
    buffer[HEAD + count + 1] = '\n';
    writer.writeNow(BufferData.createReadOnly(buffer, from, HEAD + count + 2 - from));
    AccessLog.streamed(count);
  }

  @Override
  public void end() {
    writer.writeNow(BufferData.createReadOnly(LAST_CHUNK, 0, LAST_CHUNK.length));
  }
}

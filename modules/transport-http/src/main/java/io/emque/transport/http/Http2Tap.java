package io.emque.transport.http;

import io.helidon.common.buffers.DataReader;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Passes a client's HTTP/2 bytes on unchanged and reports RST_STREAM frames (RFC 9113, section
 * 6.4), which the server's own connection does not tell to a handler that only writes.
 */
final class Http2Tap implements Supplier<byte @Nullable []> {
  private static final int PREFACE = 24; // section 3.4
  private static final int HEADER = 9; // section 4.1
  private static final int RST_STREAM = 3;

  private final DataReader reader;
  private final ConnectionWatch watch;
  private final byte[] header = new byte[HEADER];
  private int headerBytes;
  private int skip = PREFACE;

  Http2Tap(DataReader reader, ConnectionWatch watch) {
    this.reader = reader;
    this.watch = watch;
  }

  @Override
  public byte @Nullable [] get() {
    byte[] bytes;
    watch.waitBegins();
    try {
      reader.ensureAvailable();
      bytes = reader.readBytes(reader.available());
    } catch (DataReader.InsufficientDataAvailableException e) {
      return null;
    } finally {
      watch.waitEnds();
    }
    inspect(bytes);
    return bytes;
  }

  private void inspect(byte[] bytes) {
    int at = 0;
    while (at < bytes.length) {
      if (skip > 0) {
        int n = Math.min(skip, bytes.length - at);
        skip -= n;
        at += n;
        continue;
      }
      header[headerBytes++] = bytes[at++];
      if (headerBytes == HEADER) {
        headerBytes = 0;
        skip = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | (header[2] & 0xff);
        if (header[3] == RST_STREAM) {
          watch.streamEnded(
              (header[5] & 0x7f) << 24
                  | (header[6] & 0xff) << 16
                  | (header[7] & 0xff) << 8
                  | (header[8] & 0xff));
        }
      }
    }
  }
}

package org.example.files;

import io.emque.api.spi.StoredLog;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;

/** The records of a file, one after the other; those that are damaged are left out. */
final class FileRecords implements Closeable {
  private final DataInputStream in;
  private final long until;
  private byte[] body = new byte[0];
  private long position;
  private long end;
  private long offset;
  private long timeNanos;
  private boolean whole = true;

  /**
   * @param until bytes of the file to be looked at
   */
  FileRecords(Path file, long until) throws IOException {
    // No channel: an interrupt would close it.
    var buffered = new BufferedInputStream(new FileInputStream(file.toFile()), 1 << 16);
    this.in = new DataInputStream(buffered);
    this.until = until;
  }

  boolean next() throws IOException {
    while (position < until) {
      long left = until - position - FileBytes.HEAD;
      int length = left < 0 ? -1 : in.readInt();
      if (length < 0 || length > left) {
        whole = false; // torn, or no length: nothing can be found behind it
        position = until;
        return false;
      }
      int checksum = in.readInt();
      body = new byte[length];
      in.readFully(body);
      position += FileBytes.HEAD + length;
      if (FileBytes.checksum(body, 0, length) == checksum) {
        end = position;
        var fields = fields();
        offset = fields.readLong();
        timeNanos = fields.readLong();
        return true;
      }
      whole = false;
    }
    return false;
  }

  private DataInputStream fields() {
    return new DataInputStream(new ByteArrayInputStream(body));
  }

  /** Whether all up to here was as it had been written. */
  boolean isWhole() {
    return whole;
  }

  long offset() {
    return offset;
  }

  long timeNanos() {
    return timeNanos;
  }

  /** Where the file goes on behind the record. */
  long end() {
    return end;
  }

  /** Gives the record to a reader; returns the bytes of its payload. */
  int give(StoredLog.Sink sink) throws IOException {
    var fields = fields();
    fields.skipNBytes(2 * Long.BYTES);
    boolean hasId = fields.readBoolean();
    String id = fields.readUTF();
    var headers = new LinkedHashMap<String, String>();
    for (int i = fields.readByte(); i > 0; i--) {
      headers.put(fields.readUTF(), fields.readUTF());
    }
    int length = fields.available();
    sink.record(
        offset, timeNanos, hasId ? id : null, headers, body, body.length - length, length);
    return length;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}

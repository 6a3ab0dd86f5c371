package org.example.files;

import io.emque.api.spi.StoredLog;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.zip.CRC32C;

/** Records as they stand in a file: length, checksum, and a body of that length. */
final class FileBytes extends ByteArrayOutputStream {
  /** Length and checksum. */
  static final int HEAD = 8;

  void put(long offset, StoredLog.Records records, int i) throws IOException {
    int start = count;
    var out = new DataOutputStream(this);
    out.writeLong(0); // the head comes when the body is known
    out.writeLong(offset);
    out.writeLong(records.timeNanos(i));
    out.writeBoolean(records.id(i) != null);
    out.writeUTF(records.id(i) == null ? "" : records.id(i));
    out.writeByte(records.headers(i).size());
    for (var header : records.headers(i).entrySet()) {
      out.writeUTF(header.getKey());
      out.writeUTF(header.getValue());
    }
    out.write(records.array(i), records.start(i), records.length(i));
    int length = count - start - HEAD;
    int checksum = checksum(buf, start + HEAD, length);
    int end = count;
    count = start;
    out.writeInt(length);
    out.writeInt(checksum);
    count = end;
  }

  static int checksum(byte[] bytes, int from, int length) {
    var checksum = new CRC32C();
    checksum.update(bytes, from, length);
    return (int) checksum.getValue();
  }

  byte[] array() {
    return buf;
  }
}

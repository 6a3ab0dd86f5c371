package io.emque.transport.http;

import io.emque.api.Cursor;
import io.emque.api.Published;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.PublishReply;

/**
 * Writes an {@code emque.v1.PublishReply} of a message that was taken. The most frequent ones are
 * written field by field, since there is one for each message: what {@link Envelopes#reply} makes
 * takes longer than to append the message.
 */
final class AckEncoder {
  /** The tag of a field: its number and the kind of its value. */
  private static final int LENGTH_DELIMITED = 2;

  private static final int VARINT = 0;
  private static final int REPLY_ACK = PublishReply.ACK_FIELD_NUMBER << 3 | LENGTH_DELIMITED;
  private static final int EPOCH =
      io.emque.wire.v1.PublishAck.EPOCH_FIELD_NUMBER << 3 | LENGTH_DELIMITED;
  private static final int OFFSET = io.emque.wire.v1.PublishAck.OFFSET_FIELD_NUMBER << 3 | VARINT;
  private static final int ACK = io.emque.wire.v1.PublishAck.ACK_FIELD_NUMBER << 3 | VARINT;
  private static final int DUPLICATE =
      io.emque.wire.v1.PublishAck.DUPLICATE_FIELD_NUMBER << 3 | VARINT;

  private AckEncoder() {}

  static void put(Published published, Output out) {
    Cursor cursor = published.cursor();
    if (cursor == null || cursor.offset() < 0 || published.servers() != null) {
      out.put(Envelopes.reply(published).toByteArray());
      return;
    }
    String epoch = cursor.epoch(); // letters of ASCII
    long offset = cursor.offset();
    int size = 1 + size(epoch.length()) + epoch.length() + 2;
    size += offset == 0 ? 0 : 1 + size(offset);
    size += published.duplicate() ? 2 : 0;
    out.put(REPLY_ACK);
    putVarint(size, out);
    out.put(EPOCH);
    putVarint(epoch.length(), out);
    for (int i = 0; i < epoch.length(); i++) {
      out.put(epoch.charAt(i));
    }
    if (offset != 0) {
      out.put(OFFSET);
      putVarint(offset, out);
    }
    out.put(ACK).put(Envelopes.wire(published.ack()).getNumber());
    if (published.duplicate()) {
      out.put(DUPLICATE).put(1);
    }
  }

  private static int size(long number) {
    return (70 - Long.numberOfLeadingZeros(number | 1)) / 7;
  }

  private static void putVarint(long number, Output out) {
    long rest = number;
    while (rest > 0x7f) {
      out.put((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.put((int) rest);
  }
}

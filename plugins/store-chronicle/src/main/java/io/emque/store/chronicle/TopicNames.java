package io.emque.store.chronicle;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Names of topics as names of folders that any file system keeps apart: only {@code a-z 0-9 _ -}
 * and dots inside stay as they are, every other byte becomes {@code %hh}. The prefix keeps them
 * from being {@code con} or {@code ..}. What grows too long is known by its hash, and the folder
 * then holds the name.
 */
final class TopicNames {
  /** File systems take 255 bytes. */
  private static final int LONGEST = 200;

  private static final String PLAIN = "t-";
  private static final String HASHED = "h-";
  private static final HexFormat HEX = HexFormat.of();

  private TopicNames() {}

  static String folder(String topic) {
    byte[] bytes = utf8(topic);
    var folder = new StringBuilder(PLAIN);
    for (int i = 0; i < bytes.length; i++) {
      char c = (char) (bytes[i] & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= '0' && c <= '9')
              || c == '_'
              || c == '-'
              || (c == '.' && i < bytes.length - 1);
      if (plain) {
        folder.append(c);
      } else {
        folder.append('%').append(HEX.toHexDigits((byte) c));
      }
    }
    return folder.length() <= LONGEST ? folder.toString() : HASHED + HEX.formatHex(sha256(bytes));
  }

  static boolean isHashed(String folder) {
    return folder.startsWith(HASHED);
  }

  /** The topic of a folder; null when it is none of ours, or {@link #isHashed}. */
  static @Nullable String topic(String folder) {
    if (!folder.startsWith(PLAIN)) {
      return null;
    }
    var bytes = ByteBuffer.allocate(folder.length());
    for (int i = PLAIN.length(); i < folder.length(); i++) {
      char c = folder.charAt(i);
      if (c != '%') {
        bytes.put((byte) c);
      } else if (i + 2 < folder.length()
          && HexFormat.isHexDigit(folder.charAt(i + 1))
          && HexFormat.isHexDigit(folder.charAt(i + 2))) {
        bytes.put((byte) HexFormat.fromHexDigits(folder, i + 1, i + 3));
        i += 2;
      } else {
        return null;
      }
    }
    try {
      String topic = UTF_8.newDecoder().decode(bytes.flip()).toString();
      return !topic.isEmpty() && folder(topic).equals(folder) ? topic : null;
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static byte[] utf8(String topic) {
    try {
      ByteBuffer encoded = UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(topic));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "a topic's name must be Unicode text: half a character", e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}

package io.emque.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A message to be published.
 *
 * @param payload not copied: leave it alone until the publish returned
 * @param id makes a retry harmless: within a topic's recent past the same id is taken once; null
 *     for none
 * @param headers at most {@value #MAX_HEADERS} and {@value #MAX_HEADER_BYTES} bytes of names and
 *     values in all; names are lower-cased
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy per message would cost
public record Publication(byte[] payload, @Nullable String id, Map<String, String> headers) {
  /** Most headers. */
  public static final int MAX_HEADERS = 32;

  /** Most bytes of header names and values together, in UTF-8. */
  public static final int MAX_HEADER_BYTES = 8 * 1024;

  /** Longest id in bytes of UTF-8. */
  public static final int MAX_ID_BYTES = 256;

  /** Refuses what is over a limit with {@link ErrorCode#OPTION_INVALID}. */
  public Publication {
    requireNonNull(payload, "payload");
    if (id != null) {
      requireId(id);
    }
    headers = headers.isEmpty() ? Map.of() : checked(headers);
  }

  /** A payload alone. */
  public static Publication of(byte[] payload) {
    return new Publication(payload, null, Map.of());
  }

  /** A text, in UTF-8. */
  public static Publication of(String text) {
    return of(text.getBytes(UTF_8));
  }

  /** This publication with an id. */
  public Publication id(String newId) {
    return new Publication(payload, newId, headers);
  }

  /** This publication with other headers. */
  public Publication headers(Map<String, String> newHeaders) {
    return new Publication(payload, id, newHeaders);
  }

  private static void requireId(String id) {
    if (id.isEmpty() || isTooLong(id) || hasControls(id)) {
      throw new BrokerException(
          ErrorCode.OPTION_INVALID,
          "message id of "
              + id.getBytes(UTF_8).length
              + " bytes; an id is 1 to "
              + MAX_ID_BYTES
              + " bytes without control characters");
    }
  }

  private static boolean isTooLong(String id) {
    int chars = id.length();
    return chars > MAX_ID_BYTES
        || (chars > MAX_ID_BYTES / 3 && id.getBytes(UTF_8).length > MAX_ID_BYTES);
  }

  private static boolean hasControls(String id) {
    for (int i = 0; i < id.length(); i++) {
      if (Character.isISOControl(id.charAt(i))) {
        return true;
      }
    }
    return false;
  }

  private static Map<String, String> checked(Map<String, String> headers) {
    if (headers.size() > MAX_HEADERS) {
      throw new BrokerException(
          ErrorCode.OPTION_INVALID,
          headers.size() + " message headers; at most " + MAX_HEADERS + " are taken");
    }
    var lower = new TreeMap<String, String>();
    int bytes = 0;
    for (var header : headers.entrySet()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.isEmpty()) {
        throw new BrokerException(ErrorCode.OPTION_INVALID, "a message header has no name");
      }
      bytes += name.getBytes(UTF_8).length + header.getValue().getBytes(UTF_8).length;
      lower.put(name, header.getValue());
    }
    if (bytes > MAX_HEADER_BYTES) {
      throw new BrokerException(
          ErrorCode.OPTION_INVALID,
          bytes + " bytes of message headers; at most " + MAX_HEADER_BYTES + " are taken");
    }
    return Map.copyOf(lower);
  }
}

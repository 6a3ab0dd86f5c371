package io.emque.transport.http;

import io.emque.api.Publication;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The trace that a publish is part of (W3C Trace Context), passed on as headers of its message. One
 * that is malformed is left out, as the recommendation has it.
 */
public final class TraceContext {
  /** Name of the header that says which trace and which span. */
  public static final String PARENT = "traceparent";

  /** Name of the header with what tracing systems add. */
  public static final String STATE = "tracestate";

  private static final Pattern FORM =
      Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  private static final int MAX_STATE = 512; // what every system must pass on

  private TraceContext() {}

  /**
   * A message's headers with those of its trace, unless it has a trace of its own, or no room.
   *
   * @param parent the request's {@code traceparent}; null for none
   * @param state the request's {@code tracestate}; null for none
   */
  public static Map<String, String> add(
      Map<String, String> headers, @Nullable String parent, @Nullable String state) {
    if (parent == null || !FORM.matcher(parent).matches() || headers.containsKey(PARENT)) {
      return headers;
    }
    var traced = new HashMap<>(headers);
    traced.put(PARENT, parent);
    if (state != null && !state.isEmpty() && state.length() <= MAX_STATE) {
      traced.put(STATE, state);
    }
    return traced.size() <= Publication.MAX_HEADERS && bytes(traced) <= Publication.MAX_HEADER_BYTES
        ? traced
        : headers;
  }

  private static int bytes(Map<String, String> headers) {
    return headers.entrySet().stream()
        .mapToInt(
            header ->
                header.getKey().getBytes(StandardCharsets.UTF_8).length
                    + header.getValue().getBytes(StandardCharsets.UTF_8).length)
        .sum();
  }
}

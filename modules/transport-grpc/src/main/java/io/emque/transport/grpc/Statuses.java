package io.emque.transport.grpc;

import io.emque.api.BrokerException;
import io.emque.transport.http.Moved;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** How refusals end a call. */
final class Statuses {
  static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> AFTER =
      Metadata.Key.of("emque-after", Metadata.ASCII_STRING_MARSHALLER);

  /** How a server of gRPC asks for time, in milliseconds. */
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private Statuses() {}

  /** The status that fits, with the refusal's name in the trailer {@code emque-error}. */
  static StatusRuntimeException of(BrokerException refusal) {
    return of(refusal, new Metadata());
  }

  /** With trailers that say where the subscriber stands, and when it is to come back. */
  static StatusRuntimeException of(BrokerException refusal, Moved moved) {
    var trailers = new Metadata();
    trailers.put(AFTER, moved.after().toString());
    trailers.put(PUSHBACK, Long.toString(moved.retryMillis()));
    return of(refusal, trailers);
  }

  private static StatusRuntimeException of(BrokerException refusal, Metadata trailers) {
    trailers.put(ERROR, refusal.code().name());
    return Status.fromCodeValue(refusal.code().grpcStatus())
        .withDescription(encoded(refusal.getMessage()))
        .asRuntimeException(trailers);
  }

  /** {@code grpc-message} is percent-encoded (gRPC over HTTP/2); the library writes it as it is. */
  static String encoded(String text) {
    var encoded = new StringBuilder(text.length());
    for (byte b : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      if (b >= ' ' && b < 0x7f && b != '%') {
        encoded.append((char) b);
      } else {
        encoded.append(String.format("%%%02X", b & 0xff));
      }
    }
    return encoded.toString();
  }
}

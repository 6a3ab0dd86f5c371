package io.emque.transport.grpc;

import io.emque.api.BrokerException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** How refusals end a call. */
final class Statuses {
  static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);

  private Statuses() {}

  /** The status that fits, with the refusal's name in the trailer {@code emque-error}. */
  static StatusRuntimeException of(BrokerException refusal) {
    var trailers = new Metadata();
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

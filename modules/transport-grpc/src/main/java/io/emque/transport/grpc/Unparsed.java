package io.emque.transport.grpc;

import io.grpc.BindableService;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.ServerInterceptors;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Messages as bytes, parsed behind the library, which would log what it cannot parse: whoever sends
 * that would fill the log.
 */
final class Unparsed implements MethodDescriptor.Marshaller<InputStream> {
  private Unparsed() {}

  /** The service, given its messages as bytes. */
  static BindableService service(BindableService parsing) {
    // Not useInputStreamMessages: it puts a buffer of 8 KiB round every message.
    return () -> ServerInterceptors.useMarshalledMessages(parsing.bindService(), new Unparsed());
  }

  @Override
  public InputStream stream(InputStream message) {
    return message;
  }

  @Override
  public InputStream parse(InputStream message) {
    try {
      if (!(message instanceof KnownLength)) {
        return new Bytes(message.readAllBytes());
      }
      var bytes = new byte[message.available()];
      message.readNBytes(bytes, 0, bytes.length);
      return new Bytes(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Bytes extends ByteArrayInputStream implements KnownLength {
    Bytes(byte[] bytes) {
      super(bytes);
    }
  }
}

package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A call of gRPC, as it is kept: a line with the method, and one for each message in hexadecimal.
 *
 * @param method its service and name
 * @param requests messages of the client
 * @param replies messages of the server
 */
record KeptCall(String method, List<byte[]> requests, List<byte[]> replies) {
  static List<KeptCall> read(Path file) throws IOException {
    var calls = new ArrayList<KeptCall>();
    for (String line : Files.readAllLines(file)) {
      boolean message = line.startsWith("> ") || line.startsWith("< ");
      byte[] bytes = message ? HexFormat.of().parseHex(line.substring(2)) : new byte[0];
      if (!message) {
        calls.add(new KeptCall(line, new ArrayList<>(), new ArrayList<>()));
      } else if (line.startsWith(">")) {
        calls.getLast().requests().add(bytes);
      } else {
        calls.getLast().replies().add(bytes);
      }
    }
    return calls;
  }

  static void write(Path file, List<KeptCall> calls) throws IOException {
    var lines = new ArrayList<String>();
    for (KeptCall call : calls) {
      lines.add(call.method());
      call.requests().forEach(bytes -> lines.add("> " + HexFormat.of().formatHex(bytes)));
      call.replies().forEach(bytes -> lines.add("< " + HexFormat.of().formatHex(bytes)));
    }
    Files.createDirectories(file.getParent());
    Files.write(file, lines, US_ASCII);
  }

  /** A method whose messages are bytes, and which may be of any kind. */
  static MethodDescriptor<byte[], byte[]> descriptor(String method) {
    return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(method)
        .build();
  }

  /** Messages as they are on the wire. */
  static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try (stream) {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

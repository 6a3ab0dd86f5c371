package io.emque.cli.bench;

import java.io.IOException;

/** Messages in the body of an answer that has no end. */
final class BodySource implements Source {
  private final Wire wire;
  private final BodyMessages messages;
  private final boolean chunked;

  private BodySource(Wire wire, BodyMessages messages, boolean chunked) {
    this.wire = wire;
    this.messages = messages;
    this.chunked = chunked;
  }

  static BodySource open(Wire wire, String path, BodyMessages messages) throws IOException {
    try {
      HttpAnswer answer = wire.ask(wire.head("GET", path));
      if (answer.status() != 200) {
        throw wire.refusal(answer);
      }
      wire.patient();
      return new BodySource(wire, messages, answer.chunked());
    } catch (IOException e) {
      wire.close();
      throw e;
    }
  }

  @Override
  public void readAll(Listener listener) throws IOException {
    var chunks = new Chunks();
    int seen = wire.from;
    while (true) {
      if (chunked) {
        wire.to = chunks.decode(wire.bytes, seen, wire.to);
      }
      listener.begin(Times.micros());
      try {
        wire.from = messages.parse(wire.bytes, wire.from, wire.to, listener);
      } finally {
        listener.end();
      }
      int left = wire.to - wire.from;
      wire.fill(left + 1);
      seen = wire.from + left;
    }
  }

  @Override
  public void close() {
    wire.close();
  }
}

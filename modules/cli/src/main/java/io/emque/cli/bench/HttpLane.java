package io.emque.cli.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A connection with one POST at a time. */
final class HttpLane implements Lane {
  private final Wire wire;
  private final Payload payload;
  private final Answers answers;
  private final Map<Plan.Stream, byte[]> heads = new HashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private byte[] request = {};

  HttpLane(Wire wire, Payload payload, Answers answers) {
    this.wire = wire;
    this.payload = payload;
    this.answers = answers;
  }

  @Override
  public void send(Plan.Stream stream, long place, long dueMicros) throws IOException {
    byte[] head = heads.computeIfAbsent(stream, this::head);
    int length = head.length + payload.length();
    if (request.length < length) {
      request = new byte[length];
    }
    System.arraycopy(head, 0, request, 0, head.length);
    payload.write(request, head.length, stream, place, dueMicros);
    boolean counts = place != Stamp.PROBE;
    if (counts) {
      answers.sent(dueMicros);
    }
    wire.write(request, 0, length);
    if (!wire.emptyOk()) {
      HttpAnswer answer = wire.answer();
      if (answer.status() != 200) {
        throw wire.refusal(answer);
      }
      skip(answer.length());
    }
    if (counts) {
      answers.answered(1, Times.micros());
    }
  }

  private byte[] head(Plan.Stream stream) {
    String topic = URLEncoder.encode(stream.channel().topic(), StandardCharsets.UTF_8);
    return (wire.head("POST", "/pub?topic=" + topic)
            + "Content-Length: "
            + payload.length()
            + "\r\n\r\n")
        .getBytes(ISO_8859_1);
  }

  private void skip(long bytes) throws IOException {
    long left = bytes;
    while (left > 0) {
      if (wire.from == wire.to) {
        wire.fill(1);
      }
      int n = (int) Math.min(left, wire.to - wire.from);
      wire.from += n;
      left -= n;
    }
  }

  @Override
  public void flush() {
    // each message has gone, and been answered
  }

  @Override
  public Answers answers() {
    return answers;
  }

  @Override
  public void watch() {
    try {
      closed.await(); // whoever sends finds out
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    wire.close();
  }
}

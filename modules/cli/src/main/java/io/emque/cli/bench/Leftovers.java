package io.emque.cli.bench;

import io.emque.api.spi.ServerAddress;
import io.emque.wire.v1.DeleteTopicRequest;
import io.emque.wire.v1.EmqueGrpc;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;

/**
 * Removes the topics that a run made for itself, as far as the servers let it: those of the
 * original kind have nothing to remove.
 */
final class Leftovers {
  private final Target target;

  Leftovers(Target target) {
    this.target = target;
  }

  /**
   * Removes the topics of a plan.
   *
   * @param publishBy how it is asked for: a server may speak gRPC alone
   */
  void remove(Plan plan, Protocol publishBy) {
    long until = System.nanoTime() + target.timeout().toNanos();
    for (ServerAddress server : target.servers()) {
      var topics = new LinkedHashSet<String>();
      for (Plan.Stream stream : plan.streams()) {
        if (stream.server().equals(server)) {
          topics.add(stream.channel().topic());
        }
      }
      try (var wire = publishBy == Protocol.GRPC ? null : Wire.open(server, target);
          var grpc = wire == null ? new Grpc(server, target) : null) {
        for (String topic : topics) {
          if (System.nanoTime() - until > 0) {
            return;
          }
          if (wire != null) {
            remove(wire, topic);
          } else if (grpc != null) {
            remove(grpc, topic);
          }
        }
      } catch (IOException | StatusRuntimeException e) {
        // it goes with its last message
      }
    }
  }

  private static void remove(Grpc grpc, String topic) {
    var request = DeleteTopicRequest.newBuilder().setTopic(topic).build();
    grpc.unary(EmqueGrpc.getDeleteTopicMethod(), request);
  }

  private static void remove(Wire wire, String topic) throws IOException {
    String path = "/topics?topic=" + URLEncoder.encode(topic, StandardCharsets.UTF_8);
    HttpAnswer answer = wire.ask(wire.head("DELETE", path) + "Content-Length: 0\r\n");
    long length = answer.length();
    if (answer.status() >= 300 && answer.status() != 404) {
      throw new IOException("not here");
    }
    while (length > wire.to - wire.from) {
      wire.fill((int) length);
    }
    wire.from += (int) length;
  }
}

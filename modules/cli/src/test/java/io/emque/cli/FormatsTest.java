package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.api.Message;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.client.Emque;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code emque export} of released versions printed is imported. {@code -Demque.formats=write}
 * writes today's anew, for a version that was not released yet.
 */
@Timeout(60)
class FormatsTest {
  private static final String TODAY = "0.1";
  private static final Path KEPT = Path.of("src/test/resources/formats");

  private static List<byte[]> payloads() {
    byte[] every = new byte[256];
    for (int i = 0; i < every.length; i++) {
      every[i] = (byte) i;
    }
    return List.of("grüße".getBytes(UTF_8), new byte[0], every, "{\"a\":\"\\n\"}".getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {TODAY, "original"})
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void exportedMessagesAreImported(String version) throws Exception {
    var imported = new ArrayList<byte[]>();
    var talk = new PrintStream(new ByteArrayOutputStream(), true);
    try (var server = EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0));
        var emque = Emque.connect("127.0.0.1:" + server.port());
        var progress = Progress.begin("imported", talk);
        var in = Files.newInputStream(KEPT.resolve(version).resolve("export.jsonl"))) {
      new LinePublisher(emque, "orders", Map.of(), progress).importAll(in);

      var earliest = SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);
      try (var subscription = emque.subscribe("orders", earliest)) {
        for (int i = 0; i < payloads().size(); i++) {
          var delivery = Objects.requireNonNull(subscription.poll(Duration.ofSeconds(30)));
          imported.add(((Message) delivery).payload());
        }
      }
      assertThat(emque.topic("orders").orElseThrow().nextOffset()).isEqualTo(payloads().size());
    }
    assertThat(imported).usingRecursiveComparison().isEqualTo(payloads());
  }

  @Test
  @EnabledIfSystemProperty(named = "emque.formats", matches = "write")
  void writeExportOfToday() throws Exception {
    var lines = new ArrayList<String>();
    for (byte[] payload : payloads()) {
      long time = 1_767_225_600_123_456_789L + lines.size();
      var cursor = new Cursor("e", lines.size());
      lines.add(Json.exported(new Message("orders", cursor, time, "id", Map.of(), payload)));
    }
    Path file = Files.createDirectories(KEPT.resolve(TODAY)).resolve("export.jsonl");
    Files.write(file, lines);
  }
}

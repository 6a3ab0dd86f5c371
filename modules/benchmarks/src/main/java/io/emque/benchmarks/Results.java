package io.emque.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file of results in JMH's own form, each with the day and the machine it is of. What is measured
 * again takes the place of what was there.
 */
final class Results {
  private final Path file;
  private final Map<String, JsonObject> results = new TreeMap<>();

  /**
   * @param file need not be there
   */
  Results(Path file) throws IOException {
    this.file = file;
    if (Files.exists(file)) {
      JsonParser.parseString(Files.readString(file)).getAsJsonArray().forEach(this::put);
    }
  }

  /**
   * Adds what was measured on this machine today.
   *
   * @param json an array, as JMH writes it
   */
  void add(String json) {
    for (JsonElement result : JsonParser.parseString(json).getAsJsonArray()) {
      var object = result.getAsJsonObject();
      object.addProperty("day", LocalDate.now(ZoneOffset.UTC).toString());
      object.add("machine", Machine.describe());
      object.remove("jvm"); // a path
      object.remove("jvmArgs");
      object.getAsJsonObject("primaryMetric").remove("rawData");
      put(object);
    }
  }

  private void put(JsonElement result) {
    var object = result.getAsJsonObject();
    JsonElement parameters = object.get("params");
    String key =
        object.get("benchmark").getAsString()
            + object.get("mode").getAsString()
            + object.get("threads").getAsInt()
            + (parameters == null ? "" : parameters);
    results.put(key, object);
  }

  int size() {
    return results.size();
  }

  void write() throws IOException {
    var all = new JsonArray();
    results.values().forEach(all::add);
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, new GsonBuilder().setPrettyPrinting().create().toJson(all) + "\n");
  }
}

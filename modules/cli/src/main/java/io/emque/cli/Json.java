package io.emque.cli;

import com.google.gson.stream.JsonWriter;
import io.emque.api.Message;
import io.emque.api.TopicInfo;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One line of JSON for one thing. */
final class Json {
  private Json() {}

  /** The envelope that a server sends with {@code format=json}. */
  static String message(Message message) {
    return object(
        json -> {
          json.name("topic").value(message.topic());
          json.name("epoch").value(message.cursor().epoch());
          json.name("offset").value(message.offset());
          json.name("time").value(message.time().toString());
          if (message.id() != null) {
            json.name("id").value(message.id());
          }
          json.name("headers").beginObject();
          for (var header : new TreeMap<>(message.headers()).entrySet()) {
            json.name(header.getKey()).value(header.getValue());
          }
          json.endObject();
          String text = text(message.payload());
          if (text == null) {
            json.name("payloadBase64").value(base64(message));
          } else {
            json.name("payload").value(text);
          }
        });
  }

  /** A line of the original's files. */
  static String exported(Message message) {
    return object(
        json -> {
          json.name("timestamp").value(message.timeNanos());
          json.name("topic").value(message.topic());
          json.name("payload").value(base64(message));
        });
  }

  /** A topic. */
  static String topic(TopicInfo topic) {
    return object(
        json -> {
          json.name("topic").value(topic.name());
          json.name("epoch").value(topic.epoch());
          json.name("firstOffset").value(topic.firstOffset());
          json.name("nextOffset").value(topic.nextOffset());
          json.name("bytes").value(topic.bytes());
          json.name("subscribers").beginArray();
          for (var subscriber : topic.subscribers()) {
            json.beginObject();
            json.name("protocol").value(subscriber.protocol());
            json.name("lag").value(subscriber.lag());
            json.name("missed").value(subscriber.missed());
            json.endObject();
          }
          json.endArray();
        });
  }

  private static String base64(Message message) {
    return Base64.getEncoder().encodeToString(message.payload());
  }

  private static @Nullable String text(byte[] payload) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static String object(Fields fields) {
    var text = new StringWriter();
    try (var json = new JsonWriter(text)) {
      json.setHtmlSafe(false);
      json.beginObject();
      fields.write(json);
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot fail to be written", e);
    }
    return text.toString();
  }

  private interface Fields {
    void write(JsonWriter json) throws IOException;
  }
}

package io.emque.server.auth;

import io.emque.api.OneLine;
import io.emque.api.spi.TopicPattern;
import io.emque.api.spi.TopicRules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Reads a file of tokens: YAML with a list {@code tokens}.
 *
 * <p><b>Errors:</b> {@link IOException}s whose one line names the file, the entry, the rule and the
 * way out.
 */
final class TokensFile {
  private static final Set<String> KEYS =
      Set.of(
          "name",
          "hash",
          "subject",
          "san",
          "not_before",
          "expires",
          "revoked",
          "publish",
          "subscribe",
          "admin",
          "metrics");

  private final Path file;

  private TokensFile(Path file) {
    this.file = file;
  }

  static List<TokenEntry> read(Path file) throws IOException {
    return new TokensFile(file).entries();
  }

  private List<TokenEntry> entries() throws IOException {
    if (!(load() instanceof Map<?, ?> root)
        || root.size() != 1
        || !(root.get("tokens") instanceof List<?> list)) {
      throw fault("it must have one key, tokens, with a list of entries");
    }
    var entries = new ArrayList<TokenEntry>();
    for (Object item : list) {
      if (!(item instanceof Map<?, ?> map)) {
        throw fault("entry " + (entries.size() + 1) + " must be a map with name, hash and rules");
      }
      entries.add(entry(map, entries.size() + 1));
    }
    return entries;
  }

  private Object load() throws IOException {
    try {
      return yaml().load(Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file + "; name one with --tokens_file", e);
    } catch (AccessDeniedException e) {
      throw new IOException("the server's user may not read " + file, e);
    } catch (MalformedInputException e) {
      throw fault("it is not UTF-8");
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw fault(
          "line " + line + ": " + e.getProblem() + "; a pattern that begins with * is quoted");
    } catch (YAMLException | UncheckedIOException e) {
      throw fault(String.valueOf(e.getMessage()).lines().findFirst().orElse("it is no YAML"));
    }
  }

  /** Every value is a text: a topic may be called {@code on} or {@code 1.0}. */
  private static Yaml yaml() {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setCodePointLimit(64 << 20);
    var dumping = new DumperOptions();
    var texts =
        new Resolver() {
          @Override
          protected void addImplicitResolvers() {}
        };
    return new Yaml(
        new SafeConstructor(options), new Representer(dumping), dumping, options, texts);
  }

  private TokenEntry entry(Map<?, ?> map, int number) throws IOException {
    String name = text(map, "name", "entry " + number);
    if (name == null || name.isBlank()) {
      throw fault("entry " + number + " has no name");
    }
    String where = "\"" + name + "\"";
    for (Object key : map.keySet()) {
      if (!(key instanceof String known) || !KEYS.contains(known)) {
        throw fault(
            where + " has the key \"" + key + "\"; known are " + String.join(", ", sorted()));
      }
    }
    List<String> hashes = texts(map, "hash", where);
    for (String hash : hashes) {
      if (!TokenText.isHash(hash)) {
        throw fault(
            where
                + " has a hash that is not sha256: and 64 of 0-9a-f; make it with emque token hash");
      }
    }
    String subject = text(map, "subject", where);
    if (subject != null && subject.isBlank()) {
      throw fault(where + " has an empty subject, as many may have; name its san");
    }
    List<String> names = names(map, where);
    if (hashes.isEmpty() && subject == null && names.isEmpty()) {
      throw fault(where + " has neither hash nor subject nor san; nobody could be it");
    }
    return new TokenEntry(
        name,
        hashes,
        subject,
        names,
        time(map, "not_before", where),
        time(map, "expires", where),
        bool(map, "revoked", where),
        new TopicRules(
            patterns(map, "publish", where),
            patterns(map, "subscribe", where),
            patterns(map, "admin", where),
            bool(map, "metrics", where)));
  }

  /** As {@link io.emque.api.spi.Credential#alternativeNames} has them. */
  private List<String> names(Map<?, ?> map, String where) throws IOException {
    var names = new ArrayList<String>();
    for (String text : texts(map, "san", where)) {
      int colon = text.indexOf(':');
      String name = text.substring(colon + 1);
      String kind = colon < 0 ? "" : text.substring(0, colon);
      try {
        names.add(
            switch (name.isEmpty() ? "" : kind) {
              case "dns" -> "dns:" + name.toLowerCase(Locale.ROOT);
              case "ip" -> "ip:" + InetAddress.ofLiteral(name).getHostAddress();
              case "uri", "email" -> text;
              default -> throw new IllegalArgumentException("its kind is not known");
            });
      } catch (IllegalArgumentException e) {
        throw fault(
            where
                + " has the san \""
                + text
                + "\"; write dns:NAME, uri:URI, email:ADDRESS or ip:ADDRESS");
      }
    }
    return names;
  }

  private static List<String> sorted() {
    return KEYS.stream().sorted().toList();
  }

  private @Nullable String text(Map<?, ?> map, String key, String where) throws IOException {
    return switch (map.get(key)) {
      case null -> null;
      case String text -> text;
      default -> throw fault(where + " has a " + key + " that is no text");
    };
  }

  /** A list, or one text. */
  private List<String> texts(Map<?, ?> map, String key, String where) throws IOException {
    Object value = map.get(key);
    if (value == null) {
      return List.of();
    }
    var texts = new ArrayList<String>();
    for (Object item : value instanceof List<?> list ? list : List.of(value)) {
      if (!(item instanceof String text)) {
        throw fault(where + " has a " + key + " that is no list of texts");
      }
      texts.add(text);
    }
    return texts;
  }

  private List<TopicPattern> patterns(Map<?, ?> map, String key, String where) throws IOException {
    var patterns = new ArrayList<TopicPattern>();
    for (String text : texts(map, key, where)) {
      try {
        patterns.add(TopicPattern.of(text));
      } catch (IllegalArgumentException e) {
        throw fault(where + ", " + key + ": " + e.getMessage());
      }
    }
    return patterns;
  }

  private boolean bool(Map<?, ?> map, String key, String where) throws IOException {
    String text = text(map, key, where);
    if (text == null || text.equals("false")) {
      return false;
    }
    if (text.equals("true")) {
      return true;
    }
    throw fault(where + " has " + key + ": " + text + ", which is neither true nor false");
  }

  private @Nullable Instant time(Map<?, ?> map, String key, String where) throws IOException {
    String text = text(map, key, where);
    try {
      return text == null ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw fault(
          where + " has " + key + ": " + text + ", which is no time as 2027-01-31T12:00:00Z");
    }
  }

  private IOException fault(String what) {
    return new IOException(OneLine.of("the file of tokens " + file + " cannot be used: " + what));
  }
}

package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.server.auth.TokenText;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/**
 * {@code emque token}. A token is read from standard input, {@code --token_file} or {@code
 * --token}, never from a word, which everybody on the machine could see.
 */
final class TokenCommands {
  private static final int MAX_BYTES = 64 * 1024;

  private final Settings settings;
  private final InputStream in;
  private final PrintStream out;
  private final PrintStream talk;

  TokenCommands(Settings settings, InputStream in, PrintStream out, PrintStream talk) {
    this.settings = settings;
    this.in = in;
    this.out = out;
    this.talk = talk;
  }

  /** Returns the exit code. */
  int run(List<String> words) throws UsageException, IOException {
    String what = words.isEmpty() ? "" : words.getFirst();
    if (words.size() > (what.equals("new") ? 2 : 1)) {
      throw new UsageException(
          "emque token "
              + what
              + " takes no \""
              + words.getLast()
              + "\"; a token comes by standard"
              + " input or --token_file");
    }
    switch (what) {
      case "new" -> create(words.size() == 2 ? words.get(1) : "NAME");
      case "hash" -> out.println(TokenText.hash(longEnough(token())));
      case "inspect" -> inspect(token());
      default -> throw new UsageException("emque token takes one word: new, hash or inspect");
    }
    return 0;
  }

  /** The token alone on standard output, to be kept; what the server gets beside it. */
  private void create(String name) {
    String token = TokenText.create();
    out.println(token);
    talk.print(
        """
        This is shown once. What the server needs, in the list tokens of --tokens_file:
          - name: %s
            hash: %s
            publish: []
            subscribe: []
        """
            .formatted(quoted(name), TokenText.hash(token)));
  }

  private static String quoted(String name) {
    return name.matches("[A-Za-z][A-Za-z0-9_-]*") ? name : "'" + name.replace("'", "''") + "'";
  }

  private String token() throws UsageException, IOException {
    String text;
    if (!settings.text("token").isEmpty()) {
      text = settings.text("token");
    } else if (!settings.text("token_file").isEmpty()) {
      text = Files.readString(Path.of(settings.text("token_file")));
    } else {
      text = new String(in.readNBytes(MAX_BYTES), UTF_8);
    }
    String token = text.strip();
    if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new UsageException(
          "there is no token: give one line of visible ASCII characters by standard input or"
              + " --token_file");
    }
    return token;
  }

  private static String longEnough(String token) throws UsageException {
    if (token.length() < TokenText.MIN_LENGTH) {
      throw new UsageException(
          "a token of "
              + token.length()
              + " characters might be guessed from its hash; take "
              + TokenText.MIN_LENGTH
              + " random ones or more, as emque token new makes them");
    }
    return token;
  }

  /** Says what it is; whether it is good, the server alone knows. */
  private void inspect(String token) throws UsageException {
    String[] parts = token.split("\\.", -1);
    if (parts.length == 3) {
      try {
        String header = new String(Base64.getUrlDecoder().decode(parts[0]), UTF_8);
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), UTF_8);
        out.println("kind:      JSON Web Token; its signature was not looked at");
        out.println("header:    " + oneLine(header));
        out.println("claims:    " + oneLine(claims));
        return;
      } catch (IllegalArgumentException e) {
        // it only looks like one
      }
    }
    boolean ours = token.startsWith(TokenText.PREFIX);
    out.println("kind:      " + (ours ? "made by emque token new" : "of another make"));
    out.println("length:    " + token.length() + " characters");
    out.println("hash:      " + TokenText.hash(longEnough(token)));
  }

  /** What a token holds must not be able to move the cursor of a terminal. */
  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ");
  }
}

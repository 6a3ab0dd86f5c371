package io.emque.client;

import static java.util.Objects.requireNonNull;

import io.emque.client.link.LinkException;
import io.emque.client.link.LinkOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A token that stands in a file, read whenever it is wanted. Any thread. */
final class TokenFile implements LinkOptions.Tokens {
  private final Path file;

  TokenFile(Path file) {
    this.file = requireNonNull(file, "file");
  }

  @Override
  public String token() throws LinkException {
    String token;
    try {
      token = Files.readString(file).strip();
    } catch (IOException e) {
      throw new LinkException("cannot read the token in " + file + ": " + e, e);
    }
    if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new LinkException(file + " holds no token: one line of visible ASCII characters");
    }
    return token;
  }

  @Override
  public boolean change() {
    return true;
  }
}

package io.emque.client.link;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.emque.pem.KeyAndChain;
import io.emque.pem.PemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client shows of itself: a key and its certificate, read anew for the next connection when
 * their files have become others. Files that cannot be used change nothing, and are told in one
 * line. Any thread.
 */
public final class ClientCertificate {
  private static final System.Logger LOG = System.getLogger(ClientCertificate.class.getName());

  private final Path certificateFile;
  private final Path keyFile;

  // Under the monitor.
  private KeyAndChain current;
  private List<Stamp> known;

  /**
   * Reads the files.
   *
   * @param certificateFile PEM, the client's own first, then its chain
   * @param keyFile PEM, not encrypted: PKCS#8, PKCS#1 or SEC 1
   * @throws IOException when they cannot be used; one line
   */
  public ClientCertificate(Path certificateFile, Path keyFile) throws IOException {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
    this.known = stamps();
    this.current = KeyAndChain.load(certificateFile, keyFile);
  }

  /** What a connection that is made now shows. */
  synchronized KeyAndChain current() {
    List<Stamp> now = stamps();
    if (!now.equals(known)) {
      known = now;
      try {
        current = KeyAndChain.load(certificateFile, keyFile);
        LOG.log(INFO, () -> "new connections show the new certificate in " + certificateFile);
      } catch (PemException e) {
        LOG.log(
            WARNING, () -> "the new certificate is not used, the old one stays: " + e.getMessage());
      }
    }
    return current;
  }

  private List<Stamp> stamps() {
    return List.of(Stamp.of(certificateFile), Stamp.of(keyFile));
  }

  /** What tells one file from another without reading it; no time for one that is not there. */
  private record Stamp(@Nullable FileTime modified, long bytes, String key) {
    static Stamp of(Path file) {
      try {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(
            attributes.lastModifiedTime(),
            attributes.size(),
            Objects.toString(attributes.fileKey()));
      } catch (IOException e) {
        return new Stamp(null, 0, "");
      }
    }
  }
}

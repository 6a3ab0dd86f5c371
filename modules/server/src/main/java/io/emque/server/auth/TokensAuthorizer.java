package io.emque.server.auth;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.OneLine;
import io.emque.api.spi.Authentication;
import io.emque.api.spi.Authentication.Reason;
import io.emque.api.spi.Authority;
import io.emque.api.spi.Authorizer;
import io.emque.api.spi.Credential;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** The authorizer {@code tokens}: a file of named tokens, and of names for certificates. */
public final class TokensAuthorizer implements Authorizer {
  private static final System.Logger LOG = System.getLogger(TokensAuthorizer.class.getName());
  private static final String FILE = "tokens_file";

  /** For the service loader. */
  public TokensAuthorizer() {}

  @Override
  public String name() {
    return "tokens";
  }

  @Override
  public Authority open(Context context) throws IOException {
    for (String option : context.options().keySet()) {
      if (!option.equals(FILE)) {
        throw new IllegalArgumentException(
            "--auth=tokens has no option \"" + option + "\"; it takes --tokens_file alone");
      }
    }
    String file = context.options().get(FILE);
    if (file == null) {
      throw new IllegalArgumentException(
          "--auth=tokens needs a file of tokens; name it with --tokens_file");
    }
    return new Tokens(Path.of(file), context);
  }

  private static final class Tokens implements Authority {
    private final Path file;
    private final Context context;
    private volatile Index index;

    Tokens(Path file, Context context) throws IOException {
      this.file = file;
      this.context = context;
      this.index = Index.of(file);
      context.follow(file, this::changed);
      this.index = Index.of(file); // it may have changed in between
    }

    private void changed() {
      try {
        reload();
      } catch (IOException e) {
        LOG.log(WARNING, () -> "the tokens stay as they are: " + e.getMessage());
      }
    }

    @Override
    public synchronized void reload() throws IOException {
      Index read = Index.of(file);
      if (!read.entries.equals(index.entries)) {
        index = read;
        context.changed();
        LOG.log(INFO, () -> "read " + read.entries.size() + " entries of " + file);
      }
    }

    @Override
    public Authentication authenticate(Credential credential) {
      Index now = index;
      String token = credential.token();
      var certificate = credential.certificate();
      if (token != null) {
        Hashed found = now.byToken(token);
        return found == null
            ? Authentication.refused(Reason.UNKNOWN, "the token is not known; ask for one")
            : found.entry.authenticate(context.clock().instant(), null);
      }
      if (certificate != null) {
        TokenEntry found = now.byCertificate(credential, certificate);
        return found == null
            ? Authentication.refused(
                Reason.UNKNOWN,
                "nobody has a certificate of the subject "
                    + credential.subject()
                    + " or its alternative names; the file of tokens must have it")
            : found.authenticate(context.clock().instant(), certificate.getNotAfter().toInstant());
      }
      return Authentication.refused(
          Reason.MISSING, "a token or certificate is needed; send Authorization: Bearer TOKEN");
    }
  }

  /** What a file says, to be looked up. Immutable. */
  private static final class Index {
    final List<TokenEntry> entries;
    private final Map<X500Principal, TokenEntry> bySubject = new HashMap<>();
    private final Map<String, TokenEntry> byName = new HashMap<>();
    private final Map<String, Hashed> byHash = new HashMap<>();

    private Index(List<TokenEntry> entries) {
      this.entries = entries;
    }

    static Index of(Path file) throws IOException {
      var index = new Index(TokensFile.read(file));
      var names = new HashMap<String, TokenEntry>();
      for (TokenEntry entry : index.entries) {
        boolean twice = names.put(entry.name(), entry) != null;
        for (String hash : entry.hashes()) {
          twice |= index.byHash.put(hash, Hashed.of(hash, entry)) != null;
        }
        if (entry.subject() != null) {
          twice |= index.bySubject.put(principal(file, entry), entry) != null;
        }
        for (String name : entry.names()) {
          twice |= index.byName.put(name, entry) != null;
        }
        if (twice) {
          throw new IOException(
              OneLine.of(
                  file
                      + ": the name, a hash, the subject or a san of \""
                      + entry.name()
                      + "\" is there twice; an entry may have a list of hashes"));
        }
      }
      return index;
    }

    private static X500Principal principal(Path file, TokenEntry entry) throws IOException {
      try {
        return new X500Principal(entry.subject());
      } catch (IllegalArgumentException e) {
        throw new IOException(
            OneLine.of(
                file
                    + ": the subject of \""
                    + entry.name()
                    + "\" is no name as CN=till-7,O=Example: "
                    + e.getMessage()),
            e);
      }
    }

    /** By its subject, or else by the first of its alternative names that somebody has. */
    @Nullable TokenEntry byCertificate(Credential credential, X509Certificate certificate) {
      TokenEntry found = bySubject.get(certificate.getSubjectX500Principal());
      if (found != null || byName.isEmpty()) {
        return found;
      }
      for (String name : credential.alternativeNames()) {
        TokenEntry named = byName.get(name);
        if (named != null) {
          return named;
        }
      }
      return null;
    }

    /**
     * The look-up compares hashes, which tell nothing of a token however long it takes; what it
     * finds is compared in constant time all the same.
     */
    @Nullable Hashed byToken(String token) {
      String hash = TokenText.hash(token);
      Hashed found = byHash.get(hash);
      return found != null && MessageDigest.isEqual(found.digest, TokenText.digest(token))
          ? found
          : null;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared but by isEqual
  private record Hashed(byte[] digest, TokenEntry entry) {
    static Hashed of(String hash, TokenEntry entry) {
      return new Hashed(
          java.util.HexFormat.of().parseHex(hash.substring(hash.indexOf(':') + 1)), entry);
    }
  }
}

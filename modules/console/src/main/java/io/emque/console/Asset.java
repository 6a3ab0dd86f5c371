package io.emque.console;

import io.emque.transport.http.Content;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A file of the jar as an answer. Browsers keep it and ask each time whether it has changed.
 *
 * <p><b>Threads:</b> any.
 */
final class Asset {
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "json", "application/json",
          "svg", "image/svg+xml");

  private static final Header REVALIDATE =
      HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache");
  private static final Header NO_SNIFF =
      HeaderValues.createCached(HeaderNames.create("X-Content-Type-Options"), "nosniff");

  private final byte[] bytes;
  private final List<Header> headers;
  private final String tag;

  private Asset(byte[] bytes, String tag, List<Header> headers) {
    this.bytes = bytes;
    this.tag = tag;
    this.headers = headers;
  }

  /**
   * Reads a file that must be in the jar.
   *
   * @param name below the package, as {@code web/index.html}
   * @param more headers beside those of every file
   */
  static Asset read(String name, Header... more) {
    try (InputStream in = Asset.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar of the console lacks " + name);
      }
      byte[] bytes = in.readAllBytes();
      String tag = '"' + digest(bytes) + '"';
      String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
      if (type == null) {
        throw new IllegalStateException("no media type is known for " + name);
      }
      var headers = new ArrayList<>(List.of(more));
      headers.add(HeaderValues.createCached(HeaderNames.CONTENT_TYPE, type));
      headers.add(HeaderValues.createCached(HeaderNames.ETAG, tag));
      headers.add(REVALIDATE);
      headers.add(NO_SNIFF);
      return new Asset(bytes, tag, List.copyOf(headers));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String digest(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(hash, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  void answer(ServerRequest req, ServerResponse res) {
    headers.forEach(res::header);
    if (req.headers().values(HeaderNames.IF_NONE_MATCH).stream().anyMatch(this::matches)) {
      res.status(Status.NOT_MODIFIED_304).send();
      return;
    }
    Content.send(req, res, bytes);
  }

  /** The header may name several, and proxies make weak ones of them. */
  private boolean matches(String given) {
    return given.contains(tag) || given.strip().equals("*");
  }
}

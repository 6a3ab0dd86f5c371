package io.emque.console;

import io.emque.transport.http.HttpTransport;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Handler;
import java.util.List;
import java.util.Locale;

/**
 * The page at {@code /}, its files under {@code /console/}, the browser's module {@code /emque.js},
 * and {@code /openapi.json} and {@code /asyncapi.json}.
 *
 * <p>None of them tells anything about this broker: what the page shows it asks for like any other
 * client, with the credentials it was given.
 */
public final class Console {
  /** The modules of the page. */
  private static final List<String> FILES =
      List.of(
          "api.js",
          "app.js",
          "console.css",
          "curl.js",
          "dom.js",
          "format.js",
          "icon.svg",
          "overview.js",
          "payload.js",
          "plot.js",
          "publish.js",
          "stats.js",
          "tail.js",
          "tail-view.js",
          "token.js",
          "topic.js",
          "topic-store.js",
          "topics.js");

  /**
   * Scripts and styles come from files of this server alone, text never becomes markup, and no
   * other page may show this one inside it.
   */
  private static final Header POLICY =
      header(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
              + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
              + " require-trusted-types-for 'script'; trusted-types 'none'");

  private static final Header VARY = header("Vary", "Accept");
  private static final Header NO_REFERRER = header("Referrer-Policy", "no-referrer");
  private static final Header OWN_WINDOW = header("Cross-Origin-Opener-Policy", "same-origin");

  private Console() {}

  /** Adds the page to a transport that is not configured yet. */
  public static void addTo(HttpTransport transport) {
    Asset page = Asset.read("web/index.html", POLICY, VARY, NO_REFERRER, OWN_WINDOW);
    transport.addPage("/", forBrowsers(page::answer));
    for (String file : FILES) {
      transport.addPage("/console/" + file, Asset.read("web/" + file)::answer);
    }
  }

  /** Adds what programs and pages of others use. */
  public static void addModules(HttpTransport transport) {
    transport.addPage("/emque.js", Asset.read("web/emque.js")::answer);
    transport.addPage("/openapi.json", Asset.read("api/openapi.json")::answer);
    transport.addPage("/asyncapi.json", Asset.read("api/asyncapi.json")::answer);
  }

  /** Others, as curl, get a few lines of text. */
  private static Handler forBrowsers(Handler page) {
    return (req, res) -> {
      boolean browser =
          req.headers().values(HeaderNames.ACCEPT).stream()
              .anyMatch(accept -> accept.toLowerCase(Locale.ROOT).contains("text/html"));
      if (browser) {
        page.handle(req, res);
      } else {
        res.next();
      }
    };
  }

  private static Header header(String name, String value) {
    return HeaderValues.createCached(HeaderNames.create(name), value);
  }
}

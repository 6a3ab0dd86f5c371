package io.emque.cli;

import io.emque.api.spi.Providers;
import io.emque.server.AuthOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The flags of {@link Flag.Group#AUTH}. */
final class Auth {
  private static final String NONE = "none";

  /** What an authorizer's own flags begin with is its name. */
  private static final List<String> OWN_FLAGS = List.of("tokens", "jwt");

  private final Settings settings;
  private final Providers providers;

  Auth(Settings settings, Providers providers) {
    this.settings = settings;
    this.providers = providers;
  }

  /** Null for anyone anything. */
  @Nullable AuthOptions options() throws UsageException {
    String name = settings.text("auth");
    refuseFlagsOfOthers(name);
    if (name.equals(NONE)) {
      return null;
    }
    Map<String, String> options = pairs();
    for (Flag flag : Flags.SETTINGS) {
      if (OWN_FLAGS.contains(name)
          && flag.name().startsWith(name + "_")
          && !settings.text(flag.name()).isEmpty()) {
        options.put(flag.name(), settings.text(flag.name()));
      }
    }
    return new AuthOptions(providers.authorizer(name), options, settings.bool("query_token"));
  }

  /** Whoever sets one believes that it works. */
  private void refuseFlagsOfOthers(String name) throws UsageException {
    for (Flag flag : Flags.SETTINGS) {
      for (String owner : OWN_FLAGS) {
        if (!owner.equals(name)
            && flag.name().startsWith(owner + "_")
            && !settings.text(flag.name()).equals(flag.fallback())) {
          throw new UsageException(
              "--" + flag.name() + " is for --auth=" + owner + ", and --auth is " + name);
        }
      }
    }
    if (name.equals(NONE)
        && (!settings.list("auth_options").isEmpty() || settings.bool("query_token"))) {
      throw new UsageException(
          "--auth_options and --query_token need --auth; choose tokens, jwt or a plugin's");
    }
  }

  private Map<String, String> pairs() throws UsageException {
    var pairs = new HashMap<String, String>();
    for (String pair : settings.list("auth_options")) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new UsageException("auth_options has \"" + pair + "\", which is not name=value");
      }
      if (pairs.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
        throw new UsageException(
            "auth_options has " + pair.substring(0, equals) + " twice; give it once");
      }
    }
    return pairs;
  }
}

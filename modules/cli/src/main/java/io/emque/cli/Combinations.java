package io.emque.cli;

/** Flags that exclude or need each other. */
final class Combinations {
  private Combinations() {}

  /**
   * Refuses what does not go together.
   *
   * @param serves whether a server is to be started, which alone asks for leave to block
   */
  static void check(Settings settings, boolean serves) throws UsageException {
    boolean proxy = settings.bool("proxy");
    boolean client = settings.bool("client");
    if (proxy && client) {
      throw new UsageException("--proxy and --client exclude each other; leave one out");
    }
    if (proxy && settings.bool("persist")) {
      throw new UsageException(
          "--proxy and --persist exclude each other; the servers behind the proxy keep messages");
    }
    if (proxy && settings.list("servers").isEmpty()) {
      throw new UsageException("--proxy needs servers; name them, as --servers=one:8081,two:8081");
    }
    if (serves && settings.text("slow").equals("block") && !settings.bool("allow_block")) {
      throw new UsageException("--slow=block needs --allow_block; give both, or another policy");
    }
    if (!settings.text("token").isEmpty() && !settings.text("token_file").isEmpty()) {
      throw new UsageException("--token and --token_file exclude each other; leave one out");
    }
    pair(settings, "cert_file", "key_file");
    pair(settings, "upstream_cert_file", "upstream_key_file");
    if ((client || settings.bool("i")) && settings.text("topic").isEmpty()) {
      throw new UsageException(
          (client ? "--client" : "-i") + " needs a topic; name one, as --topic=foo");
    }
    if (client && !settings.bool("publish") && !settings.bool("subscribe")) {
      throw new UsageException("--client needs --publish or --subscribe");
    }
  }

  private static void pair(Settings settings, String certificate, String key)
      throws UsageException {
    boolean without = settings.text(certificate).isEmpty();
    if (without != settings.text(key).isEmpty()) {
      throw new UsageException(
          "--"
              + (without ? key : certificate)
              + " is given without --"
              + (without ? certificate : key)
              + "; give both, or neither");
    }
  }
}

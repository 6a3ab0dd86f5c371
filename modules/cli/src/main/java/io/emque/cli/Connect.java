package io.emque.cli;

import io.emque.api.spi.Providers;
import io.emque.api.spi.ServerAddress;
import io.emque.client.Emque;
import io.emque.client.EmqueBuilder;
import io.emque.client.Transport;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;

/** Makes clients as the settings say. */
final class Connect {
  /** Resolvers that take addresses; what others take they alone know. */
  private static final Set<String> ADDRESSES = Set.of("ip", "dns");

  private Connect() {}

  /** Refuses names that nobody provides and values that nobody takes, be they used or not. */
  static void check(Settings settings, Providers providers) throws UsageException {
    builder(settings, providers, settings.text("transport"));
  }

  /**
   * For the verbs of a client. Certificate and key of a configuration file are the server's, and
   * its alone to read.
   */
  static EmqueBuilder client(Settings settings, Providers providers) throws UsageException {
    EmqueBuilder builder = builder(settings, providers, settings.text("transport"));
    return settings.isOverridden("cert_file")
        ? showing(builder, settings.text("cert_file"), settings.text("key_file"))
        : builder;
  }

  /** For a proxy. */
  static EmqueBuilder upstream(Settings settings, Providers providers) throws UsageException {
    String transport = settings.text("upstream_transport");
    EmqueBuilder builder =
        builder(settings, providers, transport.isEmpty() ? settings.text("transport") : transport);
    boolean own = !settings.text("upstream_cert_file").isEmpty();
    return showing(
        builder,
        settings.text(own ? "upstream_cert_file" : "cert_file"),
        settings.text(own ? "upstream_key_file" : "key_file"));
  }

  private static EmqueBuilder showing(EmqueBuilder builder, String certificate, String key)
      throws UsageException {
    try {
      return certificate.isEmpty()
          ? builder
          : builder.certificateFiles(Path.of(certificate), Path.of(key));
    } catch (UncheckedIOException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static EmqueBuilder builder(Settings settings, Providers providers, String transport)
      throws UsageException {
    try {
      if (ADDRESSES.contains(settings.text("resolver"))) {
        settings.list("servers").forEach(ServerAddress::parse);
      }
      EmqueBuilder builder =
          Emque.builder()
              .servers(settings.list("servers"))
              .selector(providers.selector(settings.text("select")))
              .resolver(providers.resolver(settings.text("resolver")))
              .retries(number(settings, "retries"))
              .acks(number(settings, "acks"))
              .timeout(settings.duration("timeout"))
              .transport(transport.equals("grpc") ? Transport.GRPC : Transport.HTTP);
      if (!settings.text("token").isEmpty()) {
        builder.token(settings.text("token"));
      }
      if (!settings.text("token_file").isEmpty()) {
        builder.tokenFile(Path.of(settings.text("token_file")));
      }
      if (!settings.text("ca_file").isEmpty()) {
        builder.caFile(Path.of(settings.text("ca_file")));
      }
      return builder;
    } catch (IllegalArgumentException | UncheckedIOException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static int number(Settings settings, String name) throws UsageException {
    return Math.toIntExact(Math.min(Integer.MAX_VALUE, settings.number(name)));
  }
}

/** The command line. */
@org.jspecify.annotations.NullMarked
module io.emque.cli {
  requires static org.jspecify;
  requires com.google.gson;
  requires io.emque.client;
  requires io.emque.server;
  requires io.helidon.config;
  requires io.helidon.config.yaml;
  requires java.logging;
  requires org.jline.reader;
  requires org.jline.terminal;
  requires jdk.unsupported; // signals

  exports io.emque.cli;
}

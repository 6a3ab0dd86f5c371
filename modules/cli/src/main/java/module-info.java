/** The command line. */
@org.jspecify.annotations.NullMarked
module io.emque.cli {
  requires static org.jspecify;
  requires HdrHistogram;
  requires com.google.gson;
  requires com.google.protobuf;
  requires io.emque.client;
  requires io.emque.frames;
  requires io.emque.server;
  requires io.emque.wire;
  requires io.grpc;
  requires io.grpc.okhttp;
  requires io.grpc.stub;
  requires io.helidon.config;
  requires io.helidon.config.yaml;
  requires java.logging;
  requires kotlin.stdlib; // okio stands on it, and does not say so
  requires org.jline.reader;
  requires org.jline.terminal;
  requires jdk.unsupported; // signals

  exports io.emque.cli;
}

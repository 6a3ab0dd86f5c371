package io.emque.cli;

import io.emque.cli.Flag.Group;
import io.emque.cli.Flag.Kind;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Every option. */
final class Flags {
  static final List<Flag> ALL =
      List.of(
          text(
              "address",
              Kind.ADDRESS,
              ":8081",
              Group.SERVER,
              "host:port to listen on; :8081 is all interfaces, :0 any free port"),
          word(
              "transport",
              "",
              List.of("http", "grpc"),
              Group.SERVER,
              "serve one transport alone; as a client, the one to use"),
          text(
              "drain",
              Kind.DURATION,
              "10s",
              Group.SERVER,
              "how long stopping may take, and over how long subscribers are asked to come back"),
          word(
              "access_log",
              "on",
              List.of("on", "off", "json"),
              Group.SERVER,
              "one line per request on standard output"),
          text(
              "allow_origins",
              Kind.LIST,
              "",
              Group.SERVER,
              "origins whose pages may use the broker, separated by commas"),
          word(
              "console",
              "on",
              List.of("on", "off"),
              Group.SERVER,
              "the page at / that shows the broker"),
          word("tls", "auto", List.of("auto", "off"), Group.TLS, "off for plaintext"),
          text(
              "cert_file",
              Kind.TEXT,
              "",
              Group.TLS,
              "certificate and its chain, PEM; a server without it makes a self-signed one"),
          text("key_file", Kind.TEXT, "", Group.TLS, "its key, PEM"),
          text(
              "client_ca_file",
              Kind.TEXT,
              "",
              Group.TLS,
              "ask clients for a certificate of one of these authorities, PEM; followed"),
          word(
              "client_auth",
              "required",
              List.of("required", "optional"),
              Group.TLS,
              "whether clients without one are refused, with --client_ca_file"),
          text(
              "auth",
              Kind.TEXT,
              "none",
              Group.AUTH,
              "who says who a caller is: none, tokens, jwt, or a plugin's"),
          text(
              "tokens_file",
              Kind.TEXT,
              "",
              Group.AUTH,
              "--auth=tokens: file of hashed tokens and their rules, YAML; followed"),
          text(
              "jwt_keys",
              Kind.TEXT,
              "",
              Group.AUTH,
              "--auth=jwt: keys, a JWKS (file or https URL) or a public key (PEM); followed"),
          text("jwt_issuer", Kind.TEXT, "", Group.AUTH, "--auth=jwt: what iss must be"),
          text("jwt_audience", Kind.TEXT, "", Group.AUTH, "--auth=jwt: what aud must hold"),
          text("jwt_skew", Kind.DURATION, "30s", Group.AUTH, "--auth=jwt: how wrong clocks may be"),
          text("jwt_name", Kind.TEXT, "sub", Group.AUTH, "--auth=jwt: claim with the name"),
          text("jwt_rules", Kind.TEXT, "emque", Group.AUTH, "--auth=jwt: claim with the rules"),
          text(
              "auth_options",
              Kind.LIST,
              "",
              Group.AUTH,
              "options of a plugin's authorizer, as name=value"),
          flag("query_token", Group.AUTH, "take a token from the query too, as token=TOKEN"),
          text(
              "retain_bytes",
              Kind.SIZE,
              "64MiB",
              Group.RETENTION,
              "memory that one topic's messages may take; 0 for no limit"),
          text(
              "retain_age",
              Kind.DURATION,
              "1h",
              Group.RETENTION,
              "how long a message is kept; 0 for no limit"),
          text(
              "retain_count",
              Kind.NUMBER,
              "0",
              Group.RETENTION,
              "how many messages a topic keeps; 0 for no limit"),
          shown(
              "memory",
              Kind.SIZE,
              "a quarter of the heap",
              Group.RETENTION,
              "memory that all topics together may take"),
          shown(
              "max_connections",
              Kind.NUMBER,
              "as many as open files and heap allow",
              Group.LIMITS,
              "connections at a time"),
          text(
              "max_connections_per_address",
              Kind.NUMBER,
              "0",
              Group.LIMITS,
              "connections of one address; 0 for no limit"),
          text(
              "max_subscriptions",
              Kind.NUMBER,
              "1000",
              Group.LIMITS,
              "subscriptions of one connection"),
          text("max_streams", Kind.NUMBER, "1000", Group.LIMITS, "streams of an HTTP/2 connection"),
          shown(
              "max_topics",
              Kind.NUMBER,
              "1000000; less below 8 GiB of heap",
              Group.LIMITS,
              "topics at a time"),
          shown(
              "max_message_bytes",
              Kind.SIZE,
              "16MiB; less below 192 MiB of heap",
              Group.LIMITS,
              "largest message"),
          text("max_header_bytes", Kind.SIZE, "64KiB", Group.LIMITS, "headers of a request"),
          text(
              "max_line_bytes",
              Kind.SIZE,
              "16KiB",
              Group.LIMITS,
              "first line of a request, with its URL"),
          shown(
              "inflight_bytes",
              Kind.SIZE,
              "an eighth of the heap",
              Group.LIMITS,
              "memory of messages that are being received"),
          text(
              "publish_rate_per_address",
              Kind.NUMBER,
              "0",
              Group.LIMITS,
              "messages a second that one address may publish; 0 for no limit"),
          text(
              "publish_bytes_per_address",
              Kind.SIZE,
              "0",
              Group.LIMITS,
              "bytes a second that one address may publish; 0 for no limit"),
          text(
              "publish_rate_per_identity",
              Kind.NUMBER,
              "0",
              Group.LIMITS,
              "messages a second that one identity may publish; 0 for no limit"),
          text(
              "publish_bytes_per_identity",
              Kind.SIZE,
              "0",
              Group.LIMITS,
              "bytes a second that one identity may publish; 0 for no limit"),
          text(
              "handshake_timeout",
              Kind.DURATION,
              "10s",
              Group.LIMITS,
              "how long a TLS handshake may take"),
          text(
              "request_timeout",
              Kind.DURATION,
              "30s",
              Group.LIMITS,
              "how long a request may take to come"),
          text(
              "idle_timeout",
              Kind.DURATION,
              "60s",
              Group.LIMITS,
              "how long a connection without a stream may be silent"),
          text(
              "write_timeout",
              Kind.DURATION,
              "30s",
              Group.LIMITS,
              "how long a client may leave an answer unread"),
          word(
              "slow",
              "skip",
              List.of("skip", "disconnect", "block"),
              Group.SUBSCRIBERS,
              "what happens to subscribers that are too slow"),
          flag(
              "allow_block",
              Group.SUBSCRIBERS,
              "let subscribers hold publishers back (slow=block)"),
          text(
              "heartbeat",
              Kind.DURATION,
              "15s",
              Group.SUBSCRIBERS,
              "silence after which an idle stream gets a sign of life"),
          flag("persist", Group.PERSISTENCE, "keep messages on disk"),
          text("data_dir", Kind.TEXT, "emque-data", Group.PERSISTENCE, "folder of the messages"),
          word(
              "sync",
              "os",
              List.of("os", "group", "always"),
              Group.PERSISTENCE,
              "what a publish waits for"),
          text(
              "disk_retain_bytes",
              Kind.SIZE,
              "0",
              Group.PERSISTENCE,
              "disk that one topic's messages may take; 0 for no limit"),
          text(
              "disk_retain_age",
              Kind.DURATION,
              "0s",
              Group.PERSISTENCE,
              "how long a message is kept on disk; 0 for no limit"),
          text(
              "disk_retain_count",
              Kind.NUMBER,
              "0",
              Group.PERSISTENCE,
              "how many messages a topic keeps on disk; 0 for no limit"),
          text(
              "disk_total",
              Kind.SIZE,
              "0",
              Group.PERSISTENCE,
              "disk that all topics together may take; 0 for no limit"),
          text(
              "disk_free",
              Kind.SIZE,
              "256MiB",
              Group.PERSISTENCE,
              "with less free disk nothing is published"),
          text(
              "segment_bytes",
              Kind.SIZE,
              "64MiB",
              Group.PERSISTENCE,
              "how large a file grows; old messages go by files"),
          text(
              "store",
              Kind.TEXT,
              "chronicle",
              Group.PERSISTENCE,
              "what keeps messages: chronicle, or a plugin's"),
          flag("proxy", Group.PROXY, "pass messages on to other servers"),
          text("servers", Kind.LIST, "", Group.PROXY, "their addresses, separated by commas"),
          text(
              "select",
              Kind.TEXT,
              "all",
              Group.PROXY,
              "which servers a topic goes to: all, shard, or a plugin's"),
          text(
              "resolver",
              Kind.TEXT,
              "ip",
              Group.PROXY,
              "what the addresses are: ip, dns, or a plugin's"),
          word(
              "upstream_transport",
              "",
              List.of("http", "grpc"),
              Group.PROXY,
              "how a proxy talks to its servers; as --transport, or else http"),
          text("retries", Kind.NUMBER, "1", Group.PROXY, "further attempts per server"),
          text("acks", Kind.NUMBER, "1", Group.PROXY, "how many servers must take a message"),
          text("timeout", Kind.DURATION, "5s", Group.PROXY, "how long a server may take to answer"),
          text("ca_file", Kind.TEXT, "", Group.PROXY, "certificates to verify servers with, PEM"),
          shown(
              "upstream_cert_file",
              Kind.TEXT,
              "as --cert_file",
              Group.PROXY,
              "certificate that a proxy shows its servers, PEM"),
          shown("upstream_key_file", Kind.TEXT, "as --key_file", Group.PROXY, "its key, PEM"),
          flag("client", Group.CLIENT, "be a client: with --publish or --subscribe"),
          flag("i", Group.CLIENT, "interactive prompt"),
          flag("publish", Group.CLIENT, "publish each line of standard input"),
          flag("subscribe", Group.CLIENT, "print each message"),
          text("topic", Kind.TEXT, "", Group.CLIENT, "topic of client and prompt"),
          text(
              "file",
              Kind.TEXT,
              "",
              Group.CLIENT,
              "pub, import: read this instead of standard input"),
          flag("whole", Group.CLIENT, "pub: what is read is one message, not one a line"),
          text("id", Kind.TEXT, "", Group.CLIENT, "pub: id of the message, taken once"),
          text("header", Kind.LIST, "", Group.CLIENT, "pub: headers, as name=value"),
          text("from", Kind.TEXT, "", Group.CLIENT, "sub: latest, earliest, an offset or a cursor"),
          text("after", Kind.TEXT, "", Group.CLIENT, "sub: the message after this cursor and on"),
          text(
              "since", Kind.TEXT, "", Group.CLIENT, "sub: a time (RFC 3339) or an age such as 10m"),
          word(
              "format",
              "lines",
              List.of("lines", "raw", "json"),
              Group.CLIENT,
              "sub: how messages are printed"),
          text(
              "count",
              Kind.NUMBER,
              "0",
              Group.CLIENT,
              "sub, bench: end after so many messages; 0 for never"),
          flag("json", Group.CLIENT, "topics, bench: one JSON object a line"),
          flag("no_history", Group.CLIENT, "prompt: do not keep what was typed"),
          text("token", Kind.TEXT, "", Group.CLIENT, "sent to servers as a bearer token"),
          text(
              "token_file",
              Kind.TEXT,
              "",
              Group.CLIENT,
              "file with that token, read anew for each connection"),
          text("publishers", Kind.NUMBER, "1", Group.BENCH, "how many publish"),
          text(
              "subscribers",
              Kind.NUMBER,
              "1",
              Group.BENCH,
              "how many listen; with 0 the server's answers are what is measured"),
          text("topics", Kind.NUMBER, "1", Group.BENCH, "how many topics, by turns"),
          text("payload", Kind.SIZE, "128", Group.BENCH, "size of a message"),
          shownWord(
              "publish_by",
              List.of("ws", "http", "grpc"),
              "ws; grpc with --transport=grpc",
              Group.BENCH,
              "how messages go to the server"),
          shownWord(
              "subscribe_by",
              List.of("ws", "http", "sse", "grpc"),
              "ws; grpc with --transport=grpc",
              Group.BENCH,
              "how they come back"),
          shown(
              "duration",
              Kind.DURATION,
              "10s; none with --count",
              Group.BENCH,
              "how long it is measured"),
          text("warmup", Kind.DURATION, "1s", Group.BENCH, "what goes before and does not count"),
          text(
              "rate",
              Kind.NUMBER,
              "0",
              Group.BENCH,
              "messages a second of all publishers, each due at its time; 0 for all that go"),
          shown(
              "window",
              Kind.NUMBER,
              "1000; none with --rate",
              Group.BENCH,
              "most messages of a publisher under way; 0 for no limit"),
          flag("spread", Group.BENCH, "each connection to the next one of --servers"),
          flag("csv", Group.BENCH, "a line of names and a line of values"),
          shownWord(
              "log_level",
              List.of("debug", "info", "warning", "error"),
              "info; for clients warning",
              Group.OTHER,
              "what is logged on standard error"),
          word("log_format", "text", List.of("text", "json"), Group.OTHER, "how log lines look"),
          shown("plugins", Kind.TEXT, "beside the image", Group.OTHER, "folder of plugins"),
          shown(
              "config",
              Kind.TEXT,
              "conf/application.yaml of the image",
              Group.OTHER,
              "configuration file"),
          action("help", "this help"),
          action("version", "the version"));

  /** Those that the environment may set too. */
  static final List<Flag> SETTINGS =
      ALL.stream().filter(flag -> flag.kind() != Kind.ACTION).toList();

  private static final Map<String, Flag> BY_NAME =
      ALL.stream().collect(Collectors.toMap(Flag::name, Function.identity()));

  private Flags() {}

  static boolean exists(String name) {
    return BY_NAME.containsKey(name);
  }

  static Flag named(String name) {
    Flag flag = BY_NAME.get(name);
    if (flag == null) {
      throw new IllegalArgumentException("there is no flag " + name);
    }
    return flag;
  }

  private static Flag text(String name, Kind kind, String fallback, Group group, String help) {
    return new Flag(name, kind, List.of(), fallback, fallback, group, help);
  }

  private static Flag shown(String name, Kind kind, String shown, Group group, String help) {
    return new Flag(name, kind, List.of(), "", shown, group, help);
  }

  private static Flag word(
      String name, String fallback, List<String> values, Group group, String help) {
    return new Flag(name, Kind.WORD, values, fallback, fallback, group, help);
  }

  private static Flag shownWord(
      String name, List<String> values, String shown, Group group, String help) {
    return new Flag(name, Kind.WORD, values, "", shown, group, help);
  }

  private static Flag action(String name, String help) {
    return new Flag(name, Kind.ACTION, List.of(), "false", "", Group.OTHER, help);
  }

  private static Flag flag(String name, Group group, String help) {
    return new Flag(name, Kind.SWITCH, List.of(), "false", "", group, help);
  }
}

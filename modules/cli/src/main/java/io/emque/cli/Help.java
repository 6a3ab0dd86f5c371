package io.emque.cli;

/** What {@code emque --help} says, made from {@link Flags}. */
final class Help {
  private static final int COLUMN = 28;

  private Help() {}

  static String text() {
    var out = new StringBuilder();
    out.append("Emque, the message broker you talk to with curl.\n\n");
    out.append(
        """
        Usage: emque [serve] [flags]           serve; with --proxy before other servers
               emque pub TOPIC [MESSAGE]       publish a message, or each line of standard input
               emque sub TOPIC                 print messages
               emque topics                    list topics
               emque bench                     put load on a server and measure what it does
               emque export TOPIC              print what is kept of a topic, as JSON lines
               emque import TOPIC              publish what export printed
               emque config check|show         look at the configuration; show says where it is from
               emque token new|hash|inspect    make a token, hash one, look at one
               emque completion bash|zsh|fish  print a script that completes commands
               emque --client --topic=TOPIC --publish|--subscribe
               emque -i --topic=TOPIC          interactive prompt
        """);
    for (Flag.Group group : Flag.Group.values()) {
      out.append('\n').append(group.heading()).append(":\n");
      for (Flag flag : Flags.ALL) {
        if (flag.group() == group) {
          line(out, flag);
        }
      }
    }
    out.append(
        """

        Flags take one dash or two, and their value after = or a space. Each is also an environment
        variable, EMQUE_ and its name in capitals, and a key of conf/application.yaml; the flag wins,
        then the environment, then the file.

        Examples:
          # serve on port 8081 of all interfaces, with a self-signed certificate
          emque
          # plaintext, for this machine alone
          emque --address=127.0.0.1:8081 --tls=off
          # a certificate of one's own, messages kept for a day
          emque --cert_file=server.pem --key_file=server.key --retain_age=1d
          # publish and print messages, with the command line's own client
          emque sub foo --from=earliest
          emque pub foo 'hello'
          # a proxy before three servers that all hold every topic
          emque --proxy --servers=one:8081,two:8081,three:8081
          # a hundred subscribers: how fast, and how late at 1,000 messages a second
          emque bench --subscribers=100
          emque bench --subscribers=100 --rate=1000 --duration=30s
          # subscribe and publish with curl
          curl -kN 'https://localhost:8081/sub?topic=foo'
          curl -k -d 'hello' 'https://localhost:8081/pub?topic=foo'
        """);
    return out.toString();
  }

  private static void line(StringBuilder out, Flag flag) {
    String dashes = flag.name().length() == 1 ? "-" : "--";
    String left = "  " + dashes + flag.name() + argument(flag);
    out.append(left);
    out.append(" ".repeat(Math.max(1, COLUMN - left.length())));
    out.append(flag.help());
    if (!flag.shown().isEmpty()) {
      out.append(" (default ").append(flag.shown()).append(')');
    }
    if (flag.kind() != Flag.Kind.ACTION) {
      out.append(" [").append(flag.environmentName()).append(']');
    }
    out.append('\n');
  }

  private static String argument(Flag flag) {
    return switch (flag.kind()) {
      case SWITCH, ACTION -> "";
      case TEXT -> "=TEXT";
      case LIST -> "=A,B";
      case WORD -> "=" + String.join("|", flag.values());
      case NUMBER -> "=N";
      case SIZE -> "=SIZE";
      case DURATION -> "=TIME";
      case ADDRESS -> "=HOST:PORT";
    };
  }
}

package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.emque.api.Delivery;
import io.emque.api.Message;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.engine.EngineOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What curl can be made to say, with the answer that the contract or the RFC named has for it; and
 * some that it cannot be made to say, which are sent as they are.
 */
@Timeout(120)
class CurlTest {
  private static final int MOST = 100_000;
  private static final String RAW = "as it is";
  private static final String FORMAT = "\n%{http_code} %{http_version} %header{emque-error}";

  private static TestServer server;
  @TempDir Path folder;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.plain(EngineOptions.DEFAULT.maxMessageBytes(MOST));
    server.broker().publish("foo", "0");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /**
   * @param what and which section it is from
   * @param input for standard input
   * @param expected the body, and on the last line status, version and code
   * @param talk a pattern of something among what {@code -v} shows; empty for nothing
   */
  private record Row(String what, String input, String expected, String talk, String... arguments) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Row row(String what, String input, String expected, String... arguments) {
    return new Row(what, input, expected, "", arguments);
  }

  private static Row talking(
      String what, String input, String expected, String talk, String... arguments) {
    return new Row(what, input, expected, talk, arguments);
  }

  static Stream<Row> rows() {
    String most = "x".repeat(MOST);
    return Stream.of(
        talking(
            "RFC 9110, 10.1.1: Expect: 100-continue is answered before the body comes",
            most,
            "\n200 1.1 ",
            ".*< HTTP/1.1 100 Continue",
            "-H",
            "Expect: 100-continue",
            "--expect100-timeout",
            "60",
            "--data-binary",
            "@-",
            "BASE/pub?topic=x"),
        talking(
            "RFC 9110, 10.1.1: or refused without it",
            most + "x",
            ".*over the limit.*\n413 1.1 MESSAGE_TOO_LARGE",
            "(?!.*100 Continue).*< HTTP/1.1 413",
            "-H",
            "Expect: 100-continue",
            "--expect100-timeout",
            "60",
            "--data-binary",
            "@-",
            "BASE/pub?topic=x"),
        row(
            "RFC 9110, 10.1.1: another expectation may be refused, or passed over",
            "",
            ".*\n(417 1.1 .+|200 1.1 )",
            "-H",
            "Expect: x-unknown",
            "-d",
            "x",
            "BASE/pub?topic=x"),
        row(
            "RFC 9112, 7.1: a chunked body",
            "",
            "\n200 1.1 ",
            "-H",
            "Transfer-Encoding: chunked",
            "-d",
            "x",
            "BASE/pub?topic=x"),
        row(
            "contract, 1: PUT, chunked, from standard input (-T -)",
            "hello\n",
            "\n200 1.1 ",
            "-T",
            "-",
            "BASE/pub?topic=x"),
        row(
            "contract, 3: lines of a chunked body without end (-T . reads as they come)",
            "a\nb\n",
            "\n200 1.1 ",
            "-T",
            ".",
            "-X",
            "POST",
            "BASE/pub?topic=x&batch=lines"),
        row(
            "RFC 9112, 6.3: no body at all is an empty one",
            "",
            "\n200 1.1 ",
            "-X",
            "POST",
            "BASE/pub?topic=x"),
        row("RFC 9110, 8.6: so is one of length 0", "", "\n200 1.1 ", "-d", "", "BASE/pub?topic=x"),
        row(
            "RFC 9112, 3.2.2: a target in absolute form is taken",
            "",
            "\n200 1.1 ",
            "--request-target",
            "BASE/pub?topic=x",
            "-d",
            "x",
            "BASE/"),
        row(
            "RFC 9112, 3.2.2: also with a host that is not ours",
            "",
            "live\n\n200 1.1 ",
            "--request-target",
            "http://other.example/health/live",
            "BASE/"),
        row(
            "RFC 9110, 9.3.7: OPTIONS * asks about the server as a whole",
            "",
            ".*\n(200|204|404|405) 1.1 .*",
            "-X",
            "OPTIONS",
            "--request-target",
            "*",
            "BASE/"),
        talking(
            "contract, 3: OPTIONS is not for /pub, and Allow says what is",
            "",
            ".*it takes POST, PUT\n\n405 1.1 METHOD_NOT_ALLOWED",
            ".*< Allow: POST, PUT",
            "-X",
            "OPTIONS",
            "BASE/pub?topic=x"),
        talking(
            "RFC 9110, 9.3.2: HEAD is GET without its content",
            "",
            "HTTP/1.1 200 OK.*\n200 1.1 ",
            ".*< Content-Length: 5\\s",
            "--head",
            "BASE/health/live"),
        row(
            "RFC 9110, 9.3.2: and leaves the connection in order, refused or not",
            "",
            "HTTP/1.1 405.*\n405 1.1 METHOD_NOT_ALLOWEDHTTP/1.1 200.*\n200 1.1 ",
            "--head",
            "BASE/pub?topic=x",
            "BASE/topics/foo"),
        row(
            "RFC 9110, 9.3.2: also over HTTP/2",
            "",
            "HTTP/2 200.*content-length: 5.*\n200 2 ",
            "--http2-prior-knowledge",
            "--head",
            "BASE/health/live"),
        row(
            "RFC 9110, 9.1: a method nobody knows",
            "",
            ".*BREW is not for /pub.*\n405 1.1 METHOD_NOT_ALLOWED",
            "-X",
            "BREW",
            "BASE/pub?topic=x"),
        row(
            "RFC 9110, 2.5: HTTP/1.0 is refused in words",
            "",
            ".*HTTP/1\\.0 is not spoken here; use HTTP/1.1 or 2\n\n505 1.1 QUERY_INVALID",
            "--http1.0",
            "-d",
            "x",
            "BASE/pub?topic=x"),
        row(
            "RFC 9113, 3.3: HTTP/2 with prior knowledge",
            "",
            "\n200 2 ",
            "--http2-prior-knowledge",
            "-d",
            "x",
            "BASE/pub?topic=x"),
        row(
            "RFC 9113, 3.1: an upgrade to h2c is passed over",
            "",
            "\n200 (1.1|2) ",
            "--http2",
            "-d",
            "x",
            "BASE/pub?topic=x"),
        row(
            "RFC 9110, 15.5.15: a URL too long is told so",
            "",
            ".*--max_line_bytes\n\n414 1.1 QUERY_INVALID",
            "BASE/sub?topic=" + "x".repeat(20_000)),
        row(
            "contract, 3: a topic of 1,024 bytes is one",
            "",
            "\n200 1.1 ",
            "-d",
            "x",
            "BASE/pub?topic=" + "x".repeat(1_024)),
        row(
            "contract, 3: one more is not",
            "",
            ".*1,?024.*\n400 1.1 TOPIC_INVALID",
            "-d",
            "x",
            "BASE/pub?topic=" + "x".repeat(1_025)),
        row(
            "contract, 3: %00 is a control character",
            "", ".*control.*\n400 1.1 TOPIC_INVALID", "-d", "x", "BASE/pub?topic=a%00b"),
        row(
            "contract, 1: %2F is a slash, which is no reserved character",
            "", "\n200 1.1 ", "-d", "x", "BASE/pub?topic=a%2Fb"),
        row(
            "contract, 3: also in a path, where / itself is one",
            "",
            "\\{\"topic\":\"a/b\".*\n200 1.1 ",
            "BASE/topics/a%2Fb"),
        row(
            "RFC 3986, 5.2.4: dots in a path are not the topic's (--path-as-is)",
            "",
            ".*nothing at /topics/\\.\\./x.*\n404 1.1 NOT_FOUND",
            "--path-as-is",
            "BASE/topics/../x"),
        row(
            "contract, 1: a broken escape",
            "",
            ".*%zz.*\n400 1.1 QUERY_INVALID",
            "-d",
            "x",
            "BASE/pub?topic=%zz"),
        row(
            "contract, 1: bytes that are not UTF-8",
            "",
            ".*UTF-8.*\n400 1.1 QUERY_INVALID",
            "-d",
            "x",
            "BASE/pub?topic=%ff"),
        row(
            "contract, 1: + is a space, and the first topic wins",
            "",
            "\n200 1.1 \\{\"topic\":\"a b\".*\n200 1.1 ",
            "-d",
            "x",
            "BASE/pub?topic=a+b&topic=c",
            "--next",
            "-s",
            "-w",
            FORMAT,
            "BASE/topics?topic=a%20b"),
        row("RFC 9112, 3.2: no Host", "", ".*\n400 1.1 QUERY_INVALID", "-H", "Host:", "BASE/"),
        row(
            "RFC 9112, 3.2: two of them",
            "GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "HTTP/1.1 400 .*",
            RAW),
        row(
            "RFC 9110, 12.5.3: what is not compressed may be sent to who likes it so",
            "",
            "live\n\n200 1.1 ",
            "--compressed",
            "BASE/health/live"),
        row(
            "RFC 9110, 14.2: a Range may be passed over",
            "",
            "live\n\n200 1.1 ",
            "-r",
            "0-1",
            "BASE/health/live"),
        row(
            "RFC 9112, 7.1.1 and 7.1.2: extensions and trailers of chunks are passed over",
            """
            POST /pub?topic=chunks HTTP/1.1\r
            Host: x\r
            Transfer-Encoding: chunked\r
            Trailer: X-Sum\r
            Connection: close\r
            \r
            3;a=b;c="d;e"\r
            abc\r
            2 ; x\r
            de\r
            0;last\r
            X-Sum: 1\r
            \r
            """,
            "HTTP/1.1 200 .*",
            RAW),
        row(
            "RFC 9112, 6.3: a length beside chunks is refused, or the chunks count",
            """
            POST /pub?topic=x HTTP/1.1\r
            Host: x\r
            Content-Length: 3\r
            Transfer-Encoding: chunked\r
            \r
            1\r
            a\r
            0\r
            \r
            """,
            "HTTP/1.1 (400|200) .*Connection: close.*",
            RAW),
        row(
            "RFC 9112, 6.3: lengths that differ are refused",
            "POST /pub?topic=x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 400 .*",
            RAW),
        row(
            "RFC 9112, 6.1: an encoding that is not chunked",
            "POST /pub?topic=x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nab",
            "HTTP/1.1 (400|501) .*",
            RAW),
        row(
            "RFC 9112, 9.3.2: requests in a pipeline are answered in their order",
            """
            POST /pub?topic=pipe HTTP/1.1\r
            Host: x\r
            Content-Length: 1\r
            \r
            aPOST /pub?topic=pipe HTTP/1.1\r
            Host: x\r
            Content-Length: 1\r
            \r
            bGET /topics/pipe HTTP/1.1\r
            Host: x\r
            Connection: close\r
            \r
            """,
            "HTTP/1.1 200 .*Emque-Offset: 0.*HTTP/1.1 200 .*Emque-Offset: 1.*\"nextOffset\":2.*",
            RAW),
        row(
            "RFC 9112, 2.2: an empty line before a request should be passed over, and is refused",
            "\r\nGET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 (200|400) .*",
            RAW),
        row(
            "RFC 9112, 9.6: after Connection: close nothing more is done",
            """
            POST /pub?topic=close HTTP/1.1\r
            Host: x\r
            Connection: close\r
            Content-Length: 1\r
            \r
            aPOST /pub?topic=close HTTP/1.1\r
            Host: x\r
            Content-Length: 1\r
            \r
            b""",
            "HTTP/1.1 200 ((?!HTTP/1).)*",
            RAW),
        row(
            "RFC 9112, 5.2: a folded header is refused",
            "GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 400 .*",
            RAW),
        row(
            "RFC 9112, 5.1: so is a space before the colon",
            "GET /health/live HTTP/1.1\r\nHost: x\r\nX : a\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 400 .*",
            RAW));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void answerIsAsItShouldBe(Row row) throws Exception {
    Result result =
        row.arguments()[0].equals(RAW)
            ? new Result(raw(row.input()), "")
            : curl(row.input(), row.arguments());

    assertThat(result.out().replace("\r", ""))
        .as("%s; curl said: %s", row.what(), result.talk())
        .matches("(?s)" + row.expected());
    if (!row.talk().isEmpty()) {
      assertThat(result.talk()).containsPattern("(?s)\\A" + row.talk());
    }
    assertThat(server.broker().topic("foo")).isPresent();
  }

  @Test
  void whatComesInChunksIsOneMessage() throws Exception {
    curl("one\ntwo", "-T", "-", "BASE/pub?topic=whole");
    curl("x".repeat(MOST), "-T", "-", "BASE/pub?topic=whole");

    var earliest = SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);
    try (var subscription = server.broker().subscribe("whole", earliest)) {
      assertThat(text(subscription.take())).isEqualTo("one\ntwo");
      assertThat(text(subscription.take())).isEqualTo("x".repeat(MOST));
    }
  }

  private static String text(Delivery delivery) {
    return new String(((Message) delivery).payload(), UTF_8);
  }

  private record Result(String out, String talk) {}

  private static String raw(String request) throws IOException {
    try (var peer = Peer.connect(server.port())) {
      peer.send(request);
      return new String(peer.socket().getInputStream().readAllBytes(), UTF_8);
    }
  }

  private Result curl(String input, String... arguments) throws Exception {
    String base = "http://127.0.0.1:" + server.port();
    var command = new ArrayList<String>();
    command.addAll(List.of("curl", "-sv", "--max-time", "60", "-w", FORMAT));
    for (String argument : arguments) {
      command.add(argument.replace("BASE", base));
    }
    Path out = folder.resolve("out");
    Path talk = folder.resolve("talk");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(talk.toFile())
              .start();
    } catch (IOException notThere) {
      return abort("SKIPPED: curl is not there");
    }
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(UTF_8));
    } catch (IOException e) {
      // it has heard enough
    }
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
    return new Result(Files.readString(out), Files.readString(talk));
  }
}

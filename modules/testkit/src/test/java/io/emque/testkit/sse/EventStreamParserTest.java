package io.emque.testkit.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.testkit.sse.EventStreamParser.Event;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The algorithm of WHATWG HTML, section 9.2, step by step. */
class EventStreamParserTest {

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n"})
  void linesEndInThreeWays(String end) {
    String stream = "data: a" + end + "data: b" + end + end + "data: c" + end + end;

    assertThat(parse(stream)).extracting(Event::data).containsExactly("a\nb", "c");
  }

  @Test
  void carriageReturnAndLineFeedThatComeApartAreOneLineEnd() {
    var parser = new EventStreamParser();

    assertThat(feed(parser, "data: a\r")).isEmpty();
    assertThat(feed(parser, "\ndata: b\r")).isEmpty();
    assertThat(feed(parser, "\n\r")).extracting(Event::data).containsExactly("a\nb");
    assertThat(feed(parser, "\ndata: c\n\n")).extracting(Event::data).containsExactly("c");
  }

  @Test
  void oneSpaceBehindTheColonIsDroppedAndNoMore() {
    assertThat(parse("data:a\n\ndata: a\n\ndata:  a\n\ndata:\ta\n\n"))
        .extracting(Event::data)
        .containsExactly("a", "a", " a", "\ta");
  }

  @Test
  void fieldWithoutColonIsEmptyAndAnEmptyLineOfDataIsAnEvent() {
    assertThat(parse("data\n\ndata\ndata\n\ndata:\n\n"))
        .extracting(Event::data)
        .containsExactly("", "\n", "");
  }

  @Test
  void withoutDataThereIsNoEventButTheIdCounts() {
    var parser = new EventStreamParser();

    assertThat(feed(parser, "id: 1\nevent: x\n\ndata: a\n\n"))
        .containsExactly(new Event("message", "a", "1"));
    assertThat(parser.lastEventId()).isEqualTo("1");
  }

  @Test
  void idStaysUntilAnotherComesAndAnEmptyOneTakesItBack() {
    assertThat(parse("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"))
        .extracting(Event::lastEventId)
        .containsExactly("1", "1", "");
  }

  @Test
  void idWithNulAndRetryThatIsNoNumberArePassedOver() {
    var parser = new EventStreamParser();

    assertThat(feed(parser, "id: 1\nretry: 10\n\nid: a\0b\nretry: 5s\nretry\ndata: x\n\n"))
        .containsExactly(new Event("message", "x", "1"));
    assertThat(parser.retryMillis()).isEqualTo(10);
    assertThat(parser.faults()).hasSize(3);
  }

  @Test
  void oneByteOrderMarkAtTheBeginningIsDropped() {
    assertThat(parse("\uFEFFdata: a\n\n\uFEFFdata: b\n\ndata: \uFEFFc\n\n"))
        .extracting(Event::data)
        .containsExactly("a", "\uFEFFc"); // the second one makes the name of its field unknown
  }

  @Test
  void commentsAndUnknownFieldsAreNoData() {
    var parser = new EventStreamParser();

    assertThat(feed(parser, ": heartbeat\n:\nDATA: no\n data: no\ndata: yes\n\n"))
        .extracting(Event::data)
        .containsExactly("yes");
    assertThat(parser.comments()).containsExactly(" heartbeat", "");
    assertThat(parser.faults()).hasSize(2);
  }

  @Test
  void typeIsOfOneEvent() {
    assertThat(parse("event: gap\ndata: a\n\ndata: b\n\nevent: x\nevent:\ndata: c\n\n"))
        .extracting(Event::type)
        .containsExactly("gap", "message", "message");
  }

  @Test
  void whatIsBehindTheLastBlankLineIsNoEvent() {
    assertThat(parse("data: a\n\ndata: b\n")).extracting(Event::data).containsExactly("a");
    assertThat(parse("data: a")).isEmpty();
  }

  @Test
  void bytesThatAreNotUtf8AreReplacedAndTold() {
    var parser = new EventStreamParser();
    byte[] stream = {'d', 'a', 't', 'a', ':', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '\n', '\n'};

    var events = parser.feed(stream, 0, stream.length);

    assertThat(events.getFirst().data()).matches("\uFFFD+");
    assertThat(parser.faults()).hasSize(1);
  }

  @Test
  void piecesOfAnySizeMakeTheSameEvents() {
    byte[] stream = "\uFEFFid: ü\r\nevent: €\rdata: 😀\r\n\r\ndata: b\n\n".getBytes(UTF_8);
    var parser = new EventStreamParser();
    var events = new ArrayList<Event>();

    for (int i = 0; i < stream.length; i++) {
      events.addAll(parser.feed(stream, i, 1));
    }

    assertThat(events)
        .containsExactly(new Event("€", "😀", "ü"), new Event("message", "b", "ü"))
        .isEqualTo(EventStreamParser.parse(stream));
  }

  private static List<Event> parse(String stream) {
    return EventStreamParser.parse(stream.getBytes(UTF_8));
  }

  private static List<Event> feed(EventStreamParser parser, String piece) {
    byte[] bytes = piece.getBytes(UTF_8);
    return parser.feed(bytes, 0, bytes.length);
  }
}

package io.emque.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.emque.client.Emque;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.EventConditions;
import org.junit.platform.testkit.engine.Events;
import org.junit.platform.testkit.engine.TestExecutionResultConditions;

/** Whom a broker is given to, and when it goes: classes of tests are run inside these tests. */
@Timeout(120)
class EmqueExtensionTest {
  private static final List<URI> SEEN = new ArrayList<>();
  private static final List<Emque> CLIENTS = new ArrayList<>();

  @BeforeEach
  @AfterEach
  void forget() {
    SEEN.clear();
    CLIENTS.clear();
  }

  @Test
  void eachTestHasABrokerOfItsOwnThatEndsWithIt() {
    run(PerMethod.class).assertStatistics(stats -> stats.started(2).succeeded(2));

    assertThat(SEEN).hasSize(4);
    assertThat(SEEN.get(0)).as("@BeforeEach and test").isEqualTo(SEEN.get(1));
    assertThat(SEEN.get(2)).as("@BeforeEach and test").isEqualTo(SEEN.get(3));
    assertThat(CLIENTS.get(0)).isNotSameAs(CLIENTS.get(1));
    assertThat(SEEN).allSatisfy(EmqueExtensionTest::assertGone);
    assertThat(CLIENTS).allSatisfy(EmqueExtensionTest::assertClosed);
  }

  @Test
  void testsOfAClassShareOneWhereAskedFor() {
    run(PerClass.class).assertStatistics(stats -> stats.started(3).succeeded(3));

    assertThat(SEEN).hasSize(4).containsOnly(SEEN.getFirst());
    assertGone(SEEN.getFirst());
  }

  @Test
  void methodAloneMayHaveOneAndInheritedAnnotationsCount() {
    run(OnMethod.class).assertStatistics(stats -> stats.started(1).succeeded(1));
    run(Inheriting.class).assertStatistics(stats -> stats.started(1).succeeded(1));
  }

  @Test
  void brokerPerTestIsNotThereBeforeTheFirstAndSaysSo() {
    runAll(TooEarly.class)
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            EventConditions.finishedWithFailure(
                TestExecutionResultConditions.message(
                    text -> text.contains("@EmqueTest(perClass = true)"))));
  }

  @Test
  void whatABrokerCannotDoNamesTheWayOut() throws Exception {
    try (var plain = TestBroker.start(false, false)) {
      assertThatThrownBy(plain::faults).hasMessageContaining("@EmqueTest(faults = true)");
      assertThatThrownBy(plain::certificateFile).hasMessageContaining("@EmqueTest(tls = true)");
    }
  }

  private static Events run(Class<?> tests) {
    return runAll(tests).testEvents();
  }

  private static org.junit.platform.testkit.engine.EngineExecutionResults runAll(Class<?> tests) {
    return EngineTestKit.engine("junit-jupiter").selectors(selectClass(tests)).execute();
  }

  private static void assertGone(URI broker) {
    try (var again = new ServerSocket(broker.getPort(), 1, InetAddress.getLoopbackAddress())) {
      assertThat(again.isBound()).isTrue();
    } catch (IOException stillThere) {
      throw new AssertionError(broker + " is still there", stillThere);
    }
  }

  private static void assertClosed(Emque client) {
    assertThatThrownBy(() -> client.publish("foo", "x")).hasMessageContaining("closed");
  }

  @EmqueTest
  static class PerMethod {
    @BeforeEach
    void see(URI broker) {
      SEEN.add(broker);
    }

    @Test
    void one(URI broker, Emque emque, TestBroker whole) {
      SEEN.add(broker);
      CLIENTS.add(emque);
      assertThat(emque.publish("foo", "x").cursor().offset()).isZero();
      assertThat(whole.emque()).isSameAs(emque);
      assertThat(whole.inside().topic("foo")).isPresent();
    }

    @Test
    void other(URI broker, Emque emque) {
      SEEN.add(broker);
      CLIENTS.add(emque);
      assertThat(emque.publish("foo", "x").cursor().offset()).as("a log of its own").isZero();
    }
  }

  @EmqueTest(perClass = true)
  static class PerClass {
    @BeforeAll
    static void see(URI broker) {
      SEEN.add(broker);
    }

    @Test
    void one(URI broker) throws IOException {
      SEEN.add(broker);
      new Socket(broker.getHost(), broker.getPort()).close();
    }

    @Test
    void other(URI broker) {
      SEEN.add(broker);
    }

    @Nested
    class Inside {
      @Test
      void nested(URI broker) {
        SEEN.add(broker);
      }
    }
  }

  static class OnMethod {
    @EmqueTest(faults = true)
    @Test
    void annotated(Faults faults, TestBroker broker) {
      assertThat(faults).isSameAs(broker.faults());
    }
  }

  static class Inheriting extends PerMethodBase {
    @Test
    void inherits(TestBroker broker) {
      assertThat(broker.port()).isPositive();
    }
  }

  @EmqueTest
  abstract static class PerMethodBase {}

  @EmqueTest
  static class TooEarly {
    @BeforeAll
    static void ask(URI broker) {
      throw new AssertionError("there is none: " + broker);
    }

    @Test
    void never() {}
  }
}

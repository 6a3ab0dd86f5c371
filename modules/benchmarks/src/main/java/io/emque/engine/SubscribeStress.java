package io.emque.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Subscribing against publishing. */
public final class SubscribeStress {
  private SubscribeStress() {}

  /** Who subscribes for what comes next is given every message from the position it was told. */
  @JCStressTest
  @Outcome(id = "0, 2", expect = Expect.ACCEPTABLE, desc = "Before both messages; had both.")
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Between them; had the second.")
  @Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "After both; had none.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A message was lost, or came twice.")
  @State
  public static class Position {
    private final Topic topic = StressTopics.keepingAll();
    private Reader reader;

    /** The publisher. */
    @Actor
    public void publish() {
      topic.append(StressTopics.publication(0));
      topic.append(StressTopics.publication(1));
    }

    /** The subscriber: where it begins. */
    @Actor
    public void subscribe(JJ_Result result) {
      reader = topic.open(StressTopics.LATEST, "stress");
      result.r1 = reader.next().offset();
    }

    /** How many messages it is given. */
    @Arbiter
    public void read(JJ_Result result) {
      while (StressTopics.read(reader, 0) == Event.MESSAGES) {
        result.r2 += reader.slice().count();
      }
      reader.close();
    }
  }

  /**
   * Subscribers that come and go, one of them too slow, leave nothing behind; and a topic that goes
   * with its last subscriber does not take a message along.
   */
  @JCStressTest
  @Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "Both messages are in, nobody reads.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A reader was left, or a message lost.")
  @State
  public static class Leaving {
    private final MemoryBroker broker = StressTopics.broker();
    private final String name = StressTopics.name();

    /** The publisher; its second message pushes the first out. */
    @Actor
    public void publish() {
      Appender appender = broker.appender(name);
      appender.append(StressTopics.publication(0));
      appender.append(StressTopics.publication(1));
    }

    /** Comes and goes, and again as one that is thrown out when it falls off. */
    @Actor
    public void subscribe() {
      broker.open(name, StressTopics.LATEST, "stress").close();
      broker.open(name, StressTopics.DISCONNECT, "stress").close();
    }

    /** What is left. */
    @Arbiter
    public void left(JJ_Result result) {
      var topic = broker.topic(name).orElseThrow();
      result.r1 = topic.nextOffset();
      result.r2 = topic.subscribers().size();
      broker.delete(name);
    }
  }
}

package io.emque.engine;

import static io.emque.engine.StressTopics.LOST_NANOS;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * No wake-up is lost. Who waits does so for two seconds; where nothing wakes it although there is
 * something, it ends with {@link Event#IDLE}, which is forbidden.
 *
 * <p>That these tests can fail was seen by planting faults in a copy. Without the second look at
 * the log in {@code Reader.park} (parking whatever {@code nextOffset} says), {@code Two} ends with
 * "1, 2": one slept on. With {@code count} set to 0 behind the monitor of {@code Waiters.wakeAll}
 * instead of in it, {@code Waiting} ends with an exception: list and slots no longer agree.
 */
public final class WakeUpStress {
  private WakeUpStress() {}

  /** A subscriber about to sleep, and a publisher. */
  @JCStressTest
  @Outcome(id = "MESSAGES", expect = Expect.ACCEPTABLE, desc = "Had the message.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Slept on.")
  @State
  public static class Publish {
    private final Topic topic = StressTopics.keepingAll();
    private final Reader reader = topic.open(StressTopics.LATEST, "stress");

    /** Publishes. */
    @Actor
    public void publish() {
      topic.append(StressTopics.publication(0));
    }

    /** Waits. */
    @Actor
    public void read(L_Result result) {
      result.r1 = StressTopics.read(reader, LOST_NANOS);
    }

    /** Lets go of its alarm. */
    @Arbiter
    public void end() {
      reader.close();
    }
  }

  /** Two who publish and then wait for the other's message: lists of waiters are swapped. */
  @JCStressTest
  @Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "Both had both messages.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "One slept on.")
  @State
  public static class Two {
    private final Topic topic = StressTopics.keepingAll();
    private final Reader one = topic.open(StressTopics.LATEST, "stress");
    private final Reader other = topic.open(StressTopics.LATEST, "stress");

    private int publishAndRead(int number, Reader reader) {
      topic.append(StressTopics.publication(number));
      int had = 0;
      while (had < 2 && StressTopics.read(reader, LOST_NANOS) == Event.MESSAGES) {
        had += reader.slice().count();
      }
      return had;
    }

    /** Publishes and waits. */
    @Actor
    public void one(II_Result result) {
      result.r1 = publishAndRead(0, one);
    }

    /** Does the same. */
    @Actor
    public void other(II_Result result) {
      result.r2 = publishAndRead(1, other);
    }

    /** Lets go of their alarms. */
    @Arbiter
    public void end() {
      one.close();
      other.close();
    }
  }

  /** A subscriber about to sleep, closed by another thread. */
  @JCStressTest
  @Outcome(id = "ENDED", expect = Expect.ACCEPTABLE, desc = "Ended.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Slept on.")
  @State
  public static class Close {
    private final Reader reader = StressTopics.keepingAll().open(StressTopics.LATEST, "stress");

    /** Closes. */
    @Actor
    public void close() {
      reader.close();
    }

    /** Waits. */
    @Actor
    public void read(L_Result result) {
      result.r1 = StressTopics.read(reader, LOST_NANOS);
    }
  }

  /** A subscriber about to sleep, which the broker gets rid of. */
  @JCStressTest
  @Outcome(id = "ENDED", expect = Expect.ACCEPTABLE, desc = "Ended.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Slept on.")
  @State
  public static class Evict {
    private final Reader reader = StressTopics.keepingAll().open(StressTopics.LATEST, "stress");

    /** Throws it out. */
    @Actor
    public void evict() {
      reader.evict(new BrokerException(ErrorCode.OVERLOADED, "out"));
    }

    /** Waits. */
    @Actor
    public void read(L_Result result) {
      result.r1 = StressTopics.read(reader, LOST_NANOS);
    }

    /** Lets go of its alarm. */
    @Arbiter
    public void end() {
      reader.close();
    }
  }

  /** A publisher that waits for a subscriber with {@code slow=block}, which reads. */
  @JCStressTest
  @Outcome(id = "done, MESSAGES", expect = Expect.ACCEPTABLE, desc = "Published; had a message.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "The publisher, or the subscriber, slept on.")
  @State
  public static class Block {
    private final Topic topic = StressTopics.keepingOne();
    private final Reader reader = topic.open(StressTopics.BLOCK, "stress");

    /** The second has to wait until the first was read. */
    @Actor
    public void publish(LL_Result result) {
      topic.append(StressTopics.publication(0));
      topic.append(StressTopics.publication(1));
      result.r1 = "done";
    }

    /** Reads one, and with that makes room. */
    @Actor
    public void read(LL_Result result) {
      result.r2 = StressTopics.read(reader, LOST_NANOS);
    }

    /** Lets go of its alarm. */
    @Arbiter
    public void end() {
      reader.close();
    }
  }

  /** A subscriber that waits for a moment only, again and again, and a publisher. */
  @JCStressTest
  @Outcome(id = "[0-3]", expect = Expect.ACCEPTABLE, desc = "Had so many messages in four reads.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Had more than there were.")
  @State
  public static class Idle {
    private static final long MOMENT_NANOS = 20_000;

    private final Topic topic = StressTopics.keepingAll();
    private final Reader reader = topic.open(StressTopics.LATEST, "stress");

    /** Publishes. */
    @Actor
    public void publish() {
      for (int i = 0; i < 3; i++) {
        topic.append(StressTopics.publication(i));
      }
    }

    /** Waits shorter and shorter, so that alarms are set anew. One that is lost does not return. */
    @Actor
    public void read(I_Result result) {
      for (int i = 4; i > 0; i--) {
        if (StressTopics.read(reader, i * MOMENT_NANOS) == Event.MESSAGES) {
          result.r1 += reader.slice().count();
        }
      }
    }

    /** Lets go of its alarm. */
    @Arbiter
    public void end() {
      reader.close();
    }
  }

  /** The list of waiters itself: one comes and wakes all, one comes and goes. */
  @JCStressTest
  @Outcome(
      id = "true, true, true",
      expect = Expect.ACCEPTABLE,
      desc = "Who left is out; who came is in and was then taken out, or was woken.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Slots and list do not agree.")
  @State
  public static class Waiting {
    private final Waiters waiters = new Waiters();
    private final Topic topic = StressTopics.keepingAll();
    private final Reader stays = topic.open(StressTopics.LATEST, "stress");
    private final Reader leaves = topic.open(StressTopics.LATEST, "stress");

    /** Comes, and wakes all. */
    @Actor
    public void comeAndWake() {
      waiters.add(stays);
      waiters.wakeAll();
    }

    /** Comes and goes. */
    @Actor
    public void comeAndGo() {
      waiters.add(leaves);
      waiters.remove(leaves);
    }

    /** Every slot agrees with the list: each can be taken out, once. */
    @Arbiter
    public void slots(ZZZ_Result result) {
      result.r1 = leaves.waiterSlot == -1;
      waiters.add(leaves);
      waiters.remove(stays);
      result.r2 = stays.waiterSlot == -1 && leaves.waiterSlot == 0;
      waiters.wakeAll();
      result.r3 = leaves.waiterSlot == -1;
    }
  }
}

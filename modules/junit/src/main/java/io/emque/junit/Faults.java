package io.emque.junit;

import static java.util.Objects.requireNonNull;

import io.emque.api.Topics;
import io.emque.testkit.network.FaultProxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong at a {@link TestBroker} with {@link EmqueTest#faults}. Messages are named by
 * topic and offset, which begins with 0. What happens to them happens to every subscriber, by
 * whatever protocol; say so before they are published. Several things may happen to the same
 * message.
 *
 * <p>Whatever has to do with connections is done to all of them, as when a cable is pulled: {@link
 * #network} has more of it.
 *
 * <p><b>Threads:</b> any thread.
 */
public final class Faults {
  private final Map<Spot, Effect> effects = new ConcurrentHashMap<>();
  private final FaultProxy network;

  Faults(FaultProxy network) {
    this.network = network;
  }

  /**
   * The message is not delivered. As whenever Emque loses something it says so, with the next
   * message, by protocols that can: a {@link io.emque.api.Gap} of 1.
   */
  public Faults drop(String topic, long offset) {
    return change(topic, offset, effect -> effect.dropped(true));
  }

  /** The message is delivered twice, with the same cursor: as to one that resumes too early. */
  public Faults duplicate(String topic, long offset) {
    return change(topic, offset, effect -> effect.duplicated(true));
  }

  /**
   * The message comes later, and so do those behind it: order is kept.
   *
   * @param by not negative
   */
  public Faults delay(String topic, long offset, Duration by) {
    if (by.isNegative()) {
      throw new IllegalArgumentException("a delay must be 0 or more, got " + by);
    }
    return change(topic, offset, effect -> effect.delayed(by));
  }

  /**
   * All connections are reset, once, when the message is about to be delivered for the first time.
   * It comes to those who connect again. Messages before it may have arrived or not.
   */
  public Faults cut(String topic, long offset) {
    return change(topic, offset, effect -> effect.cutting(new AtomicBoolean(true)));
  }

  /**
   * All connections are reset, once, when the message was taken and its publisher has no answer
   * yet: whether it was published is for the publisher to find out.
   */
  public Faults loseAnswer(String topic, long offset) {
    return change(topic, offset, effect -> effect.losingAnswer(new AtomicBoolean(true)));
  }

  private Faults change(String topic, long offset, UnaryOperator<Effect> how) {
    if (offset < 0) {
      throw new IllegalArgumentException("an offset must be 0 or more, got " + offset);
    }
    var spot = new Spot(Topics.requireValid(topic), offset);
    effects.compute(spot, (at, known) -> how.apply(known == null ? Effect.NONE : known));
    return this;
  }

  /**
   * Resets all connections now.
   *
   * @return how many there were
   */
  public int cut() {
    return network.cut();
  }

  /** What stands before the broker: latency, bandwidth, stalls, and other ends of connections. */
  public FaultProxy network() {
    return network;
  }

  /** Nothing is to happen to messages any more. */
  public void clear() {
    effects.clear();
  }

  @Nullable Effect at(String topic, long offset) {
    return effects.isEmpty() ? null : effects.get(new Spot(topic, offset));
  }

  private record Spot(String topic, long offset) {}

  /**
   * What happens to a message.
   *
   * @param cut true until it has happened
   * @param loseAnswer true until it has happened
   */
  record Effect(
      boolean drop,
      boolean duplicate,
      Duration delay,
      AtomicBoolean cut,
      AtomicBoolean loseAnswer) {
    private static final Effect NONE =
        new Effect(false, false, Duration.ZERO, new AtomicBoolean(false), new AtomicBoolean(false));

    Effect {
      requireNonNull(delay, "delay");
    }

    Effect dropped(boolean newDrop) {
      return new Effect(newDrop, duplicate, delay, cut, loseAnswer);
    }

    Effect duplicated(boolean newDuplicate) {
      return new Effect(drop, newDuplicate, delay, cut, loseAnswer);
    }

    Effect delayed(Duration by) {
      return new Effect(drop, duplicate, by, cut, loseAnswer);
    }

    Effect cutting(AtomicBoolean due) {
      return new Effect(drop, duplicate, delay, due, loseAnswer);
    }

    Effect losingAnswer(AtomicBoolean due) {
      return new Effect(drop, duplicate, delay, cut, due);
    }

    boolean cutsNow() {
      return cut.compareAndSet(true, false);
    }

    boolean losesAnswerNow() {
      return loseAnswer.compareAndSet(true, false);
    }
  }
}

package io.emque.junit;

import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Subscription;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A subscription to a log that does to its messages what {@link Faults} say. */
final class FaultySubscription implements Subscription {
  private final Subscription log;
  private final Faults faults;

  // The reading thread.
  private @Nullable Message again;
  private Cursor next;

  FaultySubscription(Subscription log, Faults faults) {
    this.log = log;
    this.faults = faults;
    this.next = log.next();
  }

  @Override
  public String topic() {
    return log.topic();
  }

  @Override
  public Cursor next() {
    return next;
  }

  @Override
  public @Nullable Delivery take() throws InterruptedException {
    return afflicted(again == null ? log.take() : null);
  }

  @Override
  public @Nullable Delivery poll(Duration timeout) throws InterruptedException {
    return afflicted(again == null ? log.poll(timeout) : null);
  }

  private @Nullable Delivery afflicted(@Nullable Delivery came) throws InterruptedException {
    Message copy = again;
    if (copy != null) {
      again = null;
      next = copy.cursor().next();
      return copy;
    }
    Faults.Effect effect =
        came instanceof Message message ? faults.at(topic(), message.offset()) : null;
    next = log.next();
    if (!(came instanceof Message message) || effect == null) {
      return came;
    }
    Thread.sleep(effect.delay());
    if (effect.cutsNow()) {
      faults.cut();
    }
    if (effect.drop()) {
      return new Gap(topic(), message.cursor(), next, OptionalLong.of(1));
    }
    if (effect.duplicate()) {
      again = message;
      next = message.cursor();
    }
    return message;
  }

  @Override
  public void close() {
    log.close();
  }
}

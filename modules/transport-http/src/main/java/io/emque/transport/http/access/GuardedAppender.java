package io.emque.transport.http.access;

import io.emque.api.BrokerException;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.spi.Action;
import io.emque.api.spi.Identity;
import io.emque.engine.Appender;
import io.emque.engine.MessageBatch;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An appender that may be kept for long: it looks at each message whether its caller is still good
 * for it, which costs two loads as long as nothing has changed.
 */
final class GuardedAppender implements Appender {
  private final Appender appender;
  private final Caller caller;
  private volatile @Nullable Identity allowed; // who was last found to be allowed

  GuardedAppender(Appender appender, Caller caller) {
    this.appender = appender;
    this.caller = caller;
  }

  @SuppressWarnings("ReferenceEquality") // another one may say the same, and is looked at again
  private void check() {
    Identity now = caller.identity();
    if (now != allowed) {
      caller.require(Action.PUBLISH, topic());
      allowed = now;
    }
  }

  @Override
  public String topic() {
    return appender.topic();
  }

  @Override
  public Published append(Publication publication) {
    check();
    return appender.append(publication);
  }

  @Override
  public CompletableFuture<Published> appendAsync(Publication publication) {
    try {
      check();
    } catch (BrokerException e) {
      return CompletableFuture.failedFuture(e);
    }
    return appender.appendAsync(publication);
  }

  @Override
  public Published append(MessageBatch batch) {
    check();
    return appender.append(batch);
  }

  @Override
  public void sync() {
    appender.sync();
  }
}

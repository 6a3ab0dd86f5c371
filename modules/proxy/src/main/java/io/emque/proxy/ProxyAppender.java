package io.emque.proxy;

import io.emque.api.Broker;
import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.engine.Appender;
import io.emque.engine.MessageBatch;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Publishes to one topic upstream. */
final class ProxyAppender implements Appender {
  private final ProxyBroker proxy;
  private final Broker upstream;
  private final String topic;

  ProxyAppender(ProxyBroker proxy, Broker upstream, String topic) {
    this.proxy = proxy;
    this.upstream = upstream;
    this.topic = topic;
  }

  @Override
  public String topic() {
    return topic;
  }

  @Override
  public Published append(Publication publication) {
    return answer(appendAsync(publication));
  }

  @Override
  public CompletableFuture<Published> appendAsync(Publication publication) {
    try {
      proxy.admit(publication.payload().length);
    } catch (BrokerException e) {
      return CompletableFuture.failedFuture(e);
    }
    return upstream
        .publishAsync(topic, publication)
        .whenComplete(
            (published, e) -> proxy.published(published != null, publication.payload().length));
  }

  /** All are on their way together; the batch is answered when the last one is. */
  @Override
  public Published append(MessageBatch batch) {
    if (batch.count() == 0) {
      throw new IllegalArgumentException("an empty batch has no answer");
    }
    batch.taken(0);
    for (int i = 0; i < batch.count(); i++) {
      proxy.admit(batch.length(i)); // or none of it is taken
    }
    var answers = new ArrayList<CompletableFuture<Published>>(batch.count());
    for (int i = 0; i < batch.count(); i++) {
      answers.add(appendAsync(Publication.of(batch.payload(i))));
    }
    Published last = null;
    BrokerException refusal = null;
    for (var each : answers) {
      try {
        last = answer(each);
        if (refusal == null) {
          batch.taken(batch.taken() + 1);
        }
      } catch (BrokerException e) {
        refusal = refusal == null ? e : refusal;
      }
    }
    if (refusal != null || last == null) {
      throw refusal == null ? failed(null) : refusal;
    }
    return last;
  }

  private static Published answer(CompletableFuture<Published> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BrokerException refusal) {
        throw new BrokerException(refusal.code(), refusal.getMessage());
      }
      throw failed(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException(
          ErrorCode.INTERNAL, "interrupted before the answer came; the message may be published");
    }
  }

  private static BrokerException failed(@org.jspecify.annotations.Nullable Throwable cause) {
    return new BrokerException(ErrorCode.INTERNAL, "publishing upstream failed: " + cause);
  }
}

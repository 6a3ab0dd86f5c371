package io.emque.transport.grpc;

import io.emque.api.BrokerException;
import io.emque.api.Publication;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/** Calls with one answer. */
final class Calls {
  private Calls() {}

  /** Lets a message of the call whose thread this is pass, or refuses it. */
  static Publication paced(Publication publication) {
    CallStream stream = CallStream.CURRENT.get();
    stream.rates().require(stream.who(), publication.payload().length);
    return stream.traced(publication);
  }

  /** Answers with what is supplied, or with the refusal. */
  static <T> void unary(StreamObserver<T> observer, Supplier<T> answer) {
    T made;
    try {
      made = answer.get();
    } catch (BrokerException e) {
      observer.onError(Statuses.of(e));
      return;
    }
    observer.onNext(made);
    observer.onCompleted();
  }
}

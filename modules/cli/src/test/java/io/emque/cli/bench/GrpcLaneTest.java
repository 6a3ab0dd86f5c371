package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.wire.mq.MQGrpc;
import io.emque.wire.mq.PubRequest;
import io.emque.wire.mq.PubResponse;
import io.emque.wire.mq.SubRequest;
import io.emque.wire.mq.SubResponse;
import io.grpc.InsecureServerCredentials;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that has {@code mq.MQ} alone, as the original. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GrpcLaneTest {
  @Test
  void callsGoOneAtATimeWhereThereAreNoStreams() throws Exception {
    var server =
        OkHttpServerBuilder.forPort(0, InsecureServerCredentials.create())
            .addService(new Original())
            .build()
            .start();
    try {
      var options = Heard.options(2, 3, 1, Protocol.GRPC, Protocol.GRPC, 100);

      var result = new Bench(options, Heard.target("http://127.0.0.1:" + server.getPort())).run();

      assertThat(result.complaint()).isNull();
      assertThat(result.delivered()).isEqualTo(300);
    } finally {
      server.shutdownNow();
    }
  }

  private static final class Original extends MQGrpc.MQImplBase {
    private final List<StreamObserver<SubResponse>> subscribers = new CopyOnWriteArrayList<>();

    @Override
    public synchronized void pub(PubRequest request, StreamObserver<PubResponse> answer) {
      var message = SubResponse.newBuilder().setPayload(request.getPayload()).build();
      subscribers.forEach(subscriber -> subscriber.onNext(message));
      answer.onNext(PubResponse.getDefaultInstance());
      answer.onCompleted();
    }

    @Override
    public void sub(SubRequest request, StreamObserver<SubResponse> subscriber) {
      subscribers.add(subscriber);
    }
  }
}

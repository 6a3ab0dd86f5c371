package io.emque.cli.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.emque.wire.mq.MQGrpc;
import io.emque.wire.mq.PubRequest;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.Error;
import io.emque.wire.v1.ListTopicsRequest;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReplies;
import io.emque.wire.v1.PublishReply;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Publishes on a stream of {@code emque.v1}; to a server that has {@code mq.MQ} alone, one call at
 * a time, since calls under way together have no order.
 */
final class GrpcLane implements Lane {
  private static final int REQUESTED = 1_024;

  private final Grpc grpc;
  private final Payload payload;
  private final Answers answers;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final CompletableFuture<IOException> end = new CompletableFuture<>();
  private final ClientCall<byte[], Integer> call;
  private final boolean single;

  private volatile long probes; // all of them come before the first message
  private boolean over; // under the lock

  GrpcLane(Grpc grpc, Payload payload, Answers answers) throws IOException {
    this.grpc = grpc;
    this.payload = payload;
    this.answers = answers;
    MethodDescriptor<Publish, PublishReplies> method = EmqueGrpc.getPublishStreamMethod();
    this.call = grpc.call(method.toBuilder(new Bytes(), new Replies()).build());
    this.single = !knowsStreams();
    if (!single) {
      call.start(new Answered(), grpc.headers());
      call.request(REQUESTED);
    }
  }

  /** Asks for something else that such servers have. */
  private boolean knowsStreams() throws IOException {
    try {
      grpc.unary(
          EmqueGrpc.getListTopicsMethod(), ListTopicsRequest.newBuilder().setLimit(1).build());
      return true;
    } catch (StatusRuntimeException e) {
      return switch (e.getStatus().getCode()) {
        case UNIMPLEMENTED -> false;
        case PERMISSION_DENIED -> true; // one who may not list topics may publish
        default -> {
          grpc.close();
          throw grpc.ended(e.getStatus(), e.getTrailers());
        }
      };
    }
  }

  @Override
  public void send(Plan.Stream stream, long place, long dueMicros) throws IOException {
    boolean counts = place != Stamp.PROBE;
    if (single) {
      one(stream, place, dueMicros, counts);
      return;
    }
    byte[] message = encode(stream, place, dueMicros);
    awaitReady();
    if (counts) {
      answers.sent(dueMicros);
    } else {
      long soFar = probes;
      probes = soFar + 1; // by one thread
    }
    call.sendMessage(message);
  }

  private void one(Plan.Stream stream, long place, long dueMicros, boolean counts)
      throws IOException {
    var bytes = new byte[payload.length()];
    payload.write(bytes, 0, stream, place, dueMicros);
    if (counts) {
      answers.sent(dueMicros);
    }
    var request =
        PubRequest.newBuilder()
            .setTopic(stream.channel().topic())
            .setPayload(ByteString.copyFrom(bytes))
            .build();
    try {
      grpc.unary(MQGrpc.getPubMethod(), request);
    } catch (StatusRuntimeException e) {
      throw grpc.ended(e.getStatus(), e.getTrailers());
    }
    if (counts) {
      answers.answered(1, Times.micros());
    }
  }

  /** A serialized {@link Publish}, whose payload is made in its place. */
  private byte[] encode(Plan.Stream stream, long place, long dueMicros) throws IOException {
    String topic = stream.channel().topic();
    int length = payload.length();
    var bytes =
        new byte
            [CodedOutputStream.computeStringSize(Publish.TOPIC_FIELD_NUMBER, topic)
                + CodedOutputStream.computeTagSize(Publish.PAYLOAD_FIELD_NUMBER)
                + CodedOutputStream.computeUInt32SizeNoTag(length)
                + length];
    var out = CodedOutputStream.newInstance(bytes);
    out.writeString(Publish.TOPIC_FIELD_NUMBER, topic);
    out.writeTag(Publish.PAYLOAD_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    out.writeUInt32NoTag(length);
    payload.write(bytes, out.getTotalBytesWritten(), stream, place, dueMicros);
    return bytes;
  }

  private void awaitReady() throws IOException {
    if (call.isReady()) {
      return;
    }
    lock.lock();
    try {
      while (!over && !call.isReady()) {
        changed.awaitUninterruptibly();
      }
      if (over) {
        throw end.getNow(new IOException("connection lost"));
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void flush() {
    // gRPC sends by itself
  }

  @Override
  public Answers answers() {
    return answers;
  }

  @Override
  public void watch() throws IOException {
    try {
      throw end.get();
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void end(IOException why) {
    end.complete(why);
    lock.lock();
    try {
      over = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    end(new IOException("closed"));
    call.cancel("closed", null);
    grpc.close();
  }

  private final class Answered extends ClientCall.Listener<Integer> {
    private long probesAnswered;

    @Override
    public void onMessage(Integer replies) {
      int left = replies;
      while (left > 0 && probesAnswered < probes) {
        probesAnswered++;
        left--;
      }
      answers.answered(left, Times.micros());
      call.request(1);
    }

    @Override
    public void onReady() {
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end(grpc.ended(status, trailers));
    }
  }

  /** What is sent, serialized already. */
  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException("it is sent alone");
    }
  }

  /** Counts replies. */
  private static final class Replies implements MethodDescriptor.Marshaller<Integer> {
    @Override
    public InputStream stream(Integer replies) {
      throw new UnsupportedOperationException("servers send them");
    }

    @Override
    public Integer parse(InputStream stream) {
      try {
        int replies = 0;
        var in = CodedInputStream.newInstance(stream);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
          if (WireFormat.getTagFieldNumber(tag) != PublishReplies.REPLIES_FIELD_NUMBER) {
            in.skipField(tag);
            continue;
          }
          int limit = in.pushLimit(in.readRawVarint32());
          for (int field = in.readTag(); field != 0; field = in.readTag()) {
            if (WireFormat.getTagFieldNumber(field) == PublishReply.ERROR_FIELD_NUMBER) {
              in.pushLimit(in.readRawVarint32());
              throw refused(Error.parseFrom(in));
            }
            in.skipField(field);
          }
          in.popLimit(limit);
          replies++;
        }
        return replies;
      } catch (IOException e) {
        throw Status.INTERNAL
            .withDescription("the server sent what is no answer")
            .withCause(e)
            .asRuntimeException();
      }
    }

    private static StatusRuntimeException refused(Error error) {
      return Status.ABORTED
          .withDescription(error.getCode() + " " + error.getMessage())
          .asRuntimeException();
    }
  }
}

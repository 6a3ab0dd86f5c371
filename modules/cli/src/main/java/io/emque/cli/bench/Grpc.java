package io.emque.cli.bench;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.emque.api.spi.ServerAddress;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.EOFException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC connection. It is read by system threads, as gRPC does by itself: on a busy machine it
 * gives up a handshake whose virtual thread does not run within a second.
 */
final class Grpc implements AutoCloseable {
  private static final String BODY = "DATA-----------------------------\n"; // the library's
  private static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Target target;
  private final ManagedChannel channel;

  Grpc(ServerAddress server, Target target) {
    this.target = target;
    String host = server.ip() == null ? server.host() : server.ip().getHostAddress();
    var builder =
        OkHttpChannelBuilder.forAddress(
                host.indexOf(':') < 0 ? host : "[" + host + "]", server.port())
            .overrideAuthority(server.authority())
            .directExecutor()
            .disableRetry()
            .maxInboundMessageSize(Integer.MAX_VALUE);
    if (server.tls()) {
      builder.sslSocketFactory(target.ssl().getSocketFactory());
      if (!target.verifyHost()) {
        builder.hostnameVerifier((name, session) -> true);
      }
    } else {
      builder.usePlaintext();
    }
    this.channel = builder.build();
  }

  <Q, R> ClientCall<Q, R> call(MethodDescriptor<Q, R> method) {
    return channel.newCall(method, CallOptions.DEFAULT);
  }

  <Q, R> R unary(MethodDescriptor<Q, R> method, Q request) {
    var options = CallOptions.DEFAULT.withDeadlineAfter(target.timeoutMillis(), MILLISECONDS);
    return ClientCalls.blockingUnaryCall(
        new SimpleForwardingClientCall<>(channel.newCall(method, options)) {
          @Override
          public void start(Listener<R> listener, Metadata given) {
            given.merge(headers());
            super.start(listener, given);
          }
        },
        request);
  }

  Metadata headers() {
    var headers = new Metadata();
    if (target.token() != null) {
      headers.put(AUTHORIZATION, "Bearer " + target.token());
    }
    return headers;
  }

  /** Why a call ended, in one line. */
  IOException ended(Status status, @Nullable Metadata trailers) {
    if (status.isOk()) {
      return new EOFException("ended by the server");
    }
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      return Wire.late(target);
    }
    String code = trailers == null ? null : trailers.get(ERROR);
    String text = status.getDescription() == null ? "" : status.getDescription();
    if (text.contains(BODY)) { // no answer of gRPC
      text = text.substring(text.lastIndexOf(BODY) + BODY.length()).strip();
    }
    Throwable cause = status.getCause();
    String why = cause == null || cause.getMessage() == null ? "" : cause.getMessage();
    return new IOException(
        (code == null ? status.getCode().toString() : code)
            + (text.isEmpty() ? "" : ": " + text)
            + (why.isEmpty() || text.contains(why) ? "" : ": " + why));
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}

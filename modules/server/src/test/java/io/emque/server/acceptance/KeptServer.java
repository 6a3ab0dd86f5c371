package io.emque.server.acceptance;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A server of gRPC that answers as it is kept, whatever it is asked: the first message of a call
 * with the replies of the first call of that method, the second with those of the second.
 */
final class KeptServer implements AutoCloseable {
  private final Server server;

  KeptServer(List<KeptCall> calls) throws IOException {
    var registry =
        new HandlerRegistry() {
          @Override
          public ServerMethodDefinition<?, ?> lookupMethod(String method, String authority) {
            var same = calls.stream().filter(call -> call.method().equals(method)).toList();
            return same.isEmpty()
                ? null
                : ServerMethodDefinition.create(
                    KeptCall.descriptor(method), (call, headers) -> answer(call, same));
          }
        };
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .fallbackHandlerRegistry(registry)
            .build()
            .start();
  }

  private static ServerCall.Listener<byte[]> answer(
      ServerCall<byte[], byte[]> call, List<KeptCall> kept) {
    call.sendHeaders(new Metadata());
    call.request(kept.size());
    return new ServerCall.Listener<>() {
      private int messages;

      @Override
      public void onMessage(byte[] message) {
        kept.get(messages++).replies().forEach(call::sendMessage);
      }

      @Override
      public void onHalfClose() {
        if (!call.getMethodDescriptor().getFullMethodName().contains("Subscribe")) {
          call.close(Status.OK, new Metadata());
        }
      }
    };
  }

  int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}

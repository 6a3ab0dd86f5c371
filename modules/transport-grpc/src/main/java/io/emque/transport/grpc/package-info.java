/** gRPC over the port of HTTP. Start at {@link io.emque.transport.grpc.GrpcTransport}. */
package io.emque.transport.grpc;

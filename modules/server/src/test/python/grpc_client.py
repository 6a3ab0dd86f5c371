"""grpcio against the original's service and health, without generated code: an independent look at the bytes.

Arguments: host:port, and a file with the server's certificate or nothing for plaintext.
"""

import os
import sys
import threading

import grpc

COUNT = 2000


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, content):
    """A length-delimited field of a protobuf message; nothing when it is empty."""
    return bytes([number << 3 | 2]) + varint(len(content)) + content if content else b""


def same(actual, expected, what):
    if actual != expected:
        print(f"FAILED: {what}: {actual!r} instead of {expected!r}")
        sys.exit(1)


def channel(arguments):
    options = [("grpc.max_receive_message_length", -1), ("grpc.ssl_target_name_override", "localhost")]
    if len(arguments) == 1:
        return grpc.insecure_channel(arguments[0], options)
    with open(arguments[1], "rb") as certificate:
        return grpc.secure_channel(arguments[0], grpc.ssl_channel_credentials(certificate.read()), options)


def give_up():
    print("FAILED: nothing more came", flush=True)
    os._exit(1)


def main(arguments):
    deadline = threading.Timer(40, give_up)
    deadline.daemon = True
    deadline.start()
    with channel(arguments) as to:
        health = to.unary_unary("/grpc.health.v1.Health/Check")
        same(health(b"", timeout=20), b"\x08\x01", "health")

        pub = to.unary_unary("/mq.MQ/Pub")
        stream = to.unary_stream("/mq.MQ/Sub")(field(1, b"python"))
        stream.initial_metadata()  # by now the subscription stands
        for i in range(COUNT):
            same(pub(field(1, b"python") + field(2, str(i).encode())), b"", "answer")
        for i in range(COUNT):
            same(next(stream), field(1, str(i).encode()), f"message {i}")
        stream.cancel()

        try:
            pub(field(2, b"no topic"))
            same("answered", "refused", "publish without a topic")
        except grpc.RpcError as refused:
            same(refused.code(), grpc.StatusCode.INVALID_ARGUMENT, "status")
            same(dict(refused.trailing_metadata()).get("emque-error"), "TOPIC_REQUIRED", "trailer")

        try:
            to.unary_unary("/emque.v1.Emque/Publish")(b"\xff\xff\xff")
            same("answered", "refused", "bytes that are no message")
        except grpc.RpcError as refused:
            same(refused.code(), grpc.StatusCode.INTERNAL, "status of bytes that are no message")
    print(f"PASSED: {COUNT} messages in order by grpcio {grpc.__version__}")


main(sys.argv[1:])

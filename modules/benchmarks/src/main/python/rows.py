"""What is measured: one row a shape of work, the same for every server that can do it."""
import dataclasses

BROKERS = ["redis", "nats", "nchan", "emque"]
WITH_FLOOR = ["floor", *BROKERS]
HTTP = ["nchan", "emque"]
LARGE = ["floor", "redis", "nats", "emque"]  # nchan closes a WebSocket that sends it 64 KiB in a frame
OWN = {"redis": "redis", "nats": "nats"}  # protocols of psload; all others speak WebSocket


class Unknown(Exception):
    pass


@dataclasses.dataclass
class Row:
    """
    kind: cpu (per delivered message, or per published one where nobody subscribes), latency, last or memory.
    x: where the point stands on its group's plot.
    """

    group: str
    name: str
    title: str
    load: str  # options of psload
    columns: list
    kind: str = "cpu"
    protocol: str = "ws"
    tls: bool = False
    x: float | None = None

    def options(self, server, scale):
        """psload's options for one server. Only large numbers of subscribers and topics are scaled."""
        words = self.load.split()
        if scale != 1:
            for i, word in enumerate(words[:-1]):
                if word in ("-n", "-T") and int(words[i + 1]) > 100:
                    words[i + 1] = str(max(100, int(int(words[i + 1]) * scale)))
        protocol = OWN.get(server.column, self.protocol)
        return ["-P", protocol, *(word for word in words if not (word == "-H" and protocol in OWN.values()))]


def fan_out():
    yield Row("fanout", "fanout-100", "1 → 100, window of 1,000", "-n 100 -w 1000", WITH_FLOOR)
    yield Row("fanout", "fanout-1000", "1 → 1,000, window of 1,000", "-n 1000 -w 1000", WITH_FLOOR)
    yield Row("fanout", "one-to-one", "1 → 1, window of 20,000", "-n 1 -w 20000", WITH_FLOOR)
    yield Row("fanout", "fanout-100-tls", "1 → 100, TLS", "-n 100 -w 1000", BROKERS, tls=True)
    yield Row("fanout", "fanout-1000-tls", "1 → 1,000, TLS", "-n 1000 -w 1000", BROKERS, tls=True)
    yield Row("fanout", "one-to-one-tls", "1 → 1, TLS", "-n 1 -w 20000", BROKERS, tls=True)


def sizes():
    shapes = [(16, "16 B", 1000, 20000), (1024, "1 KiB", 1000, 20000), (65536, "64 KiB", 32, 256)]
    for size, name, window, one_window in shapes:
        columns = LARGE if size >= 65536 else WITH_FLOOR
        yield Row("sizes", f"fanout-100-{size}", f"1 → 100, {name}", f"-n 100 -s {size} -w {window}", columns)
        yield Row("sizes", f"one-to-one-{size}", f"1 → 1, {name}", f"-n 1 -s {size} -w {one_window}", columns)


def streams():
    for tls in (False, True):
        end, words = ("-tls", ", TLS") if tls else ("", "")
        for protocol, name in [("sse", "SSE"), ("ndjson", "NDJSON"), ("grpc", "gRPC")]:
            columns = HTTP if protocol == "sse" else ["emque"]
            yield Row("streams", f"{protocol}-100{end}", f"{name}, 1 → 100{words}", "-n 100 -w 1000", columns,
                      protocol=protocol, tls=tls)


def posts():
    yield Row("post", "post-16", "POST, 16 connections", "-H -n 0 -k 16", HTTP)
    yield Row("post", "post-16-tls", "POST, 16 connections, TLS", "-H -n 0 -k 16", HTTP, tls=True)


def latencies():
    yield Row("latency", "latency-10", "10 subscribers, 1,000 messages a second", "-n 10 -r 1000", BROKERS, kind="latency")
    yield Row("latency", "latency-1000", "1,000 subscribers, 100 messages a second", "-n 1000 -r 100", BROKERS, kind="latency")


def lasts():
    yield Row("last", "last-9000", "one message to 9,000 idle subscribers", "-n 9000 -m 20 -L 200", BROKERS, kind="last")


def memories():
    for protocol, name, tls, columns in [
        ("ws", "WebSocket", False, BROKERS),
        ("ws", "WebSocket, TLS", True, BROKERS),
        ("sse", "SSE", False, HTTP),
        ("grpc", "gRPC", False, ["emque"]),
    ]:
        end = "-tls" if tls else ""
        yield Row("idle", f"idle-{protocol}{end}", name, "-c -n 9000", columns, kind="memory", protocol=protocol, tls=tls)


def counted(n, things):
    return f"{n:,} {things if n > 1 else things[:-1]}"


def growth():
    for n in (1, 10, 100, 1000, 9000):
        yield Row("subscribers", f"subscribers-{n}", counted(n, "subscribers"), f"-n {n} -w {min(1000, 900_000 // n)}", WITH_FLOOR, x=n)
    for n in (1, 10, 100, 1000, 10000, 50000):
        yield Row("topics", f"topics-{n}", counted(n, "topics"), f"-H -n 0 -k 16 -T {n}", BROKERS, x=n)
    sizes = [(16, "16 B", 1000), (256, "256 B", 1000), (4096, "4 KiB", 256), (65536, "64 KiB", 32), (1 << 20, "1 MiB", 4)]
    for n, name, window in sizes:
        columns = LARGE if n >= 65536 else WITH_FLOOR
        yield Row("payload", f"payload-{n}", name, f"-n 10 -s {n} -w {window}", columns, x=n)
    for n in (1, 10, 100, 1000):
        yield Row("publishers", f"publishers-{n}", counted(n, "publishers"), f"-n 10 -k {n} -w 1000", WITH_FLOOR, x=n)


# Memory comes first: it wants servers that have done nothing yet.
ALL = [*memories(), *fan_out(), *sizes(), *streams(), *posts(), *latencies(), *lasts(), *growth()]


def choose(text):
    """Rows by the names of rows, of groups, or `growth` for the four groups of plots."""
    if text == "all":
        return ALL
    wanted = set()
    for word in text.split(","):
        names = {row.name for row in ALL if word in (row.name, row.group) or (word == "growth" and row.x is not None)}
        if not names:
            raise Unknown(f"there are no rows {word}; --list names them")
        wanted |= names
    return [row for row in ALL if row.name in wanted]

"""Brokers that keep messages on disk: publishes, replays and counts bytes, one server after the other on one disk."""
import contextlib
import re
import shutil
import socket
import subprocess
import time

SIZE = 100  # bytes of a message
WINDOW = 4096  # publishes that wait for their answers, as many as Emque's client lets
PORT = 22150
PATIENCE_SECONDS = 300


class Failed(Exception):
    pass


@contextlib.contextmanager
def serving(command):
    """A server on PORT, ended when the block ends."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT), 1):
                break
            if process.poll() is not None:
                raise Failed(f"{command[0]} ended with {process.returncode}")
            time.sleep(0.05)
        else:
            raise Failed(f"{command[0]} does not answer on port {PORT}")
        yield
    finally:
        process.terminate()
        process.wait(60)


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout + done.stderr


def per_second(text):
    return float(re.findall(r"([\d.]+)/s", text)[-1])


def timed(count, work):
    began = time.monotonic()
    work()
    return count / (time.monotonic() - began)


def bytes_of(folder):
    return int(run("du", "-sk", folder).split()[0]) * 1024


class Emque:
    """Publishes over one WebSocket of `emque.v1`; read back by one plain HTTP request after a restart."""

    def __init__(self, image, classes, sync):
        self.binary, self.sync, self.title = image / "bin/emque", sync, f"Emque, `--sync={sync}`"
        self.client = [image / "runtime/bin/java", "-cp", classes, "io.emque.benchmarks.EmqueV1", PORT]

    def there(self):
        return self.binary.exists()

    def measure(self, work, count):
        data = work / "data"
        server = [str(self.binary), f"--address=127.0.0.1:{PORT}", "--tls=off", "--access_log=off", "--persist",
                  f"--data_dir={data}", "--disk_free=1MiB", f"--sync={self.sync}"]
        to = f"--servers=http://127.0.0.1:{PORT}"
        with serving(server):
            run(*self.client, "warm", count, SIZE, WINDOW)
            run(self.binary, "topics", "rm", "warm", to)
            published = per_second(self.publish(work, count, to))
        with serving(server):
            replayed = timed(count, lambda: self.replay(count * SIZE))
        return published, replayed, bytes_of(data) / count

    def publish(self, work, count, to):
        return run(*self.client, "foo", count, SIZE, WINDOW)

    @staticmethod
    def replay(expected):
        with socket.create_connection(("127.0.0.1", PORT), PATIENCE_SECONDS) as connection:
            connection.sendall(b"GET /sub?topic=foo&from=earliest&format=raw HTTP/1.1\r\nHost: localhost\r\n\r\n")
            got = 0
            while got < expected:  # and some bytes of chunks' heads, at most one of a hundred
                part = connection.recv(1 << 18)
                if not part:
                    raise Failed(f"the replay ended after {got} bytes")
                got += len(part)


class EmqueCommand(Emque):
    """`emque pub --file`, a Java program that has just started."""

    def __init__(self, image, classes, sync):
        super().__init__(image, classes, sync)
        self.title += ", published by `emque pub`"

    def publish(self, work, count, to):
        lines = work / "lines"
        lines.write_text(("x" * SIZE + "\n") * count)
        return run(self.binary, "pub", "foo", f"--file={lines}", to)


class JetStream:
    """Publishes with acknowledgements, and a push consumer; forces the disk every two minutes unless told otherwise."""

    title = "NATS JetStream, file storage"

    def __init__(self, java, classes):
        self.client = [java, "-cp", classes, "io.emque.benchmarks.JetStream", PORT]

    def there(self):
        return shutil.which("nats-server") is not None

    def measure(self, work, count):
        data = work / "data"
        conf = work / "nats.conf"
        conf.write_text(f'port: {PORT}\njetstream {{ store_dir: "{data}" }}\n')
        with serving(["nats-server", "-c", str(conf)]):
            published = per_second(run(*self.client, "publish", count, SIZE, WINDOW))
            replayed = per_second(run(*self.client, "replay", count, SIZE, WINDOW))
        return published, replayed, bytes_of(data) / count


class Redis:
    """XADD in pipelines by redis-benchmark, XRANGE of all."""

    def __init__(self, sync):
        self.sync, self.title = sync, f"Redis streams, `appendfsync {sync}`"

    def there(self):
        return shutil.which("redis-server") is not None and shutil.which("redis-benchmark") is not None

    def measure(self, work, count):
        data = work / "data"
        data.mkdir()
        server = ["redis-server", "--port", str(PORT), "--dir", str(data), "--save", "",
                  "--appendonly", "yes", "--appendfsync", self.sync]
        with serving(server):
            text = run("redis-benchmark", "-p", PORT, "-c", "1", "-P", WINDOW, "-n", count, "-q",
                       "XADD", "foo", "*", "p", "x" * SIZE)
            published = float(re.findall(r"([\d.]+) requests per second", text)[-1])
            replayed = timed(count, lambda: run("redis-cli", "-p", PORT, "XRANGE", "foo", "-", "+"))
        return published, replayed, bytes_of(data) / count


def all_of(image, classes):
    """Each with the share of the messages that it gets: what forces the disk takes longer."""
    java = image / "runtime/bin/java"
    return [
        (Emque(image, classes, "os"), 1), (EmqueCommand(image, classes, "os"), 1), (JetStream(java, classes), 1), (Redis("everysec"), 1),
        (Emque(image, classes, "group"), 1), (Emque(image, classes, "always"), 0.3), (Redis("always"), 0.3),
    ]


def check_port():
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT), 1):
        raise Failed(f"something listens on port {PORT} already")

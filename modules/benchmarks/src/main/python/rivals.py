"""The servers to measure: what they are called, where they listen, which processes they are."""
import os
import pathlib
import platform
import re
import shutil
import subprocess

COLUMNS = ["floor", "redis", "nats", "nchan", "emque"]
NAMES = ["floor", "emque", "emque-tls", "redis", "redis-tls", "nats", "nats-tls", "nchan", "nchan-tls"]
TITLES = {"floor": "floor", "redis": "Redis", "nats": "NATS", "nchan": "nchan", "emque": "Emque"}


class Missing(Exception):
    pass


class Server:
    """One running server. `name` is that of its column, with -tls behind it where it speaks TLS."""

    def __init__(self, name, port, pids):
        if name not in NAMES:
            raise Missing(f"there is no server {name}; one of {', '.join(NAMES)}")
        self.name, self.port, self.pids = name, int(port), pids
        self.column = name.removesuffix("-tls")
        self.tls = name.endswith("-tls")

    def alive(self):
        return all(pathlib.Path(f"/proc/{pid}").exists() for pid in self.pids.split(","))

    def is_java(self):
        return os.path.basename(os.readlink(f"/proc/{self.pids.split(',')[0]}/exe")) == "java"


class Rivals:
    def __init__(self, options):
        self.options = options
        self.from_file = not options.server
        self.read()

    def read(self):
        if self.from_file:
            if not self.options.rivals.exists():
                raise Missing(f"{self.options.rivals} is not there; run start-rivals, or name servers with --server")
            entries = [line.split() for line in self.options.rivals.read_text().splitlines()]
        else:
            entries = [text.split(":") for text in self.options.server]
        for entry in entries:
            if len(entry) != 3:
                raise Missing(f"a server is NAME:PORT:PID, not {':'.join(entry)}")
        servers = [Server(*entry) for entry in entries]
        dead = [server.name for server in servers if not server.alive()]
        if dead:
            raise Missing(f"not running any more: {', '.join(dead)}; run start-rivals again")
        self.servers = {server.name: server for server in servers}

    def of(self, row):
        """The servers that a row is about and that are there, in the order of the columns."""
        suffix = "-tls" if row.tls else ""
        names = [column + suffix for column in COLUMNS if column in row.columns]
        return [self.servers[name] for name in names if name in self.servers]

    def restarted(self, server):
        """The server anew where that is possible: only start-rivals knows how."""
        if not self.from_file:
            return server
        subprocess.run([*self.options.restart.split(), server.name], check=True, stdout=subprocess.DEVNULL)
        self.read()
        return self.servers[server.name]


def jcmd():
    """Collects a JVM's garbage: the tool of any JDK."""
    for home in [os.environ.get("JAVA_HOME"), *sorted(map(str, pathlib.Path("/usr/lib/jvm").glob("*25*")))]:
        if home and os.access(f"{home}/bin/jcmd", os.X_OK):
            return f"{home}/bin/jcmd"
    found = shutil.which("jcmd")
    if not found:
        raise Missing("memory is read after a collection, and there is no jcmd; set JAVA_HOME to a JDK")
    return found


def machine():
    """What the figures depend on, to be named beside them."""
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "cpu": cpu.group(1).strip() if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory.group(1)) / (1 << 20)) if memory else None,
        "kernel": platform.release(),
        "versions": versions(),
    }


def versions():
    found = {}
    for name, command, pattern in [
        ("redis", ["redis-server", "--version"], r"v=([\d.]+)"),
        ("nats", ["nats-server", "--version"], r"v([\d.]+)"),
        ("nchan", ["dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan"], r"([\d.]+)\+"),
    ]:
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError:
            continue
        match = re.search(pattern, done.stdout + done.stderr)
        if match:
            found[name] = match.group(1)
    return found

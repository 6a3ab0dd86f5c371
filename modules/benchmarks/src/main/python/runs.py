"""Runs the load: interleaved rounds, each warmed up, one server after the other."""
import datetime
import subprocess
import sys

import rivals


class Failed(Exception):
    pass


class Runs:
    def __init__(self, psload, servers, options):
        if not psload.exists():
            raise Failed(f"{psload} is not there; run make -C src/main/c")
        self.psload, self.servers, self.options = psload, servers, options
        self.machine = rivals.machine()

    def measure(self, row):
        """Results of all rounds of a row, as they go into the file. None when no server of the row is there."""
        measured = []
        servers = self.servers.of(row)
        for number in range(self.options.rounds):
            for server in servers:
                result = self.round(row, server, first=number == 0)
                if result:
                    measured.append({
                        "row": row.name, "server": server.column, "round": number + 1,
                        "scale": self.options.scale, "figures": result,
                        "at": datetime.datetime.now().isoformat(timespec="seconds"), "machine": self.machine,
                    })
        return measured

    def round(self, row, server, first):
        words = row.options(server, self.options.scale)
        if row.kind == "memory":
            server = self.servers.restarted(server)
            collect = f"{rivals.jcmd()} {server.pids} GC.run >/dev/null" if server.is_java() else ":"
            few = [*words, "-n", "200"]
            self.run(server, few)  # so that code is loaded, and not counted
            return self.say(row, server, self.run(server, [*words, "-G", collect]))
        if row.kind == "last":
            return self.say(row, server, self.run(server, words))
        warmup = self.options.warmup * (4 if first else 1)
        seconds = self.options.seconds * (5 if row.kind == "latency" else 1)  # the worst of a thousand takes thousands
        self.run(server, [*words, "-D", str(warmup)])
        return self.say(row, server, self.run(server, [*words, "-D", str(seconds)]))

    def run(self, server, words):
        command = [str(self.psload), *words, "-p", str(server.port), "-I", server.pids, "-d", "120"]
        if server.tls:
            command.append("-t")
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired:
            done = subprocess.CompletedProcess(command, 124, "", "does not end")
        if done.returncode == 0 and done.stdout:
            return {key: float(value) for key, value in (pair.split("=") for pair in done.stdout.split())}
        print(f"compare: {' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}", file=sys.stderr)
        if not server.alive():
            raise Failed(f"{server.name} has gone")
        return None

    @staticmethod
    def say(row, server, figures):
        if figures:
            keys = {"cpu": ["us_cpu_per_msg", "pub_per_s"], "latency": ["p50_us", "p99_us", "p999_us"],
                    "last": ["last_p50_us", "last_max_us"], "memory": ["kb_per_conn"]}[row.kind]
            faults = [key for key in ("lost", "reorder", "closed", "errors", "bad") if figures.get(key)]
            print(f"{row.name:20} {server.name:10}", *(f"{key}={figures[key]:g}" for key in keys + faults), flush=True)
        return figures

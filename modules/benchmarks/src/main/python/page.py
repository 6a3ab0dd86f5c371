"""The page of figures: tables and plots, made from the results alone."""
import plots
import rivals

HEAD = """# Performance: the figures

Written by `modules/benchmarks/compare`; what is changed here by hand is lost. [How they come about](performance.md) and
[how to repeat them](../../modules/benchmarks/README.md) stand elsewhere.

All servers did the same work on one machine, in turn, round by round; each figure is the median of its rounds. **CPU** is
the server's own, user and system, from `/proc/PID/stat`, for each delivered message, so that it does not matter that the
load runs on the same machine. *Floor* is a C program that hands frames from one socket to all others with one `send` per
read: what the kernel alone charges. Payloads have 100 bytes and everything is plaintext where nothing else is said; Redis
and NATS speak their own protocols, nchan and Emque WebSocket. Smaller is better but for messages per second. Every message
was checked for order and loss.
"""
X_NAMES = {16: "16 B", 256: "256 B", 4096: "4 KiB", 65536: "64 KiB", 1048576: "1 MiB"}
BROKERS = ["nats", "redis"]  # of which Emque wants to be no worse
GROWTH = [
    ("subscribers", "CPU per delivered message by subscribers of one topic, µs", "subscribers", BROKERS, ""),
    ("topics", "CPU per published message by topics, nobody subscribed, µs", "topics", ["nchan"],
     "nchan and Emque are given HTTP requests, 16 at a time; Redis and NATS up to 1,000 messages by their own protocols, so"
     " that here the slopes are to be compared, not the heights."),
    ("payload", "CPU per delivered message by payload, 10 subscribers, µs", "payload", BROKERS, ""),
    ("publishers", "CPU per delivered message by publishers of one topic, 10 subscribers, µs", "publishers", BROKERS, ""),
]


def write(folder, rows, results):
    page = Page(folder / "performance", rows, results)
    (folder / "performance-figures.md").write_text(HEAD + "".join(page.sections()) + page.foot())


def figure(value):
    """Three digits that count."""
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 or value == 0 else f"{value:.5f}"


def ratio(one, other):
    return figure(round(one / other, 2)) if one is not None and other else ""


class Page:
    def __init__(self, plots_folder, rows, results):
        self.folder, self.rows, self.results = plots_folder, rows, results
        self.folder.mkdir(parents=True, exist_ok=True)
        self.faults = []

    def sections(self):
        yield self.cpu("Fan-out", ["fanout", "sizes"], "Microseconds of CPU per delivered message.", "fan-out",
                       "Server CPU per delivered message, µs")
        yield self.cpu("Streams over HTTP", ["streams"], "Microseconds of CPU per delivered message; published by WebSocket.",
                       None, None, ["nchan"])
        yield self.posts()
        yield self.latencies()
        yield self.lasts()
        yield self.memories()
        yield self.growth()

    # ---- tables

    def of(self, *groups):
        return [row for row in self.rows if row.group in groups and self.results.of(row)]

    def columns(self, rows):
        return [c for c in rivals.COLUMNS if any(self.results.of(row, c) for row in rows)]

    def cell(self, row, column, key, scale=1):
        value = self.results.median(row, column, key)
        if value is None:
            return ""
        faults = self.results.faults(row, column)
        mark = ""
        if faults:
            note = f"{row.title}, {rivals.TITLES[column]}: " + ", ".join(f"{k} {v:,.0f}" for k, v in faults.items())
            if note not in self.faults:
                self.faults.append(note)
            mark = f" [{self.faults.index(note) + 1}]"
        return figure(value * scale) + mark

    def table(self, rows, cells, heads):
        lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
        lines += [f"| {row.title} | " + " | ".join(cells(row)) + " |" for row in rows]
        return "\n".join(lines) + "\n"

    def cpu_table(self, rows, alike=BROKERS):
        columns = self.columns(rows)
        key = "us_cpu_per_msg"
        against = [c for c in alike if c in columns and "emque" in columns]

        def cells(row):
            own = self.results.median(row, "emque", key)
            return [self.cell(row, c, key) for c in columns] + [ratio(own, self.results.median(row, c, key)) for c in against]

        titles = rivals.TITLES
        return self.table(rows, cells, [titles[c] for c in columns] + [f"Emque / {titles[c]}" for c in against])

    def cpu(self, title, groups, words, plot, plot_title, alike=BROKERS):
        rows = self.of(*groups)
        if not rows:
            return ""
        text = f"\n## {title}\n\n{words}\n\n{self.cpu_table(rows, alike)}"
        if plot:
            picture = [(row.title, self.values(row, ["us_cpu_per_msg"])) for row in rows]
            text += self.plot(plot, plot_title, plots.dots(plot_title, "µs", picture, rivals.TITLES))
        return text

    def values(self, row, keys):
        found = {}
        for column in rivals.COLUMNS:
            values = [self.results.median(row, column, key) for key in keys]
            if all(v for v in values):
                found[column] = values
        return found

    def plot(self, name, title, svg):
        (self.folder / f"{name}.svg").write_text(svg)
        return f"\n![{title}](performance/{name}.svg)\n"

    def posts(self):
        rows = self.of("post")
        columns = self.columns(rows)

        def cells(row):
            return [self.cell(row, c, key) for c in columns for key in ("pub_per_s", "us_cpu_per_msg")]

        heads = [f"{rivals.TITLES[c]} {what}" for c in columns for what in ("per second", "µs of CPU")]
        return rows and f"\n## HTTP POST\n\nKeep-alive, one request in flight on each connection, nobody subscribed.\n\n{self.table(rows, cells, heads)}" or ""

    def latencies(self):
        rows = self.of("latency")
        if not rows:
            return ""
        columns = self.columns(rows)
        keys = ["p50_us", "p99_us", "p999_us"]

        def cells(row):
            return [" / ".join(self.cell(row, c, key) for key in keys) for c in columns]

        title = "Latency, µs: median to 99.9th percentile"
        picture = [(row.title.replace(" messages", ""), self.values(row, keys)) for row in rows]
        return (
            "\n## Latency\n\nMicroseconds from when a message was due to its delivery, at the 50th, 99th and 99.9th percentile"
            f" of all deliveries; messages come at their rate whatever has been delivered.\n\n"
            f"{self.table(rows, cells, [rivals.TITLES[c] for c in columns])}"
            + self.plot("latency", title, plots.dots(title, "µs", picture, rivals.TITLES))
        )

    def lasts(self):
        rows = self.of("last")
        columns = self.columns(rows)

        def cells(row):
            return [f"{self.cell(row, c, 'last_p50_us', 1e-3)} / {self.cell(row, c, 'last_max_us', 1e-3)}" if self.results.of(row, c) else "" for c in columns]

        return rows and (
            "\n## Waking idle subscribers\n\nMilliseconds until the last subscriber has a message, median and worst of twenty, the"
            f" load's own reading included.\n\n{self.table(rows, cells, [rivals.TITLES[c] for c in columns])}"
        ) or ""

    def memories(self):
        rows = self.of("idle")
        columns = self.columns(rows)

        def cells(row):
            return [self.cell(row, c, "kb_per_conn") for c in columns]

        return rows and (
            "\n## Memory\n\nKilobytes that a process grows by with each of 9,000 idle subscribers, in a server just started, after a"
            f" collection where there is one.\n\n{self.table(rows, cells, [rivals.TITLES[c] for c in columns])}"
        ) or ""

    # ---- growth

    def growth(self):
        text = ""
        for group, title, x_title, alike, words in GROWTH:
            rows = self.of(group)
            if not rows:
                continue
            series = {}
            for row in rows:
                for column, (value,) in self.values(row, ["us_cpu_per_msg"]).items():
                    series.setdefault(column, []).append((row.x, value))
            svg = plots.curves(title, x_title, series, rivals.TITLES, lambda x: X_NAMES.get(x) or plots.number(x))
            words = words and f"\n{words}\n"
            text += f"\n### {title.removesuffix(', µs')}\n{words}{self.plot(group, title, svg)}\n{self.cpu_table(rows, alike)}"
        return text and "\n## As work grows\n\nWhat a message costs should not depend on how much there is of anything else.\n" + text

    # ---- foot

    def foot(self):
        lines = []
        if self.faults:
            lines += ["\n## What went wrong\n", *(f"{i}. {note}" for i, note in enumerate(self.faults, 1))]
        lines.append("\n## Machine\n")
        for machine, day in self.results.machines():
            versions = ", ".join(f"{rivals.TITLES[name]} {version}" for name, version in machine["versions"].items())
            lines.append(f"- {day}: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Linux {machine['kernel']}; {versions}")
        rounds = sorted({self.results.rounds(row) for row in self.rows if self.results.of(row)})
        if rounds:
            lines.append(f"\nRounds: {' to '.join(str(r) for r in sorted({rounds[0], rounds[-1]}))}. Raw: [results.jsonl](performance/results.jsonl).")
        if any(record["scale"] != 1 for record in self.results.records):
            lines.append("\n**A trial: numbers of subscribers or topics were scaled.**")
        return "\n".join(lines) + "\n"

"""The file of results: JSON lines, one a run. A row measured again replaces what was there of it."""
import json
import statistics


class Results:
    def __init__(self, path):
        self.path = path
        self.records = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def replace(self, row, measured):
        if not measured:
            return
        self.records = [record for record in self.records if record["row"] != row.name] + measured
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(record, sort_keys=True) for record in self.records)
        self.path.write_text("".join(line + "\n" for line in lines))

    def of(self, row, column=None):
        return [r for r in self.records if r["row"] == row.name and (column is None or r["server"] == column)]

    def median(self, row, column, key):
        """None where nothing was measured."""
        values = [r["figures"][key] for r in self.of(row, column) if key in r["figures"]]
        return statistics.median(values) if values else None

    def rounds(self, row):
        return max((r["round"] for r in self.of(row)), default=0)

    def faults(self, row, column):
        """What went wrong in any round: {key: sum}."""
        sums = {}
        for record in self.of(row, column):
            for key in ("lost", "reorder", "closed", "errors", "bad"):
                if record["figures"].get(key):
                    sums[key] = sums.get(key, 0) + record["figures"][key]
        return sums

    def machines(self):
        """Each machine once, with the day it was last used."""
        found = {}
        for record in self.records:
            key = json.dumps(record["machine"], sort_keys=True)
            found[key] = max(found.get(key, ""), record["at"][:10])
        return [(json.loads(key), day) for key, day in found.items()]

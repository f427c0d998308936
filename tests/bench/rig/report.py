"""What a run of the matrix says: Markdown, charts, the record, and what changed since the last one."""

import json
import math
import time

from rig import REPOSITORY, charts, figures, machine, rounds, tables

OVERVIEW = ("1", "16", "64", "512", "1000", "new", "tls-64", "http2", "mixed")
BARS = {
    "throughput": ("Throughput", "requests per second", "rate"),
    "cpu": ("Processor time of the server", "us per request", "cpu"),
    "switches": ("Context switches of the server", "per request", "switches"),
    "p99": ("Slowest hundredth", "ms", "p99"),
}
LINES = {"threads": "threads of a child", "conns": "connections"}
COMPARED = ("rate", "cpu", "switches", "p99", "memory", "done", "worst", "own")
NOTABLE = 0.03


class Report:
    """Made before the measurements, while the source is that of the module. measured, from the name of a load to its
    rounds, and trouble are filled in by them."""

    def __init__(self, options, goals):
        self.options, self.goals = options, goals
        self.measured, self.trouble = {}, rounds.Trouble()
        self.machine = machine.described() | machine.versions(options) | {"source": machine.commit(REPOSITORY)}
        self._stolen = machine.processor_times()[1]

    @property
    def loads(self):
        return [load for load in self.options.loads if self.measured.get(load.name)]

    def markdown(self, last):
        parts = [self._machine(), self._goals(), self._noise(), self._loads(), self._profiles(),
                 self._missing("Failed", self.trouble.failed), self._missing("Left out", self.trouble.left_out),
                 self._changes(last)]  # fmt: skip
        return "\n".join(line for part in parts for line in [*part, ""])

    def _machine(self):
        yield "## Machine and run"
        yield ""
        options = self.options
        often = f"{options.pairs} rounds of {options.seconds} s, {options.warmup} s before each"
        yield f"{time.strftime('%Y-%m-%d')}; {often}; AsyncRequestWorkerFactor {options.factor}."
        yield ""
        yield from tables.markdown(("What", "Which"), self.machine.items())

    def _goals(self):
        yield "## The nine figures"
        yield ""
        yield from tables.markdown(("Figure", "Goal", "Seen", "Least to most", "Reached"), map(self._goal, self.goals))

    def _goal(self, goal):
        seen = goal.seen(self.measured)
        shown = ["", ""]
        if seen:
            range_seen = f"{goal.form.format(seen.least)} to {goal.form.format(seen.most)}"
            shown = [goal.written(goal.counts(seen)), range_seen]
        return [f"{goal.figure}. {goal.says}", goal.bound(), *shown, self._verdict(goal, seen)]

    def _verdict(self, goal, seen):
        """The rounds that went well say nothing for who failed in another."""
        if goal.needs() & self.trouble.failed.keys():
            return "**no** (failed)"
        if not seen:
            return "not measured"
        return "yes" if goal.reached(seen) else "**no**"

    def _noise(self):
        """What the same measurement differs by from itself, and what else the machine did."""
        yield "## How noisy the machine was"
        yield ""
        runs = [run for found in self.measured.values() for results in found for run in results.values()]
        for key, says, unit in (("others", "other work before the measurements", "% of the processors"),
                                ("spin", "a fixed computation", "ms")):  # fmt: skip
            found = figures.Spread.of(run[key] for run in runs if key in run)
            if found:
                yield f"- {says}: {found.median:.1f} {unit} (from {found.least:.1f} to {found.most:.1f})"
        scattered = {}
        for load in self.loads:
            for name in tables.servers_of(self.measured[load.name]):
                found = figures.values(self.measured[load.name], name, load.metrics[0].key)
                scattered[f"{name} under {load.name}"] = figures.scatter(found)
        if scattered and self.options.pairs > 1:
            worst = max(scattered, key=scattered.get)
            middle = figures.Spread.of(scattered.values()).median
            yield (f"- a server's first figure differs from its own median by {100 * middle:.1f} % (the median of all; "
                   f"most: {100 * scattered[worst]:.1f} %, {worst})")  # fmt: skip
        if stolen := machine.processor_times()[1] - self._stolen:
            yield f"- a hypervisor kept {stolen:.1f} s of processor time from it"

    def _loads(self):
        yield "## Each load"
        for load in self.loads:
            yield ""
            yield f"**{load.name}**: {load.says}."
            yield ""
            heads = ["server"]
            for metric in load.metrics:
                heads += [metric.head, "to stock"] if metric.rated else [metric.head]
            yield from tables.markdown(heads, self._rows(load))

    def _rows(self, load):
        for name, *cells in tables.cells(load, self.measured[load.name]):
            row = [name]
            for number, metric in enumerate(load.metrics):
                row += cells[2 * number : 2 * number + 2] if metric.rated else [cells[2 * number]]
            yield row

    def _profiles(self):
        """The module's own functions, those that took most first, in the last round."""
        listed = {load.name: self.measured[load.name][-1]["ours"]["list"] for load in self.loads
                  if "list" in self.measured[load.name][-1].get("ours", ())}  # fmt: skip
        if listed:
            yield "## The MPM's own functions, us per request"
            yield ""
            total = {}
            for found in listed.values():
                for name, cost in found.items():
                    total[name] = total.get(name, 0) + cost
            names = sorted(total, key=total.get, reverse=True)[:20]
            rows = [[f"`{name[:70]}`", *[f"{found.get(name, 0):.3f}" for found in listed.values()]] for name in names]
            yield from tables.markdown(("Function", *listed), rows)

    def _missing(self, head, found):
        if found:
            yield f"## {head}"
            yield ""
            yield from (f"- {load}, {name}: {why.splitlines()[0]}" for (load, name), why in found.items())

    def _changes(self, last):
        yield "## Since the last recorded run"
        yield ""
        if not last:
            yield "There is none."
            return
        often = f"{last['pairs']} rounds of {last['seconds']} s"
        yield f"That was {last['date']}, {last['machine'].get('source', '')}, {often}."
        if last["machine"].get("processors") != self.machine["processors"]:
            yield "It was another machine: only ratios can be compared."
        yield ""
        rows = [row for load in self.loads for row in self._changed(load, last["measured"].get(load.name, {}))]
        if rows:
            yield from tables.markdown(("Ours, to stock", "Then", "Now", "Change", "More than the noise"), rows)
        else:
            yield f"No ratio to stock has changed by more than {100 * NOTABLE:.0f} %."

    def _changed(self, load, then):
        for metric in load.metrics:
            if metric.key not in COMPARED or not metric.rated:
                continue
            now = figures.ratio(self.measured[load.name], "ours", metric.key)
            before = then.get("ours", {}).get(metric.key, {}).get("to_stock")
            if not now or not before or not before["median"]:
                continue
            change = now.median / before["median"] - 1
            if abs(change) > NOTABLE:
                apart = now.least > before["most"] or now.most < before["least"]
                yield [f"{load.name}: {metric.head}", f"{before['median']:.2f}", f"{now.median:.2f}",
                       f"{100 * change:+.0f} %", "yes" if apart else "no"]  # fmt: skip

    # ---- files ---------------------------------------------------------------------------------------------

    def charts(self):
        """From file name to SVG."""
        made = {}
        for file, (title, unit, key) in BARS.items():
            names = [name for name in OVERVIEW if self._series_of([name], key)]
            if names:
                made[f"{file}.svg"] = charts.bars(title, unit, names, self._series_of(names, key))
        for prefix, what in LINES.items():
            names = [load.name for load in self.loads if load.name.startswith(f"{prefix}-")]
            if len(names) > 1:
                points = [int(name.rpartition("-")[2]) for name in names]
                series = self._series_of(names, "own")
                made[f"{prefix}.svg"] = charts.lines(f"The MPM's own cost by {what}", "us per request", points, series)
        return made

    def _series_of(self, names, key):
        """From server to a spread, or None, for each load; without servers that have none."""
        def drawable(load, name):
            found = figures.spread(self.measured.get(load, []), name, key)
            return found if found and math.isfinite(found.most) else None

        found = {name: [drawable(load, name) for load in names] for name in charts.COLOURS}
        return {name: spreads for name, spreads in found.items() if any(spreads)}

    def record(self):
        """What later runs compare with."""
        options = self.options
        return {
            "date": time.strftime("%Y-%m-%d"),
            "machine": self.machine,
            "pairs": options.pairs,
            "seconds": options.seconds,
            "measured": {load.name: self._recorded(load) for load in self.loads},
        }

    def _recorded(self, load):
        found = self.measured[load.name]
        recorded = {}
        for name in tables.servers_of(found):
            recorded[name] = {}
            for metric in load.metrics:
                value, to_stock = figures.spread(found, name, metric.key), figures.ratio(found, name, metric.key)
                recorded[name][metric.key] = rounded(value) | ({"to_stock": rounded(to_stock)} if to_stock else {})
        return recorded

    def write(self, folder, text):
        folder.mkdir(parents=True, exist_ok=True)
        tables.write_csv(folder / "runs.csv", self.measured)
        self._tell(folder, text)

    def _tell(self, folder, text):
        (folder / "report.md").write_text(text)
        for name, svg in self.charts().items():
            (folder / name).write_text(svg)

    def keep(self, folder, text):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "last.json").write_text(json.dumps(self.record(), indent=1) + "\n")
        self._tell(folder, text)


def rounded(spread):
    return {key: float(f"{getattr(spread, key):.4g}") for key in ("median", "least", "most")}


def last_record(folder):
    path = folder / "last.json"
    return json.loads(path.read_text()) if path.exists() else None

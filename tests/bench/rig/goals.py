"""The nine figures: what is to be reached, and what was seen of it."""

import dataclasses
import operator

from rig import figures
from rig.figures import Spread

INF = float("inf")


@dataclasses.dataclass(frozen=True)
class Goal:
    """One line of a figure: `key` of `server` under `load`, by itself or against another measurement.

    against: (load, server) to compare with, within the same round. how: "ratio", or "more" for the difference. Without
    `against`, the value itself counts. worst: the worst round counts, not the median.
    """

    figure: int
    says: str
    load: str
    key: str
    at_most: float = INF
    at_least: float = -INF
    against: tuple = ()
    how: str = "ratio"
    unit: str = ""
    form: str = "{:.2f}"
    worst: bool = False
    server: str = "ours"

    def needs(self):
        """The (load, server) that this is about."""
        return {(self.load, self.server), self.against}

    def seen(self, measured):
        """A Spread over the rounds, or None if it was not measured."""
        own = measured.get(self.load, [])
        if not self.against:
            return Spread.of(figures.values(own, self.server, self.key))
        load, server = self.against
        pairs = [(mine[self.server][self.key], theirs[server][self.key])
                 for mine, theirs in zip(own, measured.get(load, []))
                 if self.server in mine and server in theirs]  # fmt: skip
        compared = operator.sub if self.how == "more" else figures.quotient
        return Spread.of(compared(*pair) for pair in pairs)

    def counts(self, seen):
        """The value that has to be good enough."""
        return (seen.most if self.at_most < INF else seen.least) if self.worst else seen.median

    def reached(self, seen):
        return self.at_least <= self.counts(seen) <= self.at_most

    def bound(self):
        sign, value = ("<=", self.at_most) if self.at_most < INF else (">=", self.at_least)
        return f"{sign} {self.written(value)}"

    def written(self, value):
        times = " x" if self.against and self.how == "ratio" else f" {self.unit}" if self.unit else ""
        return f"{self.form.format(value)}{times}"


def to_stock(figure, says, load, key, **bound):
    return Goal(figure, f"{says}, to stock", load, key, against=(load, "stock"), **bound)


def busy(load):
    """Figure 1 with more than one connection."""
    yield to_stock(1, f"c={load}: throughput", load, "rate", at_least=1.6)
    yield Goal(1, f"c={load}: throughput, to worker", load, "rate", at_least=1.0, against=(load, "worker"))
    yield to_stock(1, f"c={load}: CPU per request", load, "cpu", at_most=0.65)
    yield Goal(1, f"c={load}: switches per request", load, "switches", at_most=1.0)


def crowded(load):
    """Figure 2."""
    yield to_stock(2, f"c={load}: throughput", load, "rate", at_least=2.5)
    yield to_stock(2, f"c={load}: p99", load, "p99", at_most=1 / 3)
    yield Goal(2, f"c={load}: failed requests, worst round", load, "failed", at_most=0, form="{:.0f}", worst=True)
    yield to_stock(2, f"c={load}: CPU per request", load, "cpu", at_most=0.45)
    yield Goal(2, f"c={load}: switches per request", load, "switches", at_most=0.5)


def growing(what, few, many):
    """Figure 9. A fifth is what so few samples leave uncertain."""
    says = f"MPM's own cost per request, {many} to {few} {what}"
    loads = {"threads per child": "threads", "connections": "conns"}
    first, last = f"{loads[what]}-{few}", f"{loads[what]}-{many}"
    return Goal(9, says, last, "own", at_most=1.2, against=(first, "ours"))


def goals(sizes):
    middle = f"threads-{sizes.threads[-2]}"
    return [
        to_stock(1, "c=1: median latency", "1", "p50", at_most=1.0),
        *busy("16"),
        *busy("64"),
        *crowded("512"),
        *crowded("1000"),
        to_stock(3, "connection per request, c=32: throughput", "new", "rate", at_least=1.35),
        to_stock(4, "TLS, c=64: throughput", "tls-64", "rate", at_least=1.2),
        to_stock(4, "HTTP/2, 32 x 8: throughput", "http2", "rate", at_least=1.2),
        Goal(5, f"memory of an idle connection, {sizes.idle}", "idle", "memory", at_most=12.5, unit="kB"),
        Goal(5, "of it kept when they are gone", "idle", "kept", at_most=1.0, unit="kB"),
        Goal(5, f"c=64 beside {sizes.crowd} idle, to without", "crowd", "share", at_least=0.95, form="{:.3f}"),
        Goal(5, "of these, ended by the server", "crowd", "ended", at_most=0, form="{:.0f}", worst=True),
        Goal(5, "wake-ups of idle children", "wakeups", "quiet", at_most=0, form="{:.0f}", worst=True),
        Goal(5, "the same with idle connections", "wakeups", "held", at_most=0, form="{:.0f}", worst=True),
        to_stock(6, "64 one-second requests: all done", "sleepers", "done", at_most=1.01, form="{:.3f}"),
        Goal(6, "a fast one beside them, worst, against stock", "sleepers", "worst", at_most=2.0, how="more", unit="ms",
             against=("sleepers", "stock")),
        to_stock(7, "64 fast beside slow ones: throughput", "mixed", "rate", at_least=1.5),
        to_stock(7, "64 fast beside slow ones: p99", "mixed", "p99", at_most=0.7),
        Goal(8, "throughput lost in the second of a graceful restart", "restart", "cost", at_most=5.0, unit="%"),
        growing("threads per child", sizes.threads[0], sizes.threads[-1]),
        growing("connections", sizes.connections[0], sizes.connections[-1]),
        Goal(9, "waits for locks in the profile, c=64", middle, "locking", at_most=1.0, unit="% of CPU"),
        to_stock(9, "locks found taken per request, c=64", "locks-64", "waits", at_most=1.0),
        to_stock(9, "locks found taken per request, c=512", "locks-512", "waits", at_most=1.0),
    ]  # fmt: skip

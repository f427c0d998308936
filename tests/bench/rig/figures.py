"""Figures out of rounds: medians, ratios within a round, and how much the same measurement differs from itself."""

import dataclasses
import math
import statistics


@dataclasses.dataclass(frozen=True)
class Spread:
    """A median, and the least and the most that it is the median of."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values):
        values = list(values)
        return cls(statistics.median(values), min(values), max(values)) if values else None


def values(rounds, name, key):
    return [results[name][key] for results in rounds if key in results.get(name, ())]


def spread(rounds, name, key):
    return Spread.of(values(rounds, name, key))


def quotient(value, other):
    """Nothing to nothing is the same. For ever stays for ever, even if the other takes as long."""
    if value == math.inf or other == 0:
        return math.inf if value else 1.0
    return value / other


def ratios(rounds, name, key, peer="stock"):
    """Of one server to another, within the rounds."""
    return [quotient(r[name][key], r[peer][key]) for r in rounds if name in r and peer in r]


def ratio(rounds, name, key, peer="stock"):
    return Spread.of(ratios(rounds, name, key, peer)) if name != peer else None


def scatter(found):
    """Median distance from the median, as a part of it: what one measurement is off by, usually."""
    middle = statistics.median(found)
    return statistics.median(abs(value - middle) for value in found) / middle if middle else 0.0

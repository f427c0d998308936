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
    """For ever to for ever is nothing to speak of."""
    if other == 0 or value == other == math.inf:
        return None if value in (0, math.inf) else math.inf
    return value / other


def ratios(rounds, name, key, peer="stock"):
    """Of one server to another, within the rounds."""
    found = [quotient(r[name][key], r[peer][key]) for r in rounds if name in r and peer in r]
    return [value for value in found if value is not None]


def ratio(rounds, name, key, peer="stock"):
    return Spread.of(ratios(rounds, name, key, peer)) if name != peer else None


def scatter(found):
    """Median distance from the median, as a part of it: what one measurement is off by, usually."""
    middle = statistics.median(found)
    return statistics.median(abs(value - middle) for value in found) / middle if middle else 0.0

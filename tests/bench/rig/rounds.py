"""The measurements themselves: rounds in which each server has its turn."""

import sys

from rig import LeftOut, machine
from rig.servers import server


class Trouble:
    """What could not be measured: from (load, server) to the reason.

    left_out: it cannot be measured here. failed: it could have been, and went wrong in at least one round.
    """

    def __init__(self):
        self.left_out, self.failed = {}, {}

    def add(self, load, name, trouble, measured):
        """What was measured in a round before could be measured here. Returns what to say about it."""
        why = str(trouble) or type(trouble).__name__
        if isinstance(trouble, LeftOut) and not measured:
            self.left_out[load, name] = why
            return f"left out: {why}"
        self.failed.setdefault((load, name), why)
        return f"failed: {why}"


def measure(options, name, load):
    noise = machine.noise_now()
    with server(options, name, load.need) as running:
        return {**noise, **load.measure(running, options)}


def order(names, number):
    """Every other round goes the other way round, so that a machine that slows down or speeds up favours nobody."""
    return names if number % 2 == 0 else names[::-1]


def measure_load(options, load, trouble, by=measure):
    """One dictionary per round, from server to result. Whom a load does not suit is left out; who fails is not in that
    round, and goes on with the next."""
    names = [name for name in options.modules if name in load.servers]
    rounds = []
    for number in range(options.pairs):
        results = {}
        for name in order(names, number):
            if (load.name, name) in trouble.left_out:
                continue
            try:
                found = by(options, name, load)
                said = figures(load, found)
                results[name] = found
            except Exception as error:  # whatever it was, the other measurements can be made
                measured = any(name in earlier for earlier in rounds)
                said = trouble.add(load.name, name, error, measured)
            told(options, load, number, name, said)
        rounds.append(results)
    return rounds if any(rounds) else []


def figures(load, result):
    return "  ".join(f"{metric.head} {metric.form.format(result[metric.key])}" for metric in load.metrics)


def told(options, load, number, name, what):
    print(f"  {load.name:>10}  round {number + 1}/{options.pairs}  {name:<8}{what}", file=sys.stderr, flush=True)

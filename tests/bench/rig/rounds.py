"""The measurements themselves: rounds in which each server has its turn."""

import sys

from rig import LeftOut, machine
from rig.servers import server

TROUBLE = (LeftOut, RuntimeError, AssertionError, OSError)


def measure(options, name, load):
    with server(options, name, load.need) as running:
        return {**machine.noise_now(), **load.measure(running, options)}


def order(names, number):
    """Every other round goes the other way round, so that a machine that slows down or speeds up favours nobody."""
    return names if number % 2 == 0 else names[::-1]


def measure_load(options, load, left_out, by=measure):
    """One dictionary per round, from server to result. Whom a load does not suit, or who fails at it, is left out."""
    names = [name for name in options.modules if name in load.servers]
    rounds = []
    for number in range(options.pairs):
        results = {}
        for name in order(names, number):
            if (load.name, name) in left_out:
                continue
            try:
                results[name] = by(options, name, load)
            except TROUBLE as trouble:
                left_out[load.name, name] = str(trouble) or type(trouble).__name__
                told(options, load, number, name, f"left out: {left_out[load.name, name]}")
                continue
            told(options, load, number, name, figures(load, results[name]))
        rounds.append(results)
    return [results for results in rounds if results]


def figures(load, result):
    return "  ".join(f"{metric.head} {metric.form.format(result[metric.key])}" for metric in load.metrics)


def told(options, load, number, name, what):
    print(f"  {load.name:>10}  round {number + 1}/{options.pairs}  {name:<7}{what}", file=sys.stderr, flush=True)

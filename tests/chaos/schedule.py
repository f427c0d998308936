"""What happens to the server, and when: all of it follows from the seed."""

import random
from dataclasses import dataclass

SERVER_LIMIT, THREAD_LIMIT = 4, 16
FEWEST_WORKERS = 2
"""Of all children together, at any limits."""
CALM_EVERY = 12.0
"""Seconds from one look at the server at rest to the next."""

STEPS = {
    "graceful": 6,
    "storm": 1,
    "restart": 1,
    "kill": 4,
    "terminate": 2,
    "freeze": 2,
    "limits": 4,
    "idlers": 3,
    "sleepers": 3,
    "slow_readers": 3,
    "rude": 4,
    "flood": 2,
}
"""Each step by its name (see actions.py) and how often it comes, in proportion."""


@dataclass(frozen=True)
class Step:
    at: float
    name: str
    arguments: dict


def plan(seed, seconds):
    """The steps of a run in their order; the same for the same seed and time."""
    chance = random.Random(seed)
    steps = [Step(at, "calm", {}) for at in _every(CALM_EVERY, seconds)]
    at = chance.expovariate(3)
    while at < seconds:
        (name,) = chance.choices(list(STEPS), STEPS.values())
        steps.append(Step(at, name, _ARGUMENTS.get(name, lambda _: {})(chance)))
        at += chance.expovariate(3)
    return sorted(steps, key=lambda step: step.at)


def settings(chance):
    """Directives that a graceful restart may change."""
    threads = chance.choice((FEWEST_WORKERS, 4, 8, THREAD_LIMIT))
    children = chance.randint(1, SERVER_LIMIT)
    spare = chance.choice(((1, threads), (threads, 2 * threads), (2 * threads, SERVER_LIMIT * threads)))
    values = {
        "ThreadsPerChild": threads,
        "StartServers": chance.randint(1, children),
        "MaxRequestWorkers": children * threads,
        "MinSpareThreads": spare[0],
        "MaxSpareThreads": spare[1],
        "AsyncRequestWorkerFactor": chance.choice((0.5, 1, 2, 6)),
        "MaxConnectionsPerChild": chance.choice((0, 0, 50, 300)),
        "MaxKeepAliveRequests": chance.choice((0, 0, 7)),
        "KeepAliveTimeout": chance.choice(("500ms", "2", "10")),
        "EnableMMAP": chance.choice(("On", "Off")),
        "EnableSendfile": chance.choice(("On", "Off")),
    }
    return "".join(f"{name} {value}\n" for name, value in values.items())


def _every(period, seconds):
    return [period * number for number in range(1, int(seconds / period) + 1)]


def _child(chance):
    return {"which": chance.randrange(1000)}


_ARGUMENTS = {
    "storm": lambda chance: {"pauses": [chance.uniform(0, 0.03) for _ in range(chance.randint(2, 6))]},
    "kill": _child,
    "terminate": _child,
    "freeze": lambda chance: _child(chance) | {"seconds": chance.uniform(0.1, 1)},
    "limits": lambda chance: {"directives": settings(chance)},
    "idlers": lambda chance: {"count": chance.randint(20, 200), "seconds": chance.uniform(0.2, 3)},
    "sleepers": lambda chance: {"count": chance.randint(4, 64), "milliseconds": chance.randint(50, 600)},
    "slow_readers": lambda chance: {"count": chance.randint(4, 40), "seconds": chance.uniform(0.5, 3)},
    "rude": lambda chance: {"count": chance.randint(5, 60), "seed": chance.randrange(1 << 30)},
    "flood": lambda chance: {"count": chance.randint(100, 1000)},
}

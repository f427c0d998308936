"""Loads about connections that do nothing: what they cost the others, and whether anybody wakes up for them."""

import functools
import time

from rig import clients
from rig.loads import EVENT, FAILED, RATE, Load, Metric, by_wrk, until_gone
from rig.servers import Need, switches_of

from lab.idlers import FOR_THE_REST, descriptor_limit

SHARE = Metric("share", "of the rate without", "{:.3f}", rated=False)
ALONE = Metric("alone", "req/s without", "{:.0f}")
QUIET = Metric("quiet", "wake-ups, nobody there", "{:.0f}", rated=False)
HELD = Metric("held", "wake-ups, connections idle", "{:.0f}", rated=False)
ENDED = Metric("ended", "idle ones ended", "{:.0f}", rated=False)
CALM = 2.0


def crowded(server, options, *, connections, idle):
    """The same traffic without, with and without idle connections, so that a trend of the machine cancels out."""
    if options.warmup:
        by_wrk(server, options.warmup, connections=connections)
    before = by_wrk(server, options.seconds, connections=connections)
    with clients.idlers(server, idle) as idlers:
        among = by_wrk(server, options.seconds, connections=connections)
    until_gone(server)
    after = by_wrk(server, options.seconds, connections=connections)
    alone = (before["rate"] + after["rate"]) / 2
    return {**among, "alone": alone, "share": among["rate"] / alone, "ended": idlers.ended}


def waking(server, options, *, idle):
    """How often threads of the children were switched to while nothing was asked of them."""
    for _ in range(64):
        clients.fetch(server.port).close()
    quiet = wake_ups(server, options.seconds)
    with clients.idlers(server, idle) as idlers:
        held = wake_ups(server, options.seconds)
    return {"quiet": quiet, "held": held, "ended": idlers.ended}


def wake_ups(server, seconds):
    """Whoever wakes has to be switched to, and is counted when it sleeps again. What was is given time to end."""
    time.sleep(CALM)
    before = sum(switches_of(pid) for pid in server.children)
    time.sleep(seconds)
    return sum(switches_of(pid) for pid in server.children) - before


def holding(connections, idle):
    """A server with as many workers as usual, but in more children, so that each has descriptors enough."""
    most = min(idle + connections, descriptor_limit() - FOR_THE_REST)
    return Need(connections, children=4, threads=32, factor=max(2, most // 32 - 1), parts=("index",))


def crowd(name, idle):
    measure = functools.partial(crowded, connections=64, idle=idle)
    need = holding(64, idle)
    return Load(name, f"64 keep-alive connections beside {idle} idle ones", need, measure,
                (RATE, ALONE, SHARE, FAILED, ENDED), (*EVENT, "nginx"))  # fmt: skip


def wakeups(name, idle):
    need = Need(0, factor=idle // 64 + 2, parts=("index",))
    says = f"wake-ups of idle children, without and with {idle} idle connections"
    return Load(name, says, need, functools.partial(waking, idle=idle), (QUIET, HELD, ENDED), (*EVENT, "nginx"))

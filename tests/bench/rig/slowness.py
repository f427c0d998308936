"""Loads in which some requests are slow and others are not."""

import contextlib
import functools
import statistics
import time

from rig import clients
from rig.loads import HTTPDS, Load, Metric, TRAFFIC, by_wrk, steady
from rig.servers import Need

PAUSE = 0.002
SLOW_MS = 1000
DONE = Metric("done", "all done after ms", "{:.1f}")
WORST = Metric("worst", "worst fast ms", "{:.2f}")
ALONE = Metric("alone", "without them", "{:.2f}")


def burst(server, options, *, count):
    """So many slow requests at once, again and again; beside them one client asks for a small file."""
    alone = worst_wait(server, time.monotonic() + 1, lambda: True)
    done, worst = [], []
    for _ in range(options.seconds):
        with clients.Burst(server, f"/sleep?ms={SLOW_MS}", count) as slow:
            worst.append(worst_wait(server, time.monotonic() + 60, slow.acts))
            done.append(1000 * slow.seconds())
    return {"done": statistics.median(done), "worst": max(worst), "alone": alone}


def worst_wait(server, end, goes_on):
    """The longest that one of many small requests took, in ms; by turns on a kept connection and a new one."""
    worst = 0.0
    with clients.fetch(server.port) as kept:
        while goes_on() and time.monotonic() < end:
            for connection in (kept, None):
                began = time.monotonic()
                used = clients.fetch(server.port, connection)
                worst = max(worst, time.monotonic() - began)
                if not connection:
                    used.close()
            time.sleep(PAUSE)
    return 1000 * worst


@contextlib.contextmanager
def slow_company(server, *, readers, sleepers):
    with clients.slow_readers(server, readers), clients.asking(server.at(f"/sleep?ms={SLOW_MS}"), sleepers):
        time.sleep(0.5)
        yield


def sleepers(count):
    says = f"{count} one-second requests at once, and a fast one beside them"
    return Load("sleepers", says, Need(count + 2, parts=("handlers",)), functools.partial(burst, count=count),
                (DONE, WORST, ALONE), HTTPDS)  # fmt: skip


def mixed(fast, readers, slow):
    company = functools.partial(slow_company, readers=readers, sleepers=slow)
    measure = functools.partial(steady, traffic=by_wrk, beside=company, connections=fast)
    says = f"{fast} keep-alive connections beside {readers} slow readers and {slow} one-second requests"
    return Load("mixed", says, Need(fast + readers + slow, parts=("handlers",)), measure, TRAFFIC, HTTPDS)

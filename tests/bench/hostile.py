#!/usr/bin/python3
"""How long others wait while clients misbehave: the same httpd and configuration, in turn with each MPM.

    tests/bench/hostile.py                                  every attack, three rounds of three seconds
    tests/bench/hostile.py --attacks flood,readers --rounds 5
    tests/bench/hostile.py --rounds 1 --seconds 1           does it work at all?

In a round each server is measured once for each attack, on a server started for it; every other round goes the other
way round. One client asks for a small file every ten milliseconds, on a new connection each time; the attack runs in
another process. A waiting time begins when the request is due, also where the one before it is not answered yet: a
server that answers nobody for a second makes all the requests wait that were due in it, not one. (Where requests take
longer than that interval all the time, it is the backlog that is measured.) Printed are the medians over the rounds of
the median and the 99th percentile of the waiting times, and the medians of the ratios to stock within a round.
"unanswered" are requests that were refused, were not answered within --patience seconds, or could not be asked until
--patience seconds after the end; they count as that long at least.

The attacks are those of the system tests (tests/system/lab/hostile.py). Needs slowhttptest and openssl.
"""

import argparse
import contextlib
import multiprocessing
import signal
import statistics
import sys
import time

from rig import command, rounds
from rig.loads import EVENT, Load, Metric

from lab.client import Client, crowd
from lab.config import one_child
from lab.hostile import LAST_REQUEST, REQUEST, Flood, HalfHandshake, SlowHttpTest, Torrent, many, reset
from lab.httpd import Httpd
from lab.sites import MEGABYTE, big_file
from lab.tls import HTTPS, MODULES, certify

CONFIGURATION = one_child(64, 40) + "LogLevel warn\nTimeout 60\nEnableSendfile Off\nAcceptFilter http none\n"

INTERVAL = 0.01  # seconds; several times as long as a request takes when nothing is in its way
SLOW_READING = ("-n", 1, "-z", 32, "-w", 10, "-y", 100)
SLOW_SENDING = ("-i", 1, "-x", 10)


def asked_for(path):
    return REQUEST.replace(b" / ", b" %s " % path)


ATTACKS = {
    "nobody": lambda port, tls: contextlib.nullcontext(),
    "headers": lambda port, tls: SlowHttpTest(port, "H", 48, *SLOW_SENDING),
    "bodies": lambda port, tls: SlowHttpTest(port, "B", 48, *SLOW_SENDING, "-s", 100_000),
    "readers": lambda port, tls: SlowHttpTest(port, "X", 200, *SLOW_READING, path="/big.bin"),
    "ranges": lambda port, tls: SlowHttpTest(port, "R", 200, "-a", 1, "-b", 1300, "-t", "GET", path="/big.bin"),
    "silence": lambda port, tls: many(48, port),
    "idle": lambda port, tls: many(1000, port, first=REQUEST),
    "windows": lambda port, tls: many(200, port, window=1, first=asked_for(b"/big.bin")),
    "handshakes": lambda port, tls: crowd(HalfHandshake(tls, point) for point in HalfHandshake.POINTS * 12),
    "flood": lambda port, tls: Flood(port, leave=reset),
    "askers": lambda port, tls: Flood(port, first=REQUEST, leave=reset),
    "torrents": lambda port, tls: crowd(Torrent(port, first=LAST_REQUEST, piece=bytes(MEGABYTE)) for _ in range(100)),
}
METRICS = (
    Metric("p50", "p50 ms", "{:.2f}"),
    Metric("p99", "p99 ms", "{:.2f}"),
    Metric("unanswered", "unanswered", "{:.0f}", rated=False),
)


def act(attack, ports, acts, over):
    with ATTACKS[attack](*ports):
        acts.set()
        over.wait()


@contextlib.contextmanager
def under(attack, ports):
    """While this lasts, the attack acts, in a process of its own."""
    context = multiprocessing.get_context("fork")
    acts, over = context.Event(), context.Event()
    process = context.Process(target=act, args=(attack, ports, acts, over), daemon=True)
    process.start()
    try:
        while not acts.wait(0.1):
            if not process.is_alive():
                raise RuntimeError(f"{attack}: the attack failed")
        yield
    finally:
        over.set()
        process.join(30)
        process.kill()


def answers(port, patience):
    try:
        with Client(port, timeout=patience) as client:
            client.get("/", close=True)
    except OSError:
        return False
    return True


def waiting_times(port, options):
    """Seconds from when each request was due, and how many were not answered."""
    times, unanswered = [], 0
    due = time.monotonic()
    end = due + options.seconds
    give_up = end + options.patience
    while due < end:
        time.sleep(max(0, due - time.monotonic()))
        answered = time.monotonic() < give_up and answers(port, options.patience)
        unanswered += not answered
        times.append(max(time.monotonic() - due, 0 if answered else options.patience))
        due += INTERVAL
    return times, unanswered


def measure(options, name, load):
    server = Httpd(CONFIGURATION + HTTPS, mpm=name, modules=MODULES, ports=2)
    try:
        big_file(certify(server))
        server.start().ready().forget_asker()
        with under(load.name, server.ports):
            time.sleep(options.warmup)
            times, unanswered = waiting_times(server.port, options)
    finally:
        server.close()
        server.remove()
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [times[0]] * 99
    return {"p50": 1000 * cuts[49], "p99": 1000 * cuts[98], "unanswered": unanswered}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attacks", default=",".join(ATTACKS), help=f"of {', '.join(ATTACKS)}")
    parser.add_argument("--rounds", dest="pairs", type=int, default=3, help="rounds per attack (3)")
    parser.add_argument("--seconds", type=float, default=3, help="length of one measurement (3)")
    parser.add_argument("--warmup", type=float, default=1, help="seconds of the attack before it (1)")
    parser.add_argument("--patience", type=float, default=10, help="seconds that a client waits for an answer (10)")
    options = parser.parse_args()
    options.attacks = options.attacks.split(",")
    options.modules = EVENT
    if unknown := set(options.attacks) - set(ATTACKS):
        parser.error(f"no such attack: {', '.join(sorted(unknown))}")
    return options


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that no server is left behind
    trouble = rounds.Trouble()
    loads = [Load(attack, attack, None, None, METRICS, EVENT) for attack in options.attacks]
    measured = {load.name: rounds.measure_load(options, load, trouble, measure) for load in loads}
    command.tell(loads, measured, trouble)


if __name__ == "__main__":
    main()

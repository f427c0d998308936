#!/usr/bin/python3
"""What is left to gain? What remains of a request without all that an MPM does for it.

    tests/bench/ceiling.py                       16, 64, 512 and 1000 connections, five rounds of five seconds
    tests/bench/ceiling.py --loads 512           one of them

perf samples stock, this MPM and worker by turns, with the calls that led to each sample. Counted as an MPM's are the samples in
the module's file, and those in the kernel below its calls for waiting, waking and the pollset: epoll, poll, futexes and
pipes, whoever made them. The rest is httpd's core, APR, and what they call to read the request, to find and read the
file, and to write the answer.

"at best" is what this MPM would be at, to stock, if its own part took no time at all: for the processor time that is
the rest, to all of stock's. For the throughput the processors, which clients and server share, are taken to be busy all
the time: each request then takes as much less of them. The rest is not the same with every MPM, as memory is warm or is
not; worker, which hands nothing over, is there for comparison. Nothing else should run on the machine meanwhile.
"""

import functools
import os
import re
import statistics

from rig import command, rounds
from rig.loads import CPU, HTTPDS, RATE, Load, Metric, by_wrk, with_use
from rig.profiles import Profile
from rig.servers import Need

CALLS = re.compile(r"(^|_)sys_(epoll|futex|poll$|ppoll)|(^|_)do_(epoll|futex|sys_poll)|^pipe_(read|write)|^anon_pipe_")
MODULE = re.compile(r"mod_mpm_\w+\.so$")
OWN = Metric("own", "its code us/req", "{:.2f}")
WAITING = Metric("waiting", "its calls us/req", "{:.2f}")
REST = Metric("rest", "the rest us/req", "{:.2f}")


def parts(server, options, *, connections):
    """The processor time of a request, divided as the samples are."""
    by_wrk(server, max(1, options.warmup), connections=connections)
    with Profile(stacks=True) as profile:
        got = with_use(server, lambda: by_wrk(server, options.seconds, connections=connections))
    samples = profile.stacks(server.threads_now())
    own = sum(count for (file, _), count in samples.items() if MODULE.search(file))
    waiting = sum(count for (_, functions), count in samples.items() if any(map(CALLS.search, functions)))
    each = got["cpu"] / samples.total()
    return {**got, "own": own * each, "waiting": waiting * each, "rest": got["cpu"] - (own + waiting) * each}


def load_of(count):
    measure = functools.partial(parts, connections=count)
    return Load(str(count), f"{count} keep-alive connections", Need(count), measure, (RATE, CPU, OWN, WAITING, REST), HTTPDS)


def ratios(found):
    """Of one round: throughput and processor time to stock's, as seen and at best."""
    stock, ours = found["stock"], found["ours"]
    processors = os.cpu_count() * 1e6
    least = processors / ours["rate"] - ours["own"] - ours["waiting"]
    return (ours["rate"] / stock["rate"], processors / stock["rate"] / least,
            ours["cpu"] / stock["cpu"], ours["rest"] / stock["cpu"])  # fmt: skip


def told(load, measured):
    whole = [found for found in measured if {"stock", "ours"} <= found.keys()]
    rate, best_rate, cpu, best_cpu = map(statistics.median, zip(*map(ratios, whole), strict=True))
    return f"{load.name:>5} connections: throughput x{rate:.2f}, at best x{best_rate:.2f}; CPU x{cpu:.2f}, at best x{best_cpu:.2f}"


def main():
    parser = command.parser_of(__doc__)
    parser.add_argument("--loads", default="16,64,512,1000", help="numbers of connections (%(default)s)")
    options = parser.parse_args()
    command.find_modules(parser, options, HTTPDS)
    command.prepare()
    loads = [load_of(int(count)) for count in options.loads.split(",")]
    trouble = rounds.Trouble()
    measured = {load.name: rounds.measure_load(options, load, trouble) for load in loads}
    command.tell(loads, measured, trouble)
    print("\n".join(told(load, measured[load.name]) for load in loads))


if __name__ == "__main__":
    main()

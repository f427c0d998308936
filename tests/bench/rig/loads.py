"""Loads as data, and those of them that are plain traffic: what is asked of a server, by whom, and what is measured."""

import contextlib
import dataclasses
import functools
import re
import subprocess
import time
from collections.abc import Callable
from concurrent import futures

from rig import LeftOut, clients
from rig.servers import Need, apart

from lab.idlers import FOR_THE_REST, descriptor_limit
from lab.wrk import Wrk, failed


@dataclasses.dataclass(frozen=True)
class Metric:
    """rated: whether its ratio to stock says something."""

    key: str
    head: str
    form: str
    rated: bool = True


RATE = Metric("rate", "req/s", "{:.0f}")
CPU = Metric("cpu", "CPU us/req", "{:.1f}")
SWITCHES = Metric("switches", "switches/req", "{:.2f}")
P50 = Metric("p50", "p50 ms", "{:.3f}")
P99 = Metric("p99", "p99 ms", "{:.2f}")
FAILED = Metric("failed", "failed", "{:.0f}", rated=False)
UNACCEPTED = Metric("unaccepted", "unaccepted", "{:.0f}", rated=False)
TRAFFIC = (RATE, CPU, SWITCHES, P50, P99, FAILED, UNACCEPTED)
STREAMS = (RATE, CPU, SWITCHES, FAILED)
MEMORY = (Metric("memory", "kB/idle conn", "{:.2f}"), Metric("kept", "kB/conn kept after", "{:.2f}", rated=False))

HTTPDS = ("stock", "ours", "worker")
EVENT = ("stock", "ours")
ALL = (*HTTPDS, "nginx")


@dataclasses.dataclass(frozen=True)
class Load:
    """measure: called with a running server and the options; gives a value for the key of each metric."""

    name: str
    says: str
    need: Need
    measure: Callable
    metrics: tuple = TRAFFIC
    servers: tuple = ALL


def by_wrk(server, seconds, *, connections, path="/1k.txt", anew=False, tls=False):
    url, port = (server.tls_at(path), server.other_port) if tls else (server.at(path), server.port)
    with Wrk(url, connections, seconds, before=apart(server.need.apart, 1), anew=anew) as wrk:
        time.sleep(seconds / 2)
        unaccepted = server.unaccepted(port)
        got = wrk.result()
    kinds = {f"failed_{kind}": count for kind, count in got["failed"].items()}
    # Who got no answer at all has waited for ever.
    latency = {key: got[f"{key}_us"] / 1e3 if got["requests"] else float("inf") for key in ("p50", "p99")}
    rate = got["requests"] * 1e6 / got["us"]
    return {"rate": rate, "requests": got["requests"], "failed": failed(got), "unaccepted": unaccepted,
            **latency, **kinds}  # fmt: skip


def by_h2load(server, seconds, *, connections, streams):
    """HTTP/2 without TLS, by prior knowledge."""
    command = ["h2load", "-t2", f"-c{connections}", f"-m{streams}", f"-D{seconds}",
               f"http://127.0.0.1:{server.other_port}/1k.txt"]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", said)
    done, *trouble = map(int, counts.groups())
    return {"rate": done / seconds, "requests": done, "failed": sum(trouble)}


def with_use(server, traffic):
    """What the traffic came to, and what each of its requests took of the server."""
    cpu, switches = server.use()
    got = traffic()
    cpu_after, switches_after = server.use()
    requests = max(1, got["requests"])
    return {**got, "cpu": (cpu_after - cpu) * 1e6 / requests, "switches": (switches_after - switches) / requests}


def steady(server, options, *, traffic=by_wrk, beside=contextlib.nullcontext, **how):
    """The same load for the warm-up and the measurement; `beside` goes on meanwhile."""
    with beside(server):
        if options.warmup:
            traffic(server, options.warmup, **how)
        return with_use(server, lambda: traffic(server, options.seconds, **how))


def memory(server, options, *, count):
    """Of idle connections after one request each, while they are there and when they are gone."""
    if (limit := descriptor_limit()) < count + FOR_THE_REST:
        raise LeftOut(f"a process may have only {limit} descriptors here (ulimit -Hn)")
    with futures.ThreadPoolExecutor(64) as crowd:
        for connection in crowd.map(clients.fetch, [server.port] * 256):  # so that every worker has worked
            connection.close()
        before = server.resident_kb()
        connections = list(crowd.map(clients.fetch, [server.port] * count))
        during = server.resident_kb()
    for connection in connections:
        connection.close()
    until_gone(server)
    return {"memory": (during - before) / count, "kept": (server.resident_kb() - before) / count}


def until_gone(server, within=30):
    """Waits until the server has closed all that its clients have."""
    deadline = time.monotonic() + within
    while server.connections():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{server.name}: {server.connections()} connections were not closed in {within} s")
        time.sleep(0.1)


def keep_alive(count):
    measure = functools.partial(steady, connections=count)
    return Load(str(count), f"{count} keep-alive connections", Need(count, apart=count == 1), measure)


def anew(name, count):
    measure = functools.partial(steady, connections=count, anew=True)
    return Load(name, f"a connection for each request, {count} clients", Need(count), measure)


def tls(count):
    measure = functools.partial(steady, connections=count, tls=True)
    return Load(f"tls-{count}", f"{count} keep-alive connections, TLS", Need(count, parts=("tls",)), measure)


def http2(count, streams):
    measure = functools.partial(steady, traffic=by_h2load, connections=count, streams=streams)
    says = f"HTTP/2 without TLS, {count} connections of {streams} streams"
    return Load("http2", says, Need(count, parts=("http2",)), measure, STREAMS)


def blocking():
    measure = functools.partial(steady, connections=64, path="/sleep?us=500")
    says = "64 connections to a handler that sleeps half a millisecond"
    return Load("blocking", says, Need(64, parts=("handlers",)), measure, servers=HTTPDS)


def beside():
    measure = functools.partial(steady, connections=1, beside=clients.computing)
    says = "one connection beside two long computations for each processor"
    return Load("beside", says, Need(1, parts=("handlers",)), measure, servers=HTTPDS)


def idle(name, count):
    """The factor: they must all fit, even if one child has them all."""
    measure = functools.partial(memory, count=count)
    says = f"memory of {count} kept-alive connections after one request each"
    return Load(name, says, Need(0, factor=max(2, count // 64)), measure, MEMORY, EVENT + ("nginx",))


SMALL = (anew("new", 64), blocking(), beside(), idle("idle", 2000))
"""What can be asked for by name, beside any number of keep-alive connections, where a whole matrix takes too long."""


def named(name):
    """The load of this name, or None."""
    if name.isdigit() and int(name) > 0:
        return keep_alive(int(name))
    return next((load for load in SMALL if load.name == name), None)

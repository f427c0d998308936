"""Graceful restarts: nobody's request is lost, nobody waits long."""

import contextlib
import signal
import time

from seen import NOT_FOR_EVER, Seen

from lab.client import Client
from lab.config import SLEEP, several
from lab.load import Load
from lab.status import Status
from lab.wait import eventually, patience
from lab.wrk import Wrk, failed

TWO = several(2, 16, most=4, slots=8, spare=(16, 64)) + "MaxKeepAliveRequests 0\nKeepAliveTimeout 30\n"
NOT_LONG = 0.1
"""Seconds that a new request may wait because of a restart."""


def _restart_every(server, seconds, count):
    """Graceful restarts at a steady pace, whatever the server makes of them."""
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, began + (number + 1) * seconds - time.monotonic()))
        server.send_signal(signal.SIGUSR1)


def under_busy_clients(serve, brief):
    """32 keep-alive clients that never pause; a restart every half second."""
    server = serve(TWO)
    restarts = 12 if brief else 18
    with Wrk(f"http://127.0.0.1:{server.port}/", 32, restarts // 2 + 1, patience=NOT_FOR_EVER) as wrk:
        _restart_every(server, 0.5, restarts)
        result = wrk.result()
    return Seen(f"{failed(result)} of {result['requests']}", failed(result) == 0 < result["requests"])


def with_think_time(serve, brief):
    """40 keep-alive clients that pause for 5 ms."""
    server = serve(TWO)
    with Load(server.port, 40, keep_alive=True, think=0.005, timeout=NOT_FOR_EVER) as load:
        _restart_every(server, 0.5, 4 if brief else 10)
        answered = load.ok
        eventually(lambda: load.ok > answered)
    lost = load.failed + load.dropped
    return Seen(f"{lost} of {load.ok}", lost == 0 < load.ok)


def longest_wait(serve, brief):
    """One new connection after the other, through ten restarts."""
    server = serve(TWO)
    with Load(server.port, 1, timeout=NOT_FOR_EVER) as load:
        _restart_every(server, 0.5, 4 if brief else 10)
    text = f"{1000 * load.longest:.0f} ms" + (f", {load.failed} failed" if load.failed else "")
    return Seen(text, load.failed == 0 < load.ok, in_time=load.longest < NOT_LONG)


def with_buckets(serve, _brief):
    """ListenCoresBucketsRatio 1 and a new connection for each request."""
    server = serve(TWO + "ListenCoresBucketsRatio 1\n")
    with Wrk(f"http://127.0.0.1:{server.port}/", 16, 6, patience=NOT_FOR_EVER, anew=True) as wrk:
        _restart_every(server, 0.5, 10)
        result = wrk.result()
    return Seen(f"{failed(result)} of {result['requests']}", failed(result) == 0 < result["requests"])


def long_requests(serve, brief):
    """ServerLimit 3; each of four generations has a request that outlasts all restarts."""
    server = serve(several(1, 4, most=1, slots=3, spare=(1, 8)) + SLEEP, lab_modules=("mod_lab",))
    answered = 0
    with contextlib.ExitStack() as clients:
        waiting = []
        for generation in range(1, 5):
            waiting.append(clients.enter_context(_asked(server, f"/sleep?ms={6000 if brief else 25000}")))
            server.send_signal(signal.SIGUSR1)
            answered += _answers(server, generation, within=1)
        whole = sum(_is_whole(client) for client in waiting)
    return Seen(f"{answered} of 4 / {whole}", answered == whole == 4)


def _asked(server, path):
    """A client whose request some child has in hand, or the kernel, if no child takes it."""
    client = Client(server.port, timeout=60)
    client.ask(path)
    with contextlib.suppress(AssertionError):
        eventually(lambda: server.holds(client), 1)
    return client


def _answers(server, generation, within):
    """Whether a new request is answered by this generation in time, and what the machine is late meanwhile."""
    began = time.monotonic()
    while (left := began + patience(within) - time.monotonic()) > 0:
        with contextlib.suppress(OSError), server.client(timeout=left) as client:
            if Status.parse(client.get("/server-status?auto", close=True).text).generation == generation:
                return True
    return False


def _is_whole(client):
    try:
        return client.answer().body == b"slept\n"
    except OSError:
        return False

"""Children that come and go, and clocks that jump."""

import os
import signal
import time

from seen import NOT_FOR_EVER, Seen

from lab import clock, proc
from lab.client import crowd
from lab.config import one_child, several
from lab.load import Load
from lab.wait import eventually
from lab.wrk import Wrk, failed


def recycled(serve, brief):
    """MaxConnectionsPerChild 200 and a new connection for each request, from 16 clients."""
    result = _anew(serve, 200, 6 if brief else 8)
    text = f"{result['requests']} served, {failed(result)} failed"
    if not brief:
        text += f"; {_anew(serve, 0, 8)['requests']} without the directive"
    return Seen(text, failed(result) == 0 < result["requests"])


def _anew(serve, limit, seconds):
    server = serve(several(2, 64, most=2, slots=8, spare=(1, 128)) + f"MaxConnectionsPerChild {limit}\n")
    with Wrk(f"http://127.0.0.1:{server.port}/", 16, seconds, patience=NOT_FOR_EVER, anew=True) as wrk:
        return wrk.result()


def killed(serve, brief):
    """A child is killed every 300 ms. Afterwards all is as it was before."""
    server = serve(several(2, 8, most=4, slots=4, spare=(8, 16)), crashes_expected=True)
    before = _shape(server.quiet())
    with Load(server.port, 8, keep_alive=True, timeout=30) as load:
        kills = 4 if brief else 8 * 3
        for _ in range(kills):
            time.sleep(0.3)
            if children := server.children():
                os.kill(children[0], signal.SIGKILL)
        last, served = time.monotonic(), load.ok  # the load goes on until the server has healed
        healed = _again(server, before)
        took = healed - last if healed else None
        answered = load.ok
        eventually(lambda: load.ok > answered)
    lost = load.failed + load.dropped
    right = took is not None and _again(server.quiet(), before) is not None
    text = f"{kills} kills, {served} answered meanwhile; {lost} failed in all, "
    text += f"whole again after {took:.2f} s" if took else "not whole again in 10 s"
    return Seen(text, right, in_time=(took or 9) < 1)


def _shape(server):
    """What must come back: children, workers, descriptors of the control process."""
    status = server.status()
    server.forget_asker()
    return len(server.children()), status.BusyWorkers + status.IdleWorkers, len(proc.descriptors(server.pid))


def _again(server, shape):
    """When the server had that shape again, and its count of connections was the kernel's; None: not in time."""

    def whole():
        status = server.status()
        held = sum(proc.connections_of(child, server.ports) for child in server.children())
        assert status.ConnsTotal == held, f"{status.ConnsTotal} on the page, {held} in /proc"
        return _shape(server) == shape and time.monotonic()

    try:
        return eventually(whole, 10)
    except AssertionError:
        return None


def clock_forward(serve, brief):
    """The wall clock jumps an hour ahead while 50 connections are idle."""
    server = _with_a_clock(serve, "KeepAliveTimeout 20\nTimeout 20\n")
    with crowd(server.idle_client() for _ in range(50)) as idle:
        clock.jump(server, "+3600s")
        eventually(lambda: clock.ahead(server) > 3590, 3)
        time.sleep(1.5)  # stock looks at its timeouts within a second
        alive = sum(client.is_open() for client in idle)
    return Seen(f"{alive} of 50", alive == 50)


def clock_backward(serve, brief):
    """The wall clock jumps an hour back; KeepAliveTimeout is a second."""
    server = _with_a_clock(serve, "KeepAliveTimeout 1\n")
    with server.idle_client() as client:
        clock.jump(server, "-3600s")
        eventually(lambda: clock.ahead(server) < -3590, 3)
        try:
            waited = client.end_of_stream(10) - client.opened_at
        except AssertionError:
            return Seen("not within 10 s", right=False)
    return Seen(f"after {waited:.2f} s", right=True, in_time=waited < 1.2)


def _with_a_clock(serve, directives):
    directives = one_child(16, 20) + directives
    return serve(directives, environment=clock.ENVIRONMENT, prepare=lambda server: clock.jump(server, "+0"))

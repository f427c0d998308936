"""More clients, or slower ones, than there are workers."""

import contextlib
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

from seen import NOT_FOR_EVER, Seen

from lab import proc, tls
from lab.client import crowd
from lab.config import SLEEP, one_child, several
from lab.sites import big_file
from lab.wrk import Wrk, failed

TWO_OF_64 = several(2, 64, most=2, spare=(1, 128)) + "KeepAliveTimeout 300\nMaxKeepAliveRequests 0\n"
ROOM_FOR_ALL = "ListenBacklog 1024\n"
"""Else the kernel turns some away, and makes them wait for longer and longer before they may try again."""

SLOW, WORKERS = 64, 32
"""Stock is deaf as soon as half of them hold its workers; it gets no more."""

MOST_KB = 30_000
"""Of a child's own memory: it does not keep what nobody reads."""

AT_ONCE = 0.05
"""Seconds within which a small request is answered while others read slowly."""


def busy_clients(count):
    """Keep-alive clients that never pause, on 128 workers."""

    def situation(serve, _brief):
        server = serve(TWO_OF_64 + ROOM_FOR_ALL)
        with Wrk(f"http://127.0.0.1:{server.port}/", count, 6, patience=NOT_FOR_EVER) as wrk:
            result = wrk.result()
        return Seen(f"{failed(result)} of {result['requests']}", failed(result) == 0 < result["requests"])

    return situation


def all_workers_busy(serve, brief):
    """30 kept-alive clients ask at once for what takes a second; there are eight workers."""
    server = serve(one_child(8, 6) + "KeepAliveTimeout 30\n" + SLEEP, lab_modules=("mod_lab",))
    with crowd(server.idle_client() for _ in range(30)) as clients:
        for client in clients:
            client.ask(f"/sleep?ms={200 if brief else 1000}")
        answered = sum(_is_answered(client) for client in clients)
    return Seen(f"{answered} of 30", answered == 30)


def _is_answered(client):
    try:
        return client.answer().status == 200
    except OSError:
        return False


def slow_readers(secure):
    """64 clients read 8 MB slowly, with httpd's default settings, beside 32 workers."""

    def situation(serve, _brief):
        directives = several(2, 16, most=2, spare=(1, WORKERS)) + "AsyncRequestWorkerFactor 40\nTimeout 300\n"
        directives += "EnableMMAP On\nEnableSendfile Off\n" + tls.HTTPS
        server = serve(directives, modules=tls.MODULES, ports=2, prepare=tls.certify)
        digest = hashlib.sha256(big_file(server)).digest()
        way = {"port": server.ports[1], "tls": tls.context()} if secure else {}
        with crowd(_slow_readers(server, way)) as slow:
            waits = [_wait_for_small_answer(server) for _ in range(1 if server.is_stock else 20)]
            if None in waits:
                return Seen(f"no answer within 3 s, with {len(slow)} readers", right=False)
            busy = _fewest_busy(server)
            memory = max(proc.own_memory_kb(child) for child in server.children())
            with ThreadPoolExecutor(16) as readers:
                digests = list(readers.map(lambda client: hashlib.sha256(client.answer().body).digest(), slow))
        whole = sum(one == digest for one in digests)
        text = f"at most {1000 * max(waits):.0f} ms, {busy} busy, {whole} of {SLOW} whole"
        return Seen(text, whole == SLOW and busy == 1 and memory < MOST_KB, in_time=max(waits) < AT_ONCE)

    return situation


def _slow_readers(server, way):
    """64. With stock as many as it has workers, or fewer if one comes to a child whose workers are all taken."""
    if not server.is_stock:
        yield from (_slow_reader(server, way, 60) for _ in range(SLOW))
        return
    with contextlib.suppress(TimeoutError):
        for _ in range(WORKERS):
            yield _slow_reader(server, way, 10)


def _slow_reader(server, way, timeout):
    client = server.client(receive_buffer=65536, timeout=timeout, **way)
    client.ask("/big.bin", close=True)
    assert client.more(1), "the answer has begun"
    return client


def _fewest_busy(server):
    """Of the looks within a second: one that has just answered is busy for a moment, one that is held stays so."""
    end = time.monotonic() + 1
    fewest = server.status().BusyWorkers
    while fewest > 1 and time.monotonic() < end:
        fewest = min(fewest, server.status().BusyWorkers)
    return fewest


def _wait_for_small_answer(server):
    began = time.monotonic()
    try:
        with server.client(timeout=3) as client:
            assert client.get("/", close=True).status == 200
    except OSError:
        return None
    return time.monotonic() - began

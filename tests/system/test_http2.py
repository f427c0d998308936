"""HTTP/2 streams that wait for the client's window: they wait in ASYNC_WAITIO, with Timeout, and are not purged."""

import signal
import time

import pytest

from lab import proc
from lab.client import crowd
from lab.config import SLEEP, one_child
from lab.http2 import PING, Http2Client
from lab.sites import MEGABYTE, big_file, stalled_reader
from lab.version import since
from lab.wait import eventually, holds_for, patience, pause

SIZE = 300_000
CONNECTION_WINDOW = 65_535  # of all streams together, at first
H2 = "Protocols h2c http/1.1\nH2Direct On\nH2MinWorkers 4\nH2MaxWorkers 8\n"


def serving(serve, directives="", **options):
    sizes = one_child(8, 20, slots=2)
    server = serve(sizes + H2 + directives + SLEEP, modules=("http2",), lab_modules=("mod_lab",), **options)
    big_file(server, size=SIZE)
    return server


def blocked(server, window=1000):
    """A client in the middle of a body that its window does not let through."""
    client = Http2Client(server.port, window=window)
    client.request(1, "/big.bin")
    client.steps(lambda: client.received[1] == window)
    client.drain(0.1)
    return client


def has_ended(client):
    try:
        client.drain(0)
    except ConnectionError:
        return True
    return client.goaway


def test_a_response_arrives_whole_when_the_window_opens(serve):
    server = serving(serve)
    with blocked(server) as client:
        client.open_window(SIZE, 1)
        client.steps(lambda: 1 in client.ended)
        assert client.received[1] == SIZE


def test_a_stream_that_waits_for_its_window_waits_with_timeout_and_not_with_keep_alive_timeout(serve):
    server = serving(serve, "KeepAliveTimeout 300ms\nTimeout 4\n")
    with blocked(server) as client:
        pause(1.2)
        client.drain(0)
        assert not client.goaway
        client.open_window(SIZE, 1)
        client.steps(lambda: 1 in client.ended)
        assert client.received[1] == SIZE


def test_a_stream_that_waits_for_its_window_is_not_purged_when_all_workers_are_busy(serve):
    server = serving(serve, "Timeout 10\n")
    with blocked(server) as client:
        with crowd(server.client() for _ in range(16)) as busy:
            for other in busy:
                other.ask("/sleep?ms=500")
            for other in busy:
                assert other.answer().status == 200
        client.drain(0)
        assert not client.goaway
        client.open_window(SIZE, 1)
        client.steps(lambda: 1 in client.ended)
        assert client.received[1] == SIZE


@since("2.4.63")
@pytest.mark.serial
def test_connections_that_wait_for_a_window_are_counted_and_hold_no_worker(serve):
    server = serving(serve, "Timeout 10\n")
    with crowd(blocked(server) for _ in range(10)):
        eventually(lambda: server.status().ConnsAsyncWaitIO == 10, 0.5)
        eventually(lambda: server.status().BusyWorkers == 1, 0.5)
        assert server.status().ConnsTotal == 11
    eventually(lambda: server.status().ConnsAsyncWaitIO == 0, 0.5)


@pytest.mark.serial
def test_a_window_that_never_opens_ends_the_connection_after_timeout(serve):
    server = serving(serve, "Timeout 1\n")
    started = time.monotonic()
    with blocked(server) as client:
        eventually(lambda: has_ended(client), 5, every=0.01)
        assert 1.0 <= time.monotonic() - started <= patience(1.8)


@since("2.4.63")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["stop", "restart"])
def test_a_forced_end_waits_for_a_running_stream_as_long_as_mod_http2_does_and_clients_do_not(serve, number):
    server = serving(serve, may_be_slow_to_stop=True)
    server.put("long.bin", b"x" * (8 * MEGABYTE))
    old = server.child()
    with (
        Http2Client(server.port, window=SIZE) as client,
        server.idle_client() as idle,
        stalled_reader(server, "/long.bin") as slow,
    ):
        client.request(1, "/big.bin")
        client.steps(lambda: client.received[1] == CONNECTION_WINDOW)
        client.request(3, "/sleep?ms=30000")
        client.frame(PING, payload=bytes(8))
        while client.step() != PING:  # its answer comes when the stream has begun
            pass
        eventually(lambda: [server.status().ConnsAsyncWaitIO, server.status().ConnsAsyncWriting] == [1, 1])
        server.forget_asker()
        server.send_signal(number)
        eventually(lambda: has_ended(client), 1)
        idle.end_of_stream(1)
        slow.socket.settimeout(patience(1))
        assert slow.skip(9 * MEGABYTE) < 8 * MEGABYTE
        assert proc.alive(old), "the child waits for the stream"
        eventually(lambda: not proc.alive(old), 8)
    (said,) = server.log_lines("AH10291")
    assert f"pid {old}:" in said, said
    assert not server.log_lines("AH00046"), "it was killed"


def test_one_process_mode_stops_in_order_with_connections_open(serve):
    # With stock the session ends when its module's workers have gone.
    server = serving(serve, defines=("ONE_PROCESS",))
    with blocked(server), server.idle_client():
        server.forget_asker()
        assert server.stop() == 0


def test_many_streams_on_one_connection_are_all_answered(serve):
    server = serving(serve)
    with Http2Client(server.port, window=2 * SIZE) as client:
        client.open_window(40 * SIZE)
        streams = list(range(1, 41, 2))
        for stream in streams:
            client.request(stream, "/big.bin")
        client.steps(lambda: set(streams) <= client.ended)
        assert set(client.received.values()) == {SIZE}


def test_a_graceful_restart_says_goaway_and_lets_the_streams_end(serve):
    server = serving(serve)
    with blocked(server) as client:
        server.graceful()
        client.open_window(SIZE, 1)
        client.steps(lambda: 1 in client.ended)
        assert client.received[1] == SIZE
        eventually(lambda: has_ended(client), 5)


def test_an_idle_http2_connection_holds_no_worker(serve):
    server = serving(serve, "KeepAliveTimeout 5\n")
    with crowd(Http2Client(server.port, window=SIZE) for _ in range(10)) as clients:
        for client in clients:
            client.request(1, "/")
            client.steps(lambda: 1 in client.ended)
        holds_for(lambda: server.get("/").status == 200, 0.2)
        eventually(lambda: server.status().BusyWorkers == 1, 1)

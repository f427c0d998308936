"""In a rush a kept-alive connection keeps its place in the pollset while its request is served."""

import contextlib
import os

import pytest

from lab import proc
from lab.config import SLEEP, location, one_child
from lab.wait import THREAD_SANITIZER, eventually, pause
from lab.wrk import Wrk

TICK = os.sysconf("SC_CLK_TCK")
ENOUGH = one_child(20, 4)
"""With fewer workers than clients a connection may have to make room for another."""


@pytest.fixture
def server(serve):
    server = serve(ENOUGH + SLEEP + "KeepAliveTimeout 60\n", lab_modules=("mod_lab",))
    server.forget_asker()
    return server


def in_pollset(server, client):
    inodes = {row[3] for row in proc.tcp_rows(server.port) if row[1] == client.port}
    return bool(inodes & proc.polled_inodes(server.child()))


def ask_in_place(server, client, path, **options):
    """Asks for what takes a while, and has kept its place in the pollset when the worker has it.

    It has, if as many workers run as there are processors: now and then, under load.
    """
    with Wrk(f"http://127.0.0.1:{server.port}/", 16, 20):
        for _ in range(100):
            assert client.get("/").status == 200
            client.ask(path, **options)
            pause(0.01)
            if in_pollset(server, client) and not client.readable(0):
                return
            assert client.answer().status == 200
    raise AssertionError("never kept its place")


def used_in(server, seconds):
    """Processor time that the child takes meanwhile, as a share of one processor."""
    before = proc.cpu_ticks(server.child())
    pause(seconds)
    return (proc.cpu_ticks(server.child()) - before) / TICK / seconds


@pytest.mark.serial
def test_what_a_client_sends_during_its_request_does_not_keep_the_pollset_busy(server):
    """It is the worker's to read, while the pollset would tell of it again and again."""
    with server.client() as client:
        ask_in_place(server, client, "/sleep?ms=1000")
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert used_in(server, 0.4) < 0.5
        assert not in_pollset(server, client) or client.readable(0)  # it has been answered meanwhile
        assert [client.answer().status for _ in range(2)] == [200, 200]
        assert client.get("/").status == 200


@pytest.mark.serial
def test_a_client_that_leaves_during_its_request_does_not_keep_the_pollset_busy(server):
    with server.client() as client:
        ask_in_place(server, client, "/sleep?ms=1000")
    assert used_in(server, 0.4) < 0.5
    eventually(lambda: server.sockets_held() == 0, what="the end of the connection")


@pytest.mark.skipif(THREAD_SANITIZER, reason="a module that closes a socket races with whoever gives its place up")
@pytest.mark.parametrize("handler", ["lab-close-socket", "lab-null-socket"])
def test_a_module_may_take_the_socket_of_a_connection_that_has_kept_its_place(serve, handler):
    server = serve(ENOUGH + SLEEP + location("/take", handler), lab_modules=("mod_lab",)).quiet()
    child = server.child()
    for _ in range(5):
        with server.client() as client:
            ask_in_place(server, client, "/sleep?ms=50")
            client.ask("/take")
            assert client.answer().status == 200
            with contextlib.suppress(ConnectionResetError):
                assert client.more() == b""
    assert server.get("/").status == 200
    assert server.child() == child
    eventually(lambda: server.sockets_held() <= 1)

"""In a rush a kept-alive connection keeps its place in the pollset while its request is served."""

import os

import pytest

from lab import proc
from lab.config import SLEEP, one_child
from lab.wait import eventually, holds_for, pause

TICK = os.sysconf("SC_CLK_TCK")


@pytest.fixture
def server(serve):
    server = serve(one_child(4) + SLEEP + "KeepAliveTimeout 60\n", lab_modules=("mod_lab",))
    server.forget_asker()
    return server


def rush(client):
    """Requests so close behind each other that the server expects the next."""
    for _ in range(200):
        assert client.get("/").status == 200


def used_in(server, seconds):
    """Processor time that the child takes meanwhile, as a share of one processor."""
    before = proc.cpu_ticks(server.child())
    pause(seconds)
    return (proc.cpu_ticks(server.child()) - before) / TICK / seconds


@pytest.mark.serial
def test_a_body_that_comes_late_does_not_keep_the_pollset_busy(server):
    """It is the worker's to read, while the pollset would tell of it again and again."""
    with server.client() as client:
        rush(client)
        client.ask("/sleep?ms=500", method="POST", headers={"Content-Length": "4"})
        pause(0.02)
        client.send(b"body")
        assert used_in(server, 0.4) < 0.5
        assert client.answer().status == 200
        assert client.get("/").status == 200


@pytest.mark.serial
def test_a_client_that_leaves_during_its_request_does_not_keep_the_pollset_busy(server):
    with server.client() as client:
        rush(client)
        client.ask("/sleep?ms=500")
    assert used_in(server, 0.4) < 0.5
    eventually(lambda: server.sockets_held() == 0, what="the end of the connection")


def test_connections_that_end_after_several_requests_leave_nothing_behind(server):
    child = server.child()
    for _ in range(100):
        with server.client() as client:
            rush_of_three = [client.get("/").status for _ in range(3)]
            assert rush_of_three == [200] * 3
            assert client.get("/", close=True).status == 200
            client.end_of_stream(2)
    with server.client() as client:
        for _ in range(3):
            assert client.get("/").status == 200
            holds_for(client.is_open, 0.05)
    assert server.child() == child
    server.quiet()
    assert server.status().ConnsTotal == 1

"""Clients that break off: at every point of an exchange, and by the thousand."""

import contextlib
import socket

import pytest

from lab.client import Client
from lab.config import location, one_child
from lab.hostile import REQUEST, Flood, connected, reset
from lab.siege import QUIET_LOG, Siege
from lab.sites import MEGABYTE, big_file
from lab.tls import HTTPS, MODULES, certify, context
from lab.wait import eventually

pytestmark = pytest.mark.hostile

SIZE = 2 * MEGABYTE
DYNAMIC = location("/endless", "lab-sleep")
CLOSING = REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


class Site:
    """A server with a large file, and how its clients connect."""

    def __init__(self, server, tls):
        self.server, self.tls = server, tls
        self.options = {"port": server.ports[1], "tls": context()} if tls else {"port": server.port}

    def client(self):
        return Client(**self.options, receive_buffer=16384)

    def break_off(self, path, taken):
        """Asks, reads so many bytes and resets the connection."""
        client = self.client()
        client.ask(path)
        got = client.skip(taken) if taken else 0
        client.reset()
        return got


@pytest.fixture(params=["plain", "tls"])
def site(request, new_server):
    made = new_server(one_child(8, 20) + QUIET_LOG + HTTPS, modules=MODULES, ports=2)
    server = certify(made).start().ready()
    big_file(server, size=SIZE)
    return Site(server, request.param == "tls")


def head_of(site, path):
    with site.client() as client:
        client.ask(path)
        return client.head_size()


@pytest.mark.parametrize("path, size", [("/big.bin", SIZE), ("/", 6), ("/missing", None)])
def test_a_client_may_reset_at_every_point_of_a_response(site, path, size):
    """In the head, around its end, in the body, and around the end of that."""
    head = head_of(site, path)
    end = head + size if size else head
    points = [*range(0, head, 3 if path == "/" else 20), head - 2, head - 1, head, end - 1, end]
    middle = [head + 65535, head + 65536, head + SIZE // 2, end - 2] if path == "/big.bin" else []
    with Siege(site.server, kilobytes=6_000) as siege:
        for taken in [*points, *middle]:
            assert site.break_off(path, taken) == taken
        siege.others_are_answered(10)
        assert siege.most_descriptors <= 30


def test_a_client_may_reset_at_every_point_of_a_request(site):
    with Siege(site.server, kilobytes=6_000) as siege:
        for taken in range(0, len(CLOSING) + 1, 3):
            client = site.client()
            if taken:
                client.send(CLOSING[:taken])
            client.reset()
        siege.others_are_answered(10)


@pytest.mark.parametrize("last", [REQUEST, CLOSING], ids=["kept alive", "lingering"])
def test_a_client_may_reset_between_requests_and_after_the_last(site, last):
    with Siege(site.server, kilobytes=6_000) as siege:
        for _ in range(50):
            client = site.client()
            client.send(last)
            assert client.answer().body == b"hello\n"
            client.reset()
        siege.others_are_answered(10)


def test_a_client_may_reset_in_the_middle_of_what_it_has_pipelined(site):
    with Siege(site.server, kilobytes=6_000) as siege:
        for answers in (0, 1, 2, 19):
            client = site.client()
            client.send(REQUEST * 20)
            for _ in range(answers):
                assert client.answer().body == b"hello\n"
            client.reset()
        siege.others_are_answered(10)


def test_a_client_may_reset_in_the_middle_of_what_it_uploads(site):
    upload = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
    with Siege(site.server, kilobytes=6_000) as siege:
        for sent in (0, 1, 8192, 500_000, 999_999):
            client = site.client()
            with contextlib.suppress(OSError):  # the server may have refused it already
                client.send(upload + bytes(sent))
            client.reset()
        siege.others_are_answered(10)


FLOODS = {
    "connect and close": dict(leave=socket.socket.close),
    "connect and reset": dict(leave=reset),
    "ask and close": dict(first=REQUEST, leave=socket.socket.close),
    "ask and reset": dict(first=REQUEST, leave=reset),
    "half a request and reset": dict(first=REQUEST[:20], leave=reset),
}


@pytest.mark.parametrize("how, filtered", [*((how, "none") for how in FLOODS), ("connect and close", "data")])
def test_floods_of_connections_that_leave_at_once_keep_nobody_out(serve, how, filtered):
    server = serve(one_child(8, 20) + QUIET_LOG + f"AcceptFilter http {filtered}\n")
    with Siege(server, kilobytes=6_000) as siege:
        with Flood(server.port, **FLOODS[how]) as flood:
            for enough in (300, 600, 900):
                eventually(lambda enough=enough: flood.count > enough, 10, what="a flood")
                siege.newcomers_are_answered()
            assert siege.most_descriptors <= 200
        assert flood.refused == 0


def test_floods_cost_no_memory_that_grows_with_them(serve):
    server = serve(one_child(8, 20) + QUIET_LOG)
    with Flood(server.port, first=REQUEST, leave=reset) as flood:
        eventually(lambda: flood.count > 1000, 10)
    with Siege(server, kilobytes=500):
        with Flood(server.port, first=REQUEST, leave=reset) as flood:
            eventually(lambda: flood.count > 4000, 20)


def test_connections_that_are_gone_before_they_are_accepted_concern_nobody(serve):
    """They wait in the kernel's queue while all workers are held, and go."""
    server = serve(one_child(4, 1) + QUIET_LOG + "AcceptFilter http none\n" + DYNAMIC, lab_modules=("mod_lab",))
    with Siege(server, kilobytes=2_000) as siege:
        slow = [server.client() for _ in range(8)]
        for client in slow:
            client.ask("/endless?ms=1000")
        for _ in range(100):
            reset(connected(server.port, first=REQUEST))
            connected(server.port, first=REQUEST).close()
        siege.look()
        assert siege.most_descriptors <= 15
        for client in slow:
            assert client.answer().status == 200
            client.close()
        siege.newcomers_are_answered()

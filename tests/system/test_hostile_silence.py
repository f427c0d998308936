"""Connections that send nothing, or half of something: the kernel keeps some of them, Timeout ends the rest."""

import pytest

from lab.client import crowd
from lab.config import one_child
from lab.hostile import REQUEST, HalfHandshake, connected, many, reset, whether_ended
from lab.siege import QUIET_LOG, Siege
from lab.tls import HTTPS, MODULES, certify
from lab.wait import eventually

pytestmark = pytest.mark.hostile

UNFILTERED = "AcceptFilter http none\nAcceptFilter https none\n"
"""The kernel would keep a connection until data has come (TCP_DEFER_ACCEPT)."""


@pytest.fixture
def secure(new_server):
    return lambda directives: certify(new_server(directives + HTTPS, modules=MODULES, ports=2)).start().ready()


def test_a_thousand_connections_that_send_nothing_do_not_reach_the_server(serve):
    """As many as ListenBacklog; the kernel passes on what is more."""
    server = serve(one_child(8, 2) + QUIET_LOG + "ListenBacklog 1100\n")
    with Siege(server, kilobytes=2_000) as siege, many(1000, server.port):
        siege.others_are_answered()
        eventually(lambda: server.status().BusyWorkers == 1)
        assert siege.most_descriptors <= 4  # those of the others


def test_connections_that_send_nothing_hold_a_worker_each_if_the_kernel_passes_them_on(serve):
    server = serve(one_child(32, 4) + QUIET_LOG + UNFILTERED)
    with Siege(server, kilobytes=4_000) as siege, many(20, server.port):
        eventually(lambda: server.status().BusyWorkers == 21)
        siege.others_are_answered()
        eventually(lambda: server.status().BusyWorkers == 21)


def test_others_have_their_turn_among_many_that_send_nothing(serve):
    server = serve(one_child(8, 2) + QUIET_LOG + UNFILTERED + "Timeout 1\n")
    with Siege(server, kilobytes=4_000) as siege, many(40, server.port) as silent:
        siege.newcomers_are_answered()
        eventually(lambda: all(whether_ended(client) for client in silent), 15, what="the end of all silent ones")
        assert siege.most_descriptors <= 45


@pytest.mark.parametrize("first", [b"G", REQUEST[:-2], b"\r\n"], ids=["a letter", "all but the end", "an empty line"])
def test_who_stops_in_the_middle_of_a_request_is_gone_after_timeout(serve, first):
    server = serve(one_child(32, 4) + QUIET_LOG + "Timeout 3\n")
    with Siege(server, kilobytes=4_000) as siege, many(20, server.port, first=first) as stopped:
        eventually(lambda: server.status().BusyWorkers == 21)
        siege.others_are_answered(20)
        eventually(lambda: all(whether_ended(client) for client in stopped), 10)


HALVES = {"nothing": b"", "half a request": REQUEST[:20], "a request": REQUEST}


@pytest.mark.parametrize("half", HALVES)
def test_who_says_that_no_more_will_come_is_not_waited_for(serve, half):
    server = serve(one_child(8, 20) + QUIET_LOG)
    with Siege(server, kilobytes=4_000) as siege, many(100, server.port, first=HALVES[half]) as halves:
        for client in halves:
            client.shutdown(1)
        siege.others_are_answered()
        assert all(eventually(lambda client=client: whether_ended(client)) for client in halves)
        eventually(lambda: server.sockets_held() <= 1, what="closed although the clients are still there")


def test_a_kept_alive_connection_is_closed_when_no_more_will_come(serve):
    server = serve(one_child(8, 20) + QUIET_LOG)
    with Siege(server, kilobytes=4_000), crowd(server.idle_client() for _ in range(100)) as clients:
        for client in clients:
            client.half_close()
        for client in clients:
            client.end_of_stream(5)
        eventually(lambda: server.sockets_held() == 0, what="closed although the clients are still there")


@pytest.mark.parametrize("point", HalfHandshake.POINTS)
def test_handshakes_that_stop_leave_the_other_workers_to_others(secure, point):
    server = secure(one_child(32, 4) + QUIET_LOG + UNFILTERED)
    port = server.ports[1]
    with Siege(server, kilobytes=8_000) as siege, crowd(HalfHandshake(port, point) for _ in range(20)):
        eventually(lambda: server.status().BusyWorkers == 21)
        siege.others_are_answered()
        eventually(lambda: server.status().BusyWorkers == 21)
        assert siege.most_descriptors <= 30


@pytest.mark.parametrize("leave", ["fin", "reset"])
def test_handshakes_that_break_off_leave_nothing(secure, leave):
    server = secure(one_child(8, 4) + QUIET_LOG + UNFILTERED)
    with Siege(server, kilobytes=8_000) as siege:
        for _ in range(10):
            for point in HalfHandshake.POINTS:
                stopped = HalfHandshake(server.ports[1], point).socket
                reset(stopped) if leave == "reset" else stopped.close()
        siege.others_are_answered()


def test_others_have_their_turn_among_many_handshakes_that_stop(secure):
    server = secure(one_child(8, 2) + QUIET_LOG + UNFILTERED + "Timeout 1\n")
    points = HalfHandshake.POINTS[:3] * 10  # for the answer one would have to wait, until there is a worker
    with Siege(server, kilobytes=6_000) as siege:
        with crowd(HalfHandshake(server.ports[1], point) for point in points) as stopped:
            siege.newcomers_are_answered()
            eventually(lambda: all(whether_ended(client.socket) for client in stopped), 15)


def test_a_tls_client_that_speaks_plainly_or_nonsense_is_refused_at_once(secure):
    server = secure(one_child(8, 20) + QUIET_LOG)
    with Siege(server, kilobytes=6_000) as siege:
        for first in (REQUEST, b"\x16\x03\x01\xff\xff" + bytes(300), b"\0" * 300):
            with crowd(connected(server.ports[1], first=first) for _ in range(20)) as clients:
                siege.others_are_answered(10)
                assert all(eventually(lambda client=client: whether_ended(client)) for client in clients)

"""How many connections a process takes: ThreadsPerChild + AsyncRequestWorkerFactor * idle workers, exactly."""

import time

import pytest

from lab.client import crowd
from lab.config import SLEEP, one_child
from lab.hang import HANG, hold_requests, let_requests_go
from lab.sites import big_file, stalled_reader
from lab.status import process_rows
from lab.wait import eventually, holds_for, lag_so_far, patience

EXACT = [(10, "1.5", 25), (10, "2", 30), (8, "2.75", 30), (16, "1.25", 36)]


def is_answered(server, client):
    """Whether the answer comes; not, if after a while the server has not taken the connection and lets none in."""
    asked = time.monotonic()
    while not client.readable(0.01):
        if time.monotonic() - asked > 0.2 + 2 * lag_so_far() and not server.holds(client) and not server.lets_in():
            return False
    return True


def are_answered(clients, since):
    """True unless one is asked to leave: that may be once another has waited for a quarter of a second."""
    for client in clients:
        answer = client.get("/")
        assert answer.status == 200
        if answer.closes():
            assert time.monotonic() - since >= 0.25
            return False
    return True


def admitted(server, at_most):
    """Opens idle connections until one is not answered; returns (answered ones, the one that waits)."""
    clients = []
    while len(clients) <= at_most:
        client = server.client()
        client.ask("/")
        if not is_answered(server, client):
            return clients, client
        assert client.answer().status == 200
        clients.append(client)
    return clients, None


@pytest.mark.parametrize("threads, factor, limit", EXACT)
def test_exactly_the_documented_number_of_idle_connections_is_admitted(serve, threads, factor, limit):
    server = serve(one_child(threads, factor) + "KeepAliveTimeout 30\n")
    server.quiet()
    clients, waiting = admitted(server, limit + 5)
    with crowd([*clients, waiting] if waiting else clients):
        assert len(clients) == limit
        assert waiting, "nothing was held back"
        holds_for(lambda: not waiting.readable(0), 0.3, what="the next connection waits")


@pytest.mark.serial
@pytest.mark.parametrize("threads, factor, limit", EXACT[:2])
def test_when_one_closes_the_next_is_admitted_at_once(serve, threads, factor, limit):
    server = serve(one_child(threads, factor) + "KeepAliveTimeout 30\n")
    server.quiet()
    clients, waiting = admitted(server, limit + 5)
    with crowd([*clients, waiting]):
        for index in range(2):
            closed = time.monotonic()
            clients[index].close()
            answer = waiting.answer()
            assert answer.status == 200
            assert time.monotonic() - closed < patience(0.1)
            clients.append(waiting)
            if answer.closes():  # it had waited for a quarter of a second: then answers ask clients to leave
                return
            waiting = server.client()
            waiting.ask("/")
            assert not waiting.readable(0.05)
        waiting.close()


def test_connections_that_are_closing_do_not_count(serve):
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\n")
    server.quiet()
    with crowd(server.client() for _ in range(20)) as lingering:
        for client in lingering:
            assert client.get("/", close=True).status == 200
        clients, waiting = admitted(server, 12)
        with crowd([*clients, waiting] if waiting else clients):
            assert len(clients) == 8


def test_keep_alive_connections_stay_when_the_limit_is_reached_but_workers_are_idle(serve):
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\n")
    server.quiet()
    clients, waiting = admitted(server, 12)
    with crowd([*clients, waiting]):
        more = [server.client() for _ in range(5)]
        for client in more:
            client.ask("/")
        holds_for(lambda: all(client.is_open() for client in clients), 0.5)
        for client in clients:
            assert client.get("/").status == 200
        for client in [*clients, *more]:
            client.close()


def test_quiet_connections_make_room_while_workers_block_though_a_closing_one_waits_for_a_worker_too(serve):
    server = serve(one_child(4) + "KeepAliveTimeout 60\n" + SLEEP + HANG, lab_modules=("mod_lab", "mod_labhang"))
    hold_requests(server)
    with crowd(server.idle_client() for _ in range(6)), crowd(server.idle_client() for _ in range(4)) as busy:
        closing = server.client()
        assert closing.get("/", close=True).status == 200  # and the server waits for its end
        server.forget_asker()
        for client in busy[:3]:
            client.ask("/hang")
        busy[3].ask("/sleep?ms=2000")
        with server.client() as newcomer:
            newcomer.ask("/")
            eventually(lambda: not server.lets_in(), what="all workers have something to do")
            closing.close()
            assert newcomer.answer().status == 200  # by the only worker that comes back
        let_requests_go(server)
        for client in busy:
            assert client.answer().status == 200


def test_while_held_the_process_says_it_does_not_accept_and_then_that_it_does(serve):
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\n")
    server.quiet()
    clients, waiting = admitted(server, 12)
    with crowd([*clients, waiting]):
        (row,) = process_rows(clients[0].get("/server-status").text)
        assert not row.accepting
        clients[1].close()
        clients[2].close()
        assert waiting.answer().status == 200
        # The worker that answers this is not idle: it may be asked before the one that answered last is.
        eventually(lambda: process_rows(clients[3].get("/server-status").text)[0].accepting)


def test_the_listening_sockets_do_not_flap_at_the_limit(serve):
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\n")
    server.quiet()
    began = time.monotonic()
    clients, waiting = admitted(server, 12)
    with crowd([*clients, waiting]):
        are_answered(20 * clients[:1], since=began)
        assert len(server.log_lines("AH00457")) <= 2


def test_requests_on_open_connections_are_answered_while_accepting_is_held(serve):
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\n")
    server.quiet()
    began = time.monotonic()
    clients, waiting = admitted(server, 12)
    with crowd([*clients, waiting]):
        if are_answered(3 * clients, since=began):
            assert not waiting.readable(0)


def test_slow_downloads_count_as_open_but_as_idle_workers_too(serve):
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\n")
    big_file(server)
    server.quiet()
    with crowd(stalled_reader(server) for _ in range(6)):
        eventually(lambda: server.sockets_held() == 6)
        clients, waiting = admitted(server, 12)
        with crowd([*clients, waiting] if waiting else clients):
            assert len(clients) == 2


@pytest.mark.serial
def test_when_a_crowd_leaves_accepting_comes_back_without_any_other_event(serve):
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\n")
    for _ in range(3):
        server.quiet()
        clients, waiting = admitted(server, 12)
        assert len(clients) == 8
        for client in [*clients, waiting]:
            client.reset()
        started = time.monotonic()
        assert server.get("/").status == 200
        assert time.monotonic() - started < patience(0.2)


def test_a_factor_below_one_counts_too(serve):
    server = serve(one_child(4, "0.5") + "KeepAliveTimeout 30\n")
    server.quiet()
    clients, waiting = admitted(server, 10)
    with crowd([*clients, waiting] if waiting else clients):
        assert len(clients) == 6

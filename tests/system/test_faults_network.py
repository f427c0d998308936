"""Calls on sockets and pollsets that fail: one client's trouble, or a shortage of the whole child."""

import errno
import os
import signal
import time

import pytest

from lab import faults
from lab.client import crowd
from lab.config import TWO_CHILDREN, one_child
from lab.load import Load
from lab.wait import eventually, holds_for, patience


@pytest.mark.parametrize("error", [errno.ECONNABORTED, errno.EINTR, errno.EAGAIN], ids=errno.errorcode.get)
def test_a_client_that_leaves_before_it_is_accepted_concerns_nobody(serve, error):
    server = serve(one_child(8), faults=True)
    child = server.child()
    server.faults.fail("accept4", error, times=50)
    with Load(server.port, clients=4) as load:
        eventually(lambda: server.faults.fired("accept4") == 50)
        eventually(lambda: load.ok > 50)
    assert load.failed == 0, load.outcomes
    assert server.child() == child
    assert not server.log_lines(r":(warn|error|crit|alert|emerg)\]")


SHORTAGES = [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS]


@pytest.mark.parametrize("error", SHORTAGES, ids=errno.errorcode.get)
def test_a_shortage_at_an_accept_is_named_once_and_costs_no_client_anything(serve, error):
    server = serve(TWO_CHILDREN, faults=True)
    server.faults.fail("accept4", error, times=1)
    with Load(server.port, clients=4, keep_alive=True) as load:
        eventually(lambda: server.faults.fired("accept4") == 1)
        reached = load.ok
        eventually(lambda: load.ok > reached + 100)
    assert load.failed == 0, load.outcomes
    assert load.dropped == 0
    assert len(server.log_lines("AH02179")) == 1
    eventually(lambda: server.status().IdleWorkers >= 15)


def test_clients_that_come_during_a_shortage_wait_and_are_served_when_it_is_over(serve):
    server = serve(TWO_CHILDREN, faults=True)
    with server.idle_client() as old:
        server.forget_asker()
        server.faults.fail("accept4", errno.ENFILE)
        with crowd(server.client() for _ in range(8)) as clients:
            for client in clients:
                client.ask()
            holds_for(lambda: all(not client.readable(0) for client in clients), 3.2)
            lines = server.log_lines(r"\[mpm_event:error\].*AH02179")
            server.faults.clear()
            over = time.monotonic()
            for client in clients:
                assert client.answer().status == 200
            assert time.monotonic() - over < patience(2)
        assert 1 <= len(lines) <= 2, "\n".join(lines)  # both children may be the first
        assert not old.is_open() or old.get().status == 200
    eventually(lambda: server.status().IdleWorkers >= 15)
    assert not server.log_lines("AH02324|AH00050")


@pytest.mark.parametrize("first", [True, False], ids=["new", "kept-alive"])
def test_a_connection_that_the_pollset_refuses_is_closed_and_no_other(serve, first):
    server = serve(one_child(4), faults=True)
    with server.idle_client() as other, server.client() as victim:
        if not first:
            victim.get()
        kept_alive = 1 if first else 2
        eventually(lambda: server.status().ConnsAsyncKeepAlive == kept_alive)
        server.forget_asker()
        eventually(lambda: server.sockets_held() == kept_alive)
        server.faults.fail("epoll_ctl", errno.ENOSPC, times=1, what=faults.CONNECTION)
        for _ in range(10):
            assert victim.get().status == 200
            if victim.readable(patience(0.5)):
                break  # else it has kept its place in the pollset
        victim.end_of_stream(2)
        assert server.faults.fired("epoll_ctl") == 1
        assert other.get().status == 200
    assert len(server.log_lines("AH03093")) == 1
    server.quiet()
    eventually(lambda: server.status().ConnsTotal == 1)


def test_while_no_connection_can_be_watched_each_is_answered_and_the_log_says_so_a_few_times(serve):
    server = serve(TWO_CHILDREN, faults=True)
    server.faults.fail("epoll_ctl", errno.ENOSPC, what=faults.CONNECTION)
    with Load(server.port, clients=4) as load:
        eventually(lambda: server.faults.fired("epoll_ctl") > 200, 20)
        assert 1 <= len(server.log_lines("AH0309[23]")) <= 8  # first, tenth and hundredth of a few children
        server.faults.clear()
        reached = load.ok
        eventually(lambda: load.ok > reached + 100)
    assert load.failed == 0, load.outcomes
    with server.idle_client() as client:
        assert client.get().status == 200
    server.quiet()
    eventually(lambda: server.status().IdleWorkers >= 15)


def test_a_child_whose_listening_sockets_cannot_be_watched_leaves_and_is_replaced(serve):
    server = serve(TWO_CHILDREN, faults=True)
    server.faults.fail("epoll_ctl", errno.ENOSPC, what=faults.LISTENER)
    server.send_signal(signal.SIGUSR1)
    eventually(lambda: len(server.log_lines("AH00489")) == 2)
    eventually(lambda: server.faults.fired("epoll_ctl") >= 3, 10)
    assert not server.ended()
    lines = server.log_lines(r":error\].*apr_pollset_add failed for a listening socket")
    assert 1 <= len(lines) <= 4, "\n".join(lines)
    server.faults.clear()
    eventually(lambda: server.get().status == 200)
    eventually(lambda: server.status().IdleWorkers >= 15, 10)


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENOMEM], ids=errno.errorcode.get)
def test_a_child_without_a_pollset_ends_and_the_server_goes_on(serve, error):
    server = serve(TWO_CHILDREN, faults=True, crashes_expected=True)
    server.faults.fail("epoll_create1", error)
    os.kill(server.children()[0], signal.SIGKILL)
    eventually(lambda: len(server.log_lines("AH03103")) >= 2, 10, what="the second child that fails")
    assert server.get().status == 200
    assert len(server.log_lines(r":error\].*AH03103")) == 1
    assert server.faults.fired("epoll_create1") <= 4
    server.faults.clear()
    eventually(lambda: server.status().IdleWorkers >= 15)


def test_a_pollset_that_cannot_wait_costs_the_child_and_is_named_once(serve):
    server = serve(TWO_CHILDREN, faults=True)
    first = server.children()
    server.faults.fail("epoll_wait", errno.EINVAL, times=1)  # a child that meets it twice goes at once
    with Load(server.port, clients=4) as load:
        eventually(lambda: server.faults.fired("epoll_wait") == 1)
        reached = load.ok
        eventually(lambda: load.ok > reached + 100)
    eventually(lambda: set(server.children()) - set(first))
    eventually(lambda: server.status().IdleWorkers >= 15)
    assert len(server.log_lines("apr_pollset_poll failed")) == 1
    assert load.failed == 0, load.outcomes


def test_a_connection_that_httpd_cannot_set_up_is_closed_and_leaves_nothing(serve):
    server = serve(one_child(4), faults=True)
    child = server.child()
    server.quiet()
    server.faults.fail("apr_socket_addr_get", errno.ENOBUFS, times=20)
    with crowd(server.client() for _ in range(20)) as clients:
        for client in clients:
            client.ask()
            eventually(lambda client=client: not client.is_open())
    assert server.faults.fired("apr_socket_addr_get") == 20
    assert len(server.log_lines("AH0013[78]")) == 20
    server.quiet()
    eventually(lambda: server.status().ConnsTotal == 1)
    assert server.child() == child

"""Children that cannot be made, cannot work, crash or hang; and children whose parent is gone."""

import contextlib
import errno
import os
import signal
import socket

import pytest

from lab import faults, proc
from lab.config import CGID, SLEEP, TWO_CHILDREN, location, several
from lab.hang import HANG
from lab.load import Load
from lab.wait import SANITIZER, THREAD_SANITIZER, eventually, holds_for, patience


def kill_one(server):
    """Takes one child away; the shim sees to it that its successor has trouble."""
    victim = eventually(server.children)[0]
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    eventually(lambda: not proc.alive(victim))


def test_a_fork_that_fails_is_named_once_and_made_good_as_soon_as_it_can_be(serve):
    server = serve(TWO_CHILDREN, faults=True, crashes_expected=True)
    server.faults.fail("fork", errno.EAGAIN, who=faults.PARENT)
    kill_one(server)
    eventually(lambda: server.faults.fired("fork") >= 3, 5)
    assert len(server.log_lines("AH00481.*Unable to fork new process")) == 1
    with Load(server.port, clients=2) as load:
        eventually(lambda: load.ok > 100)
    assert load.failed == 0, load.outcomes
    server.faults.clear()
    eventually(lambda: len(server.children()) == 2, 3)
    eventually(lambda: server.status().IdleWorkers >= 15)


def test_clients_wait_while_no_child_can_be_forked_and_are_served_afterwards(serve):
    server = serve(TWO_CHILDREN, faults=True, crashes_expected=True)
    server.faults.fail("fork", errno.ENOMEM, who=faults.PARENT)
    kill_one(server)
    kill_one(server)
    with server.client() as client:
        client.ask()
        holds_for(lambda: not client.readable(0) and not server.ended(), 2.2)
        server.faults.clear()
        assert client.answer().status == 200
    eventually(lambda: server.status().IdleWorkers >= 15)


def test_a_server_that_cannot_fork_at_its_start_serves_once_it_can(new_server):
    server = new_server(TWO_CHILDREN, faults=True)
    server.faults.fail("fork", errno.EAGAIN, who=faults.PARENT, times=2)
    server.start().ready(16)
    assert len(server.log_lines("AH00481.*Unable to fork new process")) == 1


# The successor's threads: the workers that it starts at once, and a listener.
AT_ONCE = min(8, max(2, os.cpu_count()) + 2)


@pytest.mark.parametrize("made", [0, AT_ONCE - 1, AT_ONCE], ids=["the first", "one more", "the listener"])
def test_a_child_short_of_threads_ends_in_order_and_is_made_good_when_it_can_be(serve, made):
    server = serve(TWO_CHILDREN, faults=True, crashes_expected=True)
    server.faults.fail("pthread_create", errno.EAGAIN, skip=made)
    kill_one(server)
    with Load(server.port, clients=2, keep_alive=True) as load:
        eventually(lambda: server.faults.fired("pthread_create") >= 3, 10)
        # Of the first such child, a line for its workers and one for its listener.
        assert 1 <= len(server.log_lines(r":alert\].*(AH03104|AH00474)")) <= 2
        assert server.faults.fired("pthread_create") <= 6
        server.faults.clear()
        eventually(lambda: server.status().IdleWorkers >= 14)
    assert load.failed == 0, load.outcomes
    assert not server.log_lines("AH0005[012]|AH02324|exit signal")


@pytest.mark.skipif(AT_ONCE == 8, reason="as many processors as workers: all are started at once")
@pytest.mark.skipif(THREAD_SANITIZER, reason="its own threads count as well")
def test_a_child_that_runs_short_of_threads_later_serves_on_with_those_it_has(serve):
    # So few spare threads are asked for that nobody else is forked for those it has not.
    server = serve(several(2, 8, most=2, slots=4, spare=(1, 16)), faults=True, crashes_expected=True)
    server.faults.fail("pthread_create", errno.EAGAIN, skip=AT_ONCE + 1)
    kill_one(server)
    with Load(server.port, clients=2, keep_alive=True) as load:
        eventually(lambda: server.faults.fired("pthread_create") >= 2, 10)
        children = server.children()
        assert len(children) == 2, "the one that serves with less is not replaced"
        assert len(server.log_lines(r":alert\].*AH03104.*does with %d" % AT_ONCE)) == 1
        server.faults.clear()
        eventually(lambda: server.status().IdleWorkers >= 14)
        assert server.children() == children
    assert load.failed == 0, load.outcomes


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGHUP], ids=["graceful", "restart"])
@pytest.mark.parametrize("call", ["pthread_create", "epoll_create1", "pipe2"])
def test_a_restart_during_a_shortage_does_not_end_the_server(serve, call, number):
    server = serve(TWO_CHILDREN, faults=True)
    server.faults.fail(call, errno.EMFILE)
    server.forget_asker()
    server.send_signal(number)
    eventually(lambda: len(server.log_lines("AH00489")) == 2)
    eventually(lambda: server.faults.fired(call) >= 4, 10)
    holds_for(lambda: not server.ended(), 2.2)
    lines = server.log_lines(r":(error|crit|alert|emerg)\]")
    assert 1 <= len(lines) <= 3, "\n".join(lines)
    server.faults.clear()
    eventually(lambda: server.status().IdleWorkers >= 15)


@pytest.mark.parametrize("call", ["pthread_create", "epoll_create1", "pipe2"])
def test_the_old_children_serve_on_while_a_shortage_leaves_no_new_one_well(serve, call):
    server = serve(TWO_CHILDREN, faults=True)
    old = server.children()
    eventually(lambda: "S" not in server.status().board, what="all of their threads")
    server.forget_asker()
    server.faults.fail(call, errno.EMFILE)
    with Load(server.port, clients=2, timeout=5) as load:
        server.send_signal(signal.SIGUSR1)
        eventually(lambda: server.faults.fired(call) >= 4, 8)
        assert set(old) <= set(server.children())
        assert load.longest < patience(1)
        server.faults.clear()
        eventually(lambda: not set(old) & set(server.children()))
    assert load.failed == 0, load.outcomes


def test_a_server_whose_first_children_are_all_short_of_something_gives_up_and_says_so(new_server):
    server = new_server(TWO_CHILDREN, faults=True)
    server.faults.fail("pthread_create", errno.EAGAIN)
    server.configure()
    server._launch()
    server.wait_for_end(10)
    assert len(server.log_lines("AH02324")) == 1
    eventually(lambda: not server.processes())


MEMORY = pytest.mark.parametrize("call", ["mmap", "malloc"], ids=["pools", "all"])
NOT_SANITIZED = pytest.mark.skipif(bool(SANITIZER), reason="a sanitizer brings its own memory")


@NOT_SANITIZED
@MEMORY
def test_children_short_of_memory_may_end_but_the_server_does_not(serve, call):
    server = serve(TWO_CHILDREN, faults=True, crashes_expected=True)
    server.faults.fail(call, errno.ENOMEM, times=3)
    with Load(server.port, clients=4, timeout=5) as load:
        kill_one(server)
        eventually(lambda: server.faults.fired(call) == 3, 10)
        reached = load.ok
        eventually(lambda: load.ok > reached + 100)
    assert load.failed <= 32, load.outcomes
    assert len(server.log_lines("AH0005[12]")) <= 3
    eventually(lambda: server.status().IdleWorkers >= 15)


@NOT_SANITIZED
@MEMORY
def test_no_memory_for_any_child_for_seconds_is_survived(serve, call):
    server = serve(TWO_CHILDREN, faults=True, crashes_expected=True)
    server.faults.fail(call, errno.ENOMEM)
    kill_one(server)
    eventually(lambda: server.faults.fired(call) >= 4, 10)
    holds_for(lambda: not server.ended(), 2.2)
    assert len(server.log_lines(r":(error|crit|alert|emerg)\]")) <= 12
    server.faults.clear()
    eventually(lambda: server.get().status == 200)
    eventually(lambda: server.status().IdleWorkers >= 15)


def test_a_child_without_memory_for_buckets_ends_in_order_before_it_accepts_and_is_replaced(serve):
    server = serve(TWO_CHILDREN, faults=True)
    old = set(server.children())
    with Load(server.port, clients=4, timeout=5) as load:
        eventually(lambda: load.ok > 50)
        server.faults.fail("apr_bucket_alloc_create_ex", errno.ENOMEM, times=1)
        eventually(lambda: len(old & set(server.children())) == 1, what="the end of one child")
        reached = load.ok
        eventually(lambda: load.ok > reached + 100)
    assert load.failed == 0, load.outcomes
    assert len(server.log_lines("AH03097")) == 1
    eventually(lambda: server.status().IdleWorkers >= 15)


@pytest.mark.parametrize("how, sign", [("segv", "AH0005[12].*Segmentation fault"), ("abort", "AH0005[12].*Abort")])
def test_a_request_that_crashes_its_child_costs_that_child_and_one_line(serve, how, sign):
    crash = location("/crash", "lab-crash")
    server = serve(TWO_CHILDREN + crash, lab_modules=("mod_labhang",), crashes_expected=True)
    with server.client() as client:
        client.ask(f"/crash?{how}")
        eventually(lambda: not client.is_open())
    eventually(lambda: server.status().IdleWorkers >= 15)
    assert len(server.log_lines(sign)) == 1


def test_a_child_that_hangs_in_child_init_leaves_the_others_at_work(serve):
    server = serve(TWO_CHILDREN + HANG, lab_modules=("mod_labhang",), crashes_expected=True)
    hang = server.out / "hang.init"
    hang.touch()
    kill_one(server)
    eventually(lambda: len(server.children()) >= 2)
    with Load(server.port, clients=2) as load:
        eventually(lambda: load.ok > 100)
    assert load.failed == 0, load.outcomes
    assert len(server.children()) <= 4
    hang.unlink()
    eventually(lambda: server.status().IdleWorkers >= 15)


def test_a_server_whose_children_hang_in_child_init_can_be_stopped(new_server):
    server = new_server(TWO_CHILDREN + HANG, lab_modules=("mod_labhang",), may_be_slow_to_stop=True)
    server.start().ready(16)
    (server.out / "hang.init").touch()
    server.send_signal(signal.SIGHUP)
    eventually(lambda: len(server.log_lines("AH00489")) == 2)
    assert server.stop(within=13) == 0
    eventually(lambda: not server.processes())
    assert len(server.log_lines("AH00046.*still did not exit")) == 2


def test_a_request_that_never_ends_cannot_hold_up_a_stop(serve):
    server = serve(TWO_CHILDREN + HANG, lab_modules=("mod_labhang",), may_be_slow_to_stop=True)
    (server.out / "hang.handler").touch()
    with server.client() as client:
        client.ask("/hang")
        eventually(lambda: server.status().BusyWorkers == 2)
        assert server.stop(within=13) == 0
    eventually(lambda: not server.processes())
    assert len(server.log_lines("AH00045.*still did not exit")) == 3
    assert len(server.log_lines("AH00046.*still did not exit")) == 1


def test_a_request_that_hangs_outlives_a_graceful_restart_and_hinders_nobody(serve):
    server = serve(TWO_CHILDREN + HANG, lab_modules=("mod_labhang",))
    hang = server.out / "hang.handler"
    hang.touch()
    with server.client() as client:
        client.ask("/hang")
        eventually(lambda: server.status().BusyWorkers == 2)
        server.graceful()
        assert server.get().status == 200
        assert not client.readable(0)
        hang.unlink()
        assert client.answer().text == "went on\n"
    eventually(lambda: server.status().Processes == 2)


def test_children_whose_parent_was_killed_answer_what_they_have_and_end(serve):
    server = serve(TWO_CHILDREN + SLEEP, lab_modules=("mod_lab",))
    orphans = server.children()
    with server.client() as client, server.idle_client() as idle:
        client.ask("/sleep?ms=1500")
        eventually(lambda: server.status().BusyWorkers == 2)
        server.forget_asker()
        os.kill(server.pid, signal.SIGKILL)
        server.wait_for_end()
        idle.end_of_stream(3)
        assert client.answer().text == "slept\n"
        client.end_of_stream(2)
    eventually(lambda: not any(proc.alive(orphan) for orphan in orphans))
    with socket.socket() as successor:  # the port is free for another server
        successor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        successor.bind(("127.0.0.1", server.port))
        successor.listen()


def test_children_end_with_their_parent_also_if_another_process_holds_its_ends_of_their_lines(serve):
    server = serve(TWO_CHILDREN + CGID, modules=("cgid",))
    orphans = {row.pid for row in server.rows()}
    (daemon,) = set(server.children()) - orphans
    server.forget_asker()
    os.kill(server.pid, signal.SIGKILL)
    server.wait_for_end()
    eventually(lambda: not any(proc.alive(orphan) for orphan in orphans))
    os.kill(daemon, signal.SIGKILL)


def test_children_of_every_generation_end_when_the_parent_was_killed(serve):
    server = serve(TWO_CHILDREN + SLEEP, lab_modules=("mod_lab",))
    with server.client() as client:
        client.ask("/sleep?ms=2000")
        eventually(lambda: server.status().BusyWorkers == 2)
        server.graceful()
        orphans = server.children()
        assert len(orphans) >= 2
        server.forget_asker()
        os.kill(server.pid, signal.SIGKILL)
        server.wait_for_end()
        assert client.answer().text == "slept\n"
    eventually(lambda: not any(proc.alive(orphan) for orphan in orphans))

"""Hooks that the MPM runs for modules: children, generations, suspended connections; threads of modules."""

import os
import re
import signal
import time
from collections import Counter

import pytest

from lab.client import crowd
from lab.config import TWO_CHILDREN, one_child
from lab.load import Load
from lab.wait import eventually, holds_for, patience, pause

HOOKS = "LabHooksFile {out}/hooks\n"
STARTED, EXITED, LOST_SLOT = 0, 1, 2


def recording(serve, directives):
    return serve(directives + HOOKS, lab_modules=("mod_labhooks",))


def recorded(server, name):
    """Every run of a hook, as a dict of its words; "pid" is the process it ran in."""
    path = server.out / "hooks"
    found = []
    for line in path.read_text().splitlines() if path.exists() else []:
        hook, pid, *words = line.split()
        if hook == name:
            found.append({"pid": int(pid), **{k: int(v) for k, v in (word.split("=") for word in words)}})
    return found


def test_child_init_runs_once_in_each_child_without_privileges(serve):
    server = recording(serve, TWO_CHILDREN)
    runs = recorded(server, "child_init")
    assert sorted(run["pid"] for run in runs) == server.children()
    assert {run["uid"] for run in runs} == {33}


def test_child_status_tells_the_birth_and_the_end_of_each_child_in_the_parent(serve):
    server = recording(serve, one_child(2))
    child = server.child()
    server.graceful()
    eventually(lambda: [run for run in recorded(server, "child_status") if run["state"] == EXITED], 4)

    def generations():
        return [run["generation"] for run in recorded(server, "child_status") if run["state"] == STARTED]

    eventually(lambda: generations() == [0, 1])
    runs = recorded(server, "child_status")
    assert {run["pid"] for run in runs} == {server.pid}
    states = [run["state"] for run in runs if run["child"] == child and run["state"] != LOST_SLOT]
    assert states == [STARTED, EXITED]


@pytest.mark.parametrize("log", ["", 'CustomLog "|/bin/cat" %U\n'], ids=["alone", "with a piped log"])
def test_end_generation_runs_once_for_each_generation_after_its_last_child(serve, log):
    server = recording(serve, TWO_CHILDREN + log)
    for _ in range(3):
        server.graceful()
        eventually(lambda: len(server.rows()) == 2)
    eventually(lambda: [run["generation"] for run in recorded(server, "end_generation")] == [0, 1, 2], 5)
    assert {run["pid"] for run in recorded(server, "end_generation")} == {server.pid}


ENDS = {signal.SIGTERM: 0, signal.SIGWINCH: 1, signal.SIGHUP: 0, signal.SIGUSR1: 1}


@pytest.mark.parametrize("number, graceful", ENDS.items(), ids=lambda value: getattr(value, "name", ""))
def test_child_stopping_runs_once_in_each_child_and_says_whether_it_is_graceful(serve, number, graceful):
    server = recording(serve, TWO_CHILDREN)
    children = server.children()
    server.forget_asker()
    server.send_signal(number)
    eventually(lambda: len(recorded(server, "child_stopping")) >= 2, 5)
    runs = recorded(server, "child_stopping")
    assert sorted(run["pid"] for run in runs if run["pid"] in children) == children
    assert {run["graceful"] for run in runs} == {graceful}
    if number in (signal.SIGHUP, signal.SIGUSR1):
        eventually(lambda: server.status().generation == 1, 5)


def test_child_stopping_is_graceful_when_max_connections_per_child_is_reached(serve):
    server = recording(serve, one_child(2, slots=3) + "MaxConnectionsPerChild 3\n")
    server.forget_asker()
    for _ in range(6):
        assert server.get("/").status == 200
    runs = eventually(lambda: recorded(server, "child_stopping"), 3)
    assert runs[0]["graceful"] == 1


def test_the_monitor_hook_runs_in_the_parent_every_ten_seconds_or_so(serve):
    server = recording(serve, one_child(2))
    eventually(lambda: recorded(server, "monitor"), 12, every=0.1)
    assert {run["pid"] for run in recorded(server, "monitor")} == {server.pid}


def test_pre_mpm_runs_at_the_start_and_after_a_restart_but_not_after_a_graceful_one(serve):
    server = recording(serve, one_child(2))
    assert len(recorded(server, "pre_mpm")) == 1
    server.graceful()
    assert len(recorded(server, "pre_mpm")) == 1
    server.restart()
    assert len(recorded(server, "pre_mpm")) == 2
    assert {run["shared"] for run in recorded(server, "pre_mpm")} == {1}


def test_a_kept_alive_connection_is_suspended_after_and_resumed_before_each_request(serve):
    server = recording(serve, one_child(2)).quiet()
    before = Counter(suspend=len(recorded(server, "suspend")), resume=len(recorded(server, "resume")))
    with server.client() as client:
        for number in range(1, 4):
            assert client.get("/").status == 200
            eventually(lambda number=number: len(recorded(server, "suspend")) - before["suspend"] == number, 1)
        assert len(recorded(server, "resume")) - before["resume"] == 2
    eventually(lambda: len(recorded(server, "suspend")) == len(recorded(server, "resume")), 1)


def test_connections_are_resumed_as_often_as_they_are_suspended(serve):
    server = recording(serve, one_child(4, 8))
    with crowd(server.client() for _ in range(4)) as clients:
        for _ in range(3):
            for client in clients:
                assert client.get("/").status == 200
                pause(0.02)
    server.quiet()
    eventually(lambda: len(recorded(server, "suspend")) == len(recorded(server, "resume")) >= 4 * 3, 1)


# ---- threads that modules make in child_init (PR 62009) ----------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGWINCH], ids=["SIGTERM", "SIGWINCH"])
def test_a_thread_of_a_module_does_not_keep_the_server_from_stopping(serve, number):
    server = serve(TWO_CHILDREN, lab_modules=("mod_labthread",))
    started = time.monotonic()
    assert server.stop(number) == 0
    assert time.monotonic() - started < patience(3)


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGHUP], ids=["SIGUSR1", "SIGHUP"])
def test_a_thread_of_a_module_does_not_disturb_restarts_under_load(serve, number):
    server = serve(TWO_CHILDREN, lab_modules=("mod_labthread",))
    old = set(server.children())
    with Load(server.port, clients=3, timeout=5) as load:
        for _ in range(4):
            server._restart(number, 10)
        eventually(lambda: load.ok > 100)
    assert number == signal.SIGHUP or load.failed == 0, load.outcomes
    eventually(lambda: not old & set(server.children()), 5)
    assert not server.log_lines("exit signal")


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGWINCH, signal.SIGHUP], ids=lambda value: value.name)
def test_signals_sent_to_a_child_itself_do_not_kill_it(serve, number):
    server = serve(one_child(2), lab_modules=("mod_labthread",))
    child = server.child()
    os.kill(child, number)
    holds_for(lambda: server.get("/").status == 200, 0.3)
    if number != signal.SIGHUP:
        assert server.child() == child


def test_a_crash_in_a_child_is_logged_with_its_pid_and_signal(serve):
    server = serve(one_child(2), crashes_expected=True)
    child = server.child()
    os.kill(child, signal.SIGSEGV)
    (line,) = eventually(lambda: server.log_lines("AH0005[12]"), 3)
    assert re.search(rf"child pid {child} exit signal Segmentation fault", line)

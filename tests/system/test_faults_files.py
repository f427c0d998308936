"""Disks that are full, files that cannot be made or are left over, and pipes that break."""

import contextlib
import errno
import os
import re
import signal
from pathlib import Path

import pytest

from lab import faults, proc
from lab.config import SLEEP, TWO_CHILDREN, several
from lab.load import Load
from lab.wait import eventually, holds_for

RESTARTS = pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGHUP], ids=["graceful", "restart"])


def test_a_full_disk_for_the_logs_hinders_nobody(serve):
    server = serve(TWO_CHILDREN + 'CustomLog {out}/access "%U"\n', faults=True)
    server.faults.fail("write", errno.ENOSPC, who=faults.ALL, what=faults.REGULAR_FILE)
    with Load(server.port, clients=4) as load:
        eventually(lambda: load.ok > 200)
    assert load.failed == 0, load.outcomes
    assert server.faults.fired("write") > 100
    server.faults.clear()
    before = (server.out / "access").stat().st_size
    server.get("/")
    eventually(lambda: (server.out / "access").stat().st_size > before)


@RESTARTS
def test_a_restart_while_the_disk_is_full_does_not_end_the_server(serve, number):
    server = serve(TWO_CHILDREN, faults=True)
    first = server.children()
    server.forget_asker()
    server.faults.fail("write", errno.ENOSPC, who=faults.ALL, what=faults.REGULAR_FILE)
    server.send_signal(number)
    eventually(lambda: not set(first) & set(server.children()) and len(server.children()) == 2, 10)
    assert server.get().status == 200
    assert server.faults.fired("write") > 0
    server.faults.clear()
    assert int(server.pid_file.read_text()) == server.pid


def test_a_pid_file_that_was_moved_is_made_again_at_a_restart(serve):
    server = serve(TWO_CHILDREN)
    server.pid_file.unlink()
    server.graceful()
    assert int(server.pid_file.read_text()) == server.pid


def test_a_server_starts_over_a_stale_pid_file_and_says_so(new_server):
    server = new_server(TWO_CHILDREN)
    gone = os.fork() or os._exit(0)
    os.waitpid(gone, 0)
    server.pid_file.write_text(f"{gone}\n")
    server.start().ready(16)
    assert int(server.pid_file.read_text()) == server.pid
    assert len([line for line in (server.console() + server.log_text()).splitlines() if "AH00098" in line]) == 1
    assert server.stop() == 0
    assert not server.pid_file.exists()


def test_a_pid_file_with_the_servers_own_pid_is_stale_at_its_start(new_server):
    """In a container that was killed, the next server often has the same."""
    server = new_server(TWO_CHILDREN)
    server.launcher = ("sh", "-c", 'echo $$ >run/httpd.pid; exec "$@"', "sh")
    server.start().ready(16)
    assert int(server.pid_file.read_text()) == server.pid
    assert len([line for line in (server.console() + server.log_text()).splitlines() if "AH00098" in line]) == 1


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EFBIG], ids=errno.errorcode.get)
def test_a_server_without_room_for_its_scoreboard_does_not_start_and_says_why(new_server, error):
    server = new_server(TWO_CHILDREN + "ScoreBoardFile {root}/run/board\n", faults=True)
    server.faults.fail("ftruncate", error, who=faults.PARENT)
    server.configure()
    server._launch()
    server.wait_for_end(10)
    eventually(lambda: not server.processes())
    assert len(server.log_lines(r"scoreboard")) == 1, server.log_text()
    assert not server.log_lines(r"Child \d started")


@RESTARTS
def test_a_restart_needs_no_room_for_another_scoreboard(serve, number):
    server = serve(TWO_CHILDREN, faults=True)
    server.faults.fail("ftruncate", errno.ENOSPC, who=faults.PARENT)
    server._restart(number, 10)
    eventually(lambda: server.status().IdleWorkers >= 15)


def test_children_that_cannot_be_asked_through_their_pipe_leave_at_a_graceful_restart(serve):
    server = serve(TWO_CHILDREN, faults=True)
    first = server.children()
    server.faults.fail("write", errno.EIO, who=faults.PARENT, what=faults.PIPE)
    server.graceful()
    eventually(lambda: not set(first) & set(server.children()))
    assert server.faults.fired("write") > 0


def test_children_that_cannot_be_asked_through_their_pipe_leave_at_a_graceful_stop(serve):
    server = serve(TWO_CHILDREN + SLEEP, lab_modules=("mod_lab",), faults=True)
    with server.client() as client:
        client.ask("/sleep?ms=3000")
        eventually(lambda: server.status().BusyWorkers == 2)
        server.forget_asker()
        server.faults.fail("write", errno.EIO, who=faults.PARENT, what=faults.PIPE)
        server.send_signal(signal.SIGWINCH)
        assert client.answer().text == "slept\n"
        assert server.wait_for_end(10) == 0
        assert server.faults.fired("write") > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["stop", "restart"])
def test_children_that_cannot_be_asked_through_their_pipe_leave_when_told_by_a_signal(serve, number):
    server = serve(TWO_CHILDREN, faults=True)
    first = server.children()
    server.forget_asker()
    server.faults.fail("write", errno.EIO, who=faults.PARENT, what=faults.PIPE)
    server.send_signal(number)
    eventually(lambda: not any(proc.alive(child) for child in first), 3)
    assert server.faults.fired("write") > 0


def pipe_ends(pid, access):
    """Descriptors of pipes that a process has open in this way: os.O_RDONLY or os.O_WRONLY."""
    links = proc.descriptors(pid)
    pipes = [fd for fd, link in links.items() if link.startswith("pipe:")]
    flags = {fd: Path(f"/proc/{pid}/fdinfo/{fd}").read_text() for fd in pipes}
    return {fd: links[fd] for fd in pipes if int(re.search(r"flags:\s+(\d+)", flags[fd])[1], 8) & 3 == access}


@pytest.mark.parametrize("end", [os.O_WRONLY, os.O_RDONLY], ids=["write", "read"])
def test_a_pipe_that_is_closed_behind_the_servers_back_is_made_anew(serve, end):
    server = serve(several(2, 8, most=4, spare=(9, 32)), faults=True)  # two children, and no third one for the load
    ((_, pipe),) = pipe_ends(server.pid, os.O_WRONLY).items()
    (broken,) = [fd for fd, name in pipe_ends(server.pid, end).items() if name == pipe]
    server.faults.close_in_parent(broken)
    eventually(lambda: server.faults.fired("close") == 1)
    server.forget_asker()
    victims = server.children()
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGTERM)
    eventually(lambda: not any(proc.alive(victim) for victim in victims))
    eventually(lambda: server.status().IdleWorkers >= 15)
    started = len(server.log_lines(r"Child \d started"))
    with Load(server.port, clients=2) as load:
        holds_for(lambda: len(server.log_lines(r"Child \d started")) == started, 1.5)
    assert load.failed == 0, load.outcomes
    first = server.children()
    server.graceful()
    eventually(lambda: not set(first) & set(server.children()))


def test_a_child_that_cannot_read_its_pipe_leaves_and_is_replaced(serve):
    server = serve(TWO_CHILDREN, faults=True)
    server.faults.fail("read", errno.EIO, who=faults.CHILDREN, what=faults.PIPE, times=2)
    first = server.children()
    server.graceful()
    eventually(lambda: not set(first) & set(server.children()))
    assert server.faults.fired("read") == 2
    eventually(lambda: server.status().IdleWorkers >= 15)
    assert not server.log_lines("AH0005[012]")


def test_children_without_a_line_to_the_parent_serve_and_are_succeeded_all_the_same(serve):
    server = serve(TWO_CHILDREN, faults=True, crashes_expected=True)
    server.faults.fail("socketpair", errno.EMFILE, who=faults.PARENT)
    for victim in server.children():
        os.kill(victim, signal.SIGKILL)
    eventually(lambda: server.faults.fired("socketpair") >= 2)
    server.faults.clear()
    eventually(lambda: server.status().IdleWorkers >= 15)
    unheard = server.children()
    assert len(unheard) <= 3
    server.graceful()
    eventually(lambda: not set(unheard) & set(server.children()))
    eventually(lambda: server.status().IdleWorkers >= 15)

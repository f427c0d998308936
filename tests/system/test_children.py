"""Children come and go: crashes, spare threads, MaxConnectionsPerChild, limits that are never passed."""

import contextlib
import fcntl
import os
import random
import re
import resource
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from lab import proc
from lab.client import crowd
from lab.config import SLEEP, TWO_CHILDREN, location, one_child, several
from lab.load import Load
from lab.sites import MEGABYTE, big_file, stalled_reader
from lab.wait import SANITIZER, THREAD_SANITIZER, TOO_LATE, eventually, holds_for, lag_so_far, patience, pause


class Watch:
    """Remembers the largest number of living children."""

    def __init__(self, server):
        self.server, self.most = server, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while not self._stop.wait(0.01):
            self.most = max(self.most, len(self.server.children()))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL], ids=lambda value: value.name)
def test_children_that_are_killed_every_200_ms_are_replaced_and_service_goes_on(serve, number):
    server = serve(several(3, 8, most=3, slots=6, spare=(16, 32)) + "KeepAliveTimeout 2\n", crashes_expected=True)
    second = 4 if SANITIZER else 1  # a child must have the time to start
    with Load(server.port, clients=3, timeout=5) as load:
        started = time.monotonic()
        while time.monotonic() - started < 4 * second:
            if children := server.children():
                with contextlib.suppress(ProcessLookupError):  # the last one may take a while to die
                    os.kill(random.choice(children), number)
            pause(0.2 * second)
        ended = time.monotonic()
        eventually(lambda: load.answered_at and load.answered_at[-1] > ended + 0.5, 5, what="answers afterwards")
    for passed in range(0, 4 * second, second):
        since = started + passed
        within = [at for at in load.answered_at if since <= at < since + patience(1.3)]
        assert within, f"nobody was answered after {passed} s"
    eventually(lambda: len(server.children()) >= 2, 5)
    eventually(lambda: server.status().IdleWorkers >= 15, 5)
    if number != signal.SIGKILL:  # httpd does not report a child that an administrator killed
        assert server.log_lines("AH00051|AH00052")


def all_have_started(server):
    status = server.status()
    return status.IdleWorkers + status.BusyWorkers == 8 * len(server.children())


def test_successive_kills_are_reported_once_in_ten(serve):
    server = serve(TWO_CHILDREN, crashes_expected=True)
    for _ in range(14):
        victim = eventually(server.children, 5)[0]
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: not proc.alive(victim), 2)
    eventually(lambda: len(server.children()) >= 2, 6)
    assert 1 <= len(server.log_lines("AH10392")) <= 2
    eventually(lambda: all_have_started(server))  # who is still starting hears late that it is to end


@pytest.mark.serial
def test_one_killed_child_is_replaced_at_once(serve):
    server = serve(one_child(4), crashes_expected=True)
    (victim,) = server.children()
    os.kill(victim, signal.SIGKILL)
    started = time.monotonic()
    eventually(lambda: server.get("/").status == 200, 3)
    assert time.monotonic() - started < patience(0.5)
    assert server.child() != victim


def test_a_child_that_is_asked_to_end_by_sigterm_ends_and_is_replaced(serve):
    server = serve(one_child(4))
    asked = server.child()
    os.kill(asked, signal.SIGTERM)
    eventually(lambda: not proc.alive(asked))
    eventually(lambda: server.get("/").status == 200)
    assert server.child() != asked


def test_after_a_killed_child_the_columns_forget_its_connections(serve):
    server = serve(one_child(4, 10) + "KeepAliveTimeout 20\n", crashes_expected=True)
    with crowd(server.idle_client() for _ in range(10)):
        server.forget_asker()
        os.kill(server.child(), signal.SIGKILL)
        eventually(lambda: server.get("/").status == 200, 3)
        eventually(lambda: server.status().ConnsTotal == 1, 1)


def test_thousands_of_connections_with_max_connections_per_child_20_are_all_answered(serve):
    server = serve(several(2, 8, most=4, slots=8, spare=(8, 32)) + "MaxConnectionsPerChild 20\n")
    # Every connection that a child has taken is answered, so none is lost; the rate belongs to another test.
    with Load(server.port, clients=4, timeout=15) as load, Watch(server) as watch:
        eventually(lambda: load.ok + load.failed >= 2000, 60, every=0.05, what="2000 requests")
    assert load.failed == 0, load.outcomes
    assert watch.most <= 8
    assert len(server.log_lines(r"Child \d+ started")) > 20
    eventually(lambda: 1 <= len(server.children()) <= 4, 8, every=0.1)
    eventually(lambda: server.status().Stopping == 0, 5)
    server.forget_asker()

    def headcounts():
        lines = server.log_lines(r"active \d+/\d+, total \d+/\d+/\d+")
        return [tuple(map(int, re.search(r"active (\d+)/\d+, total (\d+)/", line).groups())) for line in lines]

    assert all(active <= 4 and active <= total <= 8 for active, total in headcounts())
    # Each look for Stopping was a connection, which may have been its child's last.
    eventually(lambda: headcounts()[-1][0] > 0)


def test_max_connections_per_child_counts_connections_and_not_requests(serve):
    server = serve(one_child(4) + "MaxConnectionsPerChild 10\n")
    child = server.child()
    with server.client() as client:
        for _ in range(30):
            assert client.get("/").status == 200
        assert server.child() == child


def test_a_long_request_past_the_limit_is_mentioned_once(serve):
    limit = "MaxConnectionsPerChild 4\nLogLevel mpm_event:trace1\n"
    server = serve(one_child(4, slots=3) + limit + SLEEP, lab_modules=("mod_lab",))
    with server.client() as client:
        client.ask("/sleep?ms=2000")
        for _ in range(3):
            server.get("/")
        assert client.answer().status == 200
    pids = {re.search(r"pid (\d+)", line)[1] for line in server.log_lines("MaxConnectionsPerChild")}
    assert pids and len(server.log_lines("MaxConnectionsPerChild")) == len(pids)


def test_a_child_that_reached_its_limit_answers_what_it_has_taken(serve):
    server = serve(one_child(4, slots=3) + "MaxConnectionsPerChild 3\n")
    big_file(server)
    server.forget_asker()
    for _ in range(4):
        with stalled_reader(server, close=True) as client:
            assert len(client.answer().body) == 8 * MEGABYTE


BURST = several(1, 8, most=4, spare=(8, 16)) + "AsyncRequestWorkerFactor 1\n" + SLEEP


def test_a_burst_brings_all_children_and_their_end_brings_them_back_down(serve):
    server = serve(BURST, lab_modules=("mod_lab",))
    with Watch(server) as watch:
        with Load(server.port, clients=32, path="/sleep?ms=300", timeout=10) as load:
            eventually(lambda: len(server.children()) == 4, 10, every=0.05)
        assert load.failed == 0, load.outcomes
        eventually(lambda: len(server.children()) <= 2, 10, every=0.05, what="MaxSpareThreads again")
        assert server.status().IdleWorkers >= 7
    assert watch.most <= 4


def test_spawning_never_passes_max_request_workers(serve):
    server = serve(several(1, 4, most=3, slots=10, spare=(12, 12)) + SLEEP, lab_modules=("mod_lab",))
    with Watch(server) as watch, Load(server.port, clients=24, path="/sleep?ms=200", timeout=10) as load:
        eventually(lambda: len(server.children()) == 3, 10, every=0.05)
        eventually(lambda: load.ok > 150, 10)
    assert watch.most == 3
    assert load.failed == 0


def test_reaching_max_request_workers_is_reported_once(serve):
    few_to_spare = several(1, 8, most=4, spare=(4, 16)) + "AsyncRequestWorkerFactor 1\n"
    server = serve(few_to_spare + SLEEP, lab_modules=("mod_lab",))
    with Load(server.port, clients=50, path="/sleep?ms=400", timeout=20):
        eventually(lambda: server.log_lines("AH00484"), 15, every=0.05)
        holds_for(lambda: len(server.log_lines("AH00484")) == 1, 2.5, every=0.1)
    assert "MaxRequestWorkers" in server.log_lines("AH00484")[0]
    assert len(server.log_lines("AH10159")) <= 1


def test_being_near_max_request_workers_is_reported_once_and_not_as_having_reached_it(serve):
    server = serve(several(1, 8, most=1, spare=(7, 15)) + SLEEP, lab_modules=("mod_lab",))
    with crowd(server.client() for _ in range(4)) as clients:
        for client in clients:
            client.ask("/sleep?ms=3500")
        eventually(lambda: server.log_lines("AH10159"), 4)
        for client in clients:
            assert client.answer().status == 200
    holds_for(lambda: len(server.log_lines("AH10159")) == 1, 1.2)
    assert not server.log_lines("AH00484")


@pytest.mark.skipif(os.cpu_count() > 32, reason="with so many processors, too many threads are started at once")
def test_a_last_child_whose_threads_are_still_coming_is_near_the_limit_and_does_not_fill_the_scoreboard(serve):
    server = serve(several(1, 64, most=2, spare=(60, 200)) + SLEEP, lab_modules=("mod_lab",))  # not yet a second child
    with crowd(server.client(timeout=patience(20)) for _ in range(72)) as clients:
        for client in clients:
            client.ask("/sleep?ms=5000", close=True)
        eventually(lambda: server.log_lines("AH10159|AH00484|AH03490"), 4)
        if "S" not in server.status().board:
            assert lag_so_far() > TOO_LATE, "the last child has all its threads: this shows nothing"
            pytest.skip("the last child had all its threads before the clients came, as the machine was late")
        holds_for(lambda: not server.log_lines("AH03490"), 2.2)
        for client in clients:
            assert client.answer().status == 200
    assert len(server.log_lines("AH10159|AH00484")) == 1


@pytest.mark.parametrize("start, spare, stay", [(1, (6, 10), 2), (5, (10, 14), 3)])
def test_spare_threads_are_kept_between_their_bounds(new_server, start, spare, stay):
    server = new_server(several(start, 4, most=6, spare=spare)).start()  # too many are ended as soon as they are up
    eventually(lambda: server.log_lines(f"Child {start - 1} started"))
    eventually(lambda: len(server.children()) == stay, 6, every=0.05)
    holds_for(lambda: len(server.children()) == stay, 2.2)


@pytest.mark.serial
@pytest.mark.parametrize("idle", [0, 20])
def test_an_idle_child_makes_no_wake_ups(serve, tmp_path, idle):
    server = serve(one_child(8, 10) + "KeepAliveTimeout 60\n")
    with crowd(server.idle_client() for _ in range(idle)):
        server.forget_asker()
        eventually(lambda: server.sockets_held() == idle)
        trace = tmp_path / "trace"
        command = ["strace", "-f", "-q", "-o", str(trace), "-p", str(server.child())]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as strace:
            eventually(lambda: trace.exists() and trace.stat().st_size > 0, 3, what="a line of strace")
            pause(0.3)
            before = trace.read_text()
            pause(2.5)
            after = trace.read_text()
            strace.send_signal(signal.SIGINT)
            strace.wait()
    assert after == before, "an idle child woke:\n" + after[len(before) :][:2000]


@pytest.mark.serial
def test_an_idle_server_uses_no_processor_time_after_a_graceful_restart(serve):
    server = serve(one_child(8))
    server.graceful()
    server.quiet()
    eventually(lambda: len(server.children()) == 1)
    child = server.child()
    before = proc.cpu_ticks(child)
    pause(1.5)
    assert proc.cpu_ticks(child) - before <= 1


@pytest.mark.serial
def test_a_server_with_more_children_than_it_may_have_descriptors_uses_no_processor_time(new_server):
    server = new_server(several(70, 1, most=70, spare=(1, 70)))
    server.configure()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
    try:
        server._launch()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    eventually(lambda: len(server.children()) == 70)
    eventually(lambda: server.get("/").status == 200)
    server.quiet()
    before = proc.cpu_ticks(server.pid)
    pause(1.5)
    assert proc.cpu_ticks(server.pid) - before <= 15


@pytest.fixture
def user_for_itself():
    """The name of a user whom nobody else has meanwhile, a second run of these tests included."""
    with open(Path(tempfile.gettempdir()) / "mpm-lab-games", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield "games"


@pytest.mark.skipif(os.cpu_count() > 7, reason="with so many processors it starts more than ten workers at once")
def test_a_child_does_with_the_threads_it_can_have_and_gets_the_others_later(user_for_itself, new_server):
    # The limit counts all threads of a user.
    server = new_server(several(2, 16, most=2, slots=4, spare=(20, 40)), user=user_for_itself)
    server.start().ready(32)
    victim, other = server.children()
    _, most = resource.prlimit(server.pid, resource.RLIMIT_NPROC)
    # Of these, 18 are the other child's and ten the sleepers': a process, a listener and ten workers.
    resource.prlimit(server.pid, resource.RLIMIT_NPROC, (40, most))
    with contextlib.ExitStack() as others:
        for _ in range(10):
            waits = others.enter_context(subprocess.Popen(["sleep", "infinity"], user=user_for_itself))
            others.callback(waits.kill)
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: server.log_lines("AH03104"), 5, what="the failed thread in the log")
        holds_for(lambda: server.get("/").status == 200, 2.5)
        assert len(server.log_lines("AH03104")) == 1, "once, and not at each try"
        idle = server.status().IdleWorkers
        assert 16 + 4 <= idle + 1 < 32
    eventually(lambda: server.status().IdleWorkers >= 31, 15, every=0.05)
    assert other in server.children()
    assert len(server.log_lines(r"Child \d started")) == 3
    assert not server.log_lines("AH0005[12]|exit signal")


def test_requests_that_block_all_at_once_in_a_new_child_have_a_worker_each(new_server):
    # Not ready(): at first the child has but a few threads.
    server = new_server(one_child(32) + SLEEP, lab_modules=("mod_lab",)).start()
    with crowd(server.client() for _ in range(31)) as clients:
        for client in clients:
            client.ask("/sleep?ms=4000")
        eventually(lambda: server.status().BusyWorkers == 32, 3)
        assert [client.answer().status for client in clients] == [200] * 31


@pytest.mark.parametrize("clients", [50])
def test_a_flood_at_the_start_leaves_no_child_deaf(new_server, clients):
    server = new_server(several(2, 2, most=4, spare=(1, 8))).start()
    with Load(server.port, clients=8, timeout=10) as load:
        for _ in range(4):
            server.graceful()
        eventually(lambda: load.ok > 300, 10)
    assert load.failed == 0, load.outcomes
    server.quiet()
    # A listener that held its gate learns that there is room a moment after the last connection has ended.
    eventually(lambda: all(row.accepting or row.stopping != "no" for row in server.rows()))
    for _ in range(clients):
        assert server.get("/").status == 200


def test_a_child_reports_a_clean_exit_and_frees_its_slot(serve):
    server = serve(one_child(4))
    child = server.child()
    server.graceful()
    eventually(lambda: server.log_lines(rf"Child 0 stopped: pid {child}, gen 0"), 4)
    assert len(server.rows()) == 1


def test_the_children_run_as_the_configured_user(serve):
    server = serve(one_child(2))
    status = Path(f"/proc/{server.child()}/status").read_text()
    assert re.search(r"^Uid:\s+33\s+33\s+33\s+33$", status, re.M)
    assert re.search(r"^Gid:\s+33\s+33\s+33\s+33$", status, re.M)


def test_each_child_serves_whoever_comes(serve):
    server = serve(several(3, 8, most=3, spare=(1, 32)) + location("/ids", "lab-ids"), lab_modules=("mod_lab",))
    children = server.children()
    assert len(children) == 3
    for child in children:
        with stopped(set(children) - {child}):
            assert int(server.get("/ids").text.split()[1]) == child


@contextlib.contextmanager
def stopped(children):
    """While this lasts, these children do nothing."""
    try:
        for child in children:
            os.kill(child, signal.SIGSTOP)
        eventually(lambda: all(proc.state_of(child) == "T" for child in children))
        yield
    finally:
        for child in children:
            os.kill(child, signal.SIGCONT)


@pytest.mark.skipif(THREAD_SANITIZER, reason="ThreadSanitizer gives threads a larger stack")
def test_thread_stack_size_is_honoured(serve):
    server = serve(one_child(2) + "ThreadStackSize 262144\n")
    areas = Path(f"/proc/{server.child()}/maps").read_text()
    stacks = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0\s*$", areas, re.M)
    sizes = [int(end, 16) - int(start, 16) for start, end in stacks]
    assert any(262144 - 8192 <= size <= 262144 + 8192 for size in sizes), sizes

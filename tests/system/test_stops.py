"""Ends of the server: exit codes, pid file, running requests, nothing left behind."""

import os
import signal
import time
from pathlib import Path

import pytest

from lab import proc
from lab.client import crowd
from lab.config import SLEEP, TWO_CHILDREN, one_child
from lab.load import Load
from lab.sites import MEGABYTE, big_file, stalled_reader
from lab.wait import eventually, holds_for, patience, pause


TO_STOP = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)


@TO_STOP
@pytest.mark.serial
def test_an_idle_server_stops_within_a_second(serve, number):
    server = serve(TWO_CHILDREN)
    started = time.monotonic()
    assert server.stop(number) == 0
    assert time.monotonic() - started < patience(1)
    assert not server.pid_file.exists()
    assert server.log_lines("AH00491")


def test_sigterm_ends_running_requests(serve):
    server = serve(TWO_CHILDREN + SLEEP, lab_modules=("mod_lab",), may_be_slow_to_stop=True)
    with server.client() as client:
        client.ask("/sleep?ms=30000")
        eventually(lambda: server.status().BusyWorkers == 2)
        started = time.monotonic()
        assert server.stop(signal.SIGTERM, within=20) == 0
        assert time.monotonic() - started < patience(15)


def test_sigterm_under_load_stops_cleanly(serve):
    server = serve(TWO_CHILDREN)
    with Load(server.port, clients=4, keep_alive=True, timeout=3) as load:
        eventually(lambda: load.ok > 100)
        assert server.stop(signal.SIGTERM) == 0
    eventually(lambda: not server.processes())


def test_sigterm_stops_a_server_full_of_idle_slow_and_lingering_connections(serve):
    server = serve(one_child(8, 20))
    big_file(server)
    with (
        crowd(server.idle_client() for _ in range(20)),
        crowd(stalled_reader(server) for _ in range(20)),
        crowd(server.client() for _ in range(20)) as lingering,
    ):
        for client in lingering:
            client.get("/", close=True)
        started = time.monotonic()
        assert server.stop(signal.SIGTERM) == 0
        assert time.monotonic() - started < patience(3)


def test_a_graceful_stop_lets_a_running_download_end_whole_and_closes_idle_connections(serve):
    server = serve(TWO_CHILDREN)
    big_file(server)
    with crowd(server.idle_client() for _ in range(5)) as idle, stalled_reader(server) as slow:
        eventually(lambda: server.holds(slow))
        server.forget_asker()
        server.send_signal(signal.SIGWINCH)
        for client in idle:
            client.end_of_stream(3)
        eventually(lambda: not server.lets_in())
        with pytest.raises(OSError):
            server.client()
        assert server.processes()
        assert len(slow.answer().body) == 8 * MEGABYTE
        slow.end_of_stream(5)
        assert server.wait_for_end(5) == 0
    assert not server.pid_file.exists()
    assert server.log_lines("AH00492")


def test_a_graceful_stop_lets_a_running_request_end(serve):
    server = serve(TWO_CHILDREN + SLEEP, lab_modules=("mod_lab",))
    with server.client() as client:
        client.ask("/sleep?ms=1500")
        eventually(lambda: server.status().BusyWorkers == 2)
        server.forget_asker()
        server.send_signal(signal.SIGWINCH)
        assert client.answer().body == b"slept\n"
        assert server.wait_for_end(5) == 0


@pytest.mark.parametrize("number", [signal.SIGWINCH, signal.SIGHUP, signal.SIGUSR1], ids=lambda number: number.name)
def test_a_graceful_stop_is_not_changed_by(serve, number):
    server = serve(TWO_CHILDREN)
    big_file(server)
    with stalled_reader(server) as slow:
        eventually(lambda: server.holds(slow))
        server.send_signal(signal.SIGWINCH)
        eventually(lambda: server.log_lines("AH00492"))
        server.send_signal(number)
        holds_for(lambda: server.holds(slow), 0.5)
        assert len(slow.answer().body) == 8 * MEGABYTE
        slow.end_of_stream(5)
        assert server.wait_for_end(5) == 0


def test_sigterm_right_after_a_restart_stops_the_server(new_server):
    for restart in (signal.SIGHUP, signal.SIGUSR1):
        server = new_server(TWO_CHILDREN).start()
        server.send_signal(restart)
        assert server.stop(signal.SIGTERM) == 0
        eventually(lambda server=server: not server.processes())


@pytest.mark.serial
def test_a_graceful_stop_of_an_idle_server_is_quick(serve):
    server = serve(TWO_CHILDREN)
    started = time.monotonic()
    assert server.stop(signal.SIGWINCH) == 0
    assert time.monotonic() - started < patience(2.5)


@pytest.mark.serial
def test_graceful_shutdown_timeout_ends_what_did_not_end_in_time(serve):
    server = serve(TWO_CHILDREN + "GracefulShutdownTimeout 2\n")
    big_file(server)
    with stalled_reader(server) as slow:
        eventually(lambda: server.holds(slow))
        started = time.monotonic()
        server.forget_asker()
        server.send_signal(signal.SIGWINCH)
        holds_for(lambda: not server.ended(), 1.8)
        assert slow.is_open()
        assert server.wait_for_end(5) == 0
        took = time.monotonic() - started
    assert 2.0 <= took <= patience(4.2), took


@TO_STOP
def test_a_stop_ends_a_graceful_stop_that_takes_too_long(serve, number):
    server = serve(TWO_CHILDREN)
    big_file(server)
    with stalled_reader(server) as slow:
        eventually(lambda: server.holds(slow))
        server.forget_asker()
        server.send_signal(signal.SIGWINCH)
        eventually(lambda: server.log_lines("AH00492"))
        server.send_signal(number)
        assert server.wait_for_end(patience(5)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGWINCH], ids=["stop", "graceful-stop"])
def test_a_detached_server_stops_with_exit_code_0_and_takes_its_pid_file_along(serve, number):
    server = serve(TWO_CHILDREN, mode="detached")
    assert int(server.pid_file.read_text()) == server.pid
    assert os.getsid(server.pid) == server.pid
    assert server.stop(number) == 0
    assert not server.pid_file.exists()


def test_start_stop_and_restart_through_the_command_line(serve):
    server = serve(TWO_CHILDREN, mode="detached")
    assert server.run("-t").stderr.strip() == "Syntax OK"
    assert "already running" in (again := server.run("-k", "start")).stdout + again.stderr
    generation = server.status().generation
    assert server.run("-k", "graceful").returncode == 0
    eventually(lambda: server.status().generation == generation + 1)
    assert server.run("-k", "restart").returncode == 0
    eventually(lambda: server.status().generation == generation + 2)
    server.forget_asker()
    assert server.run("-k", "graceful-stop").returncode == 0
    assert server.wait_for_end(5) == 0
    assert "not running" in (gone := server.run("-k", "stop")).stdout + gone.stderr


def test_one_process_mode_serves_from_the_parent_itself(new_server):
    server = new_server(one_child(4), defines=("ONE_PROCESS",)).start()
    assert server.children() == []
    with crowd(server.idle_client() for _ in range(4)) as clients:
        for client in clients:
            assert client.get("/").status == 200
    server.forget_asker()
    assert server.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1], ids=lambda number: number.name)
def test_a_word_to_restart_changes_nothing_about_the_end_of_one_process_mode(new_server, number):
    server = new_server(one_child(4), defines=("DEBUG",)).start()
    server.send_signal(number)
    assert server.get("/").status == 200
    assert server.stop(signal.SIGTERM) == 0
    eventually(lambda: not server.processes())


def test_debug_mode_serves_and_stops(new_server):
    server = new_server(one_child(4), defines=("DEBUG",)).start()
    assert server.get("/").status == 200
    server.send_signal(signal.SIGTERM)
    server.wait_for_end()


def test_no_detach_keeps_the_process_that_was_started(new_server):
    server = new_server(one_child(4), mode="attached").start()
    assert server.get("/").status == 200
    assert os.getsid(server.pid) == server.pid, "still the leader of the session that it was started in"
    assert server.stop() == 0


def test_a_stop_leaves_no_shared_memory_and_no_scoreboard_file(new_server):
    server = new_server(TWO_CHILDREN + "ScoreBoardFile {root}/run/board\n").start().ready()
    shared = {path for path in proc.maps(server.pid) if path.startswith("/dev/shm/")}
    server.graceful()
    assert server.stop() == 0
    assert not any(Path(path.removesuffix(" (deleted)")).exists() for path in shared)
    assert not set(os.listdir("/dev/shm")) & {Path(path).name for path in shared}
    assert sorted(os.listdir(server.root / "run")) == []


def test_nothing_is_left_of_a_server_that_is_told_to_stop_while_it_starts(new_server):
    for delay in (0, 0.001, 0.002, 0.004, 0.008, 0.016):
        server = new_server(TWO_CHILDREN, may_be_slow_to_stop=True)
        server.configure()
        server._launch()
        eventually(lambda: server.pid_file.exists() or server.ended(), every=0.0005)
        pause(delay)
        server.send_signal(signal.SIGTERM)
        # Before httpd's handlers are in place the signal itself ends the parent, which has no children yet.
        assert server.wait_for_end(15) in (0, -signal.SIGTERM)
        eventually(lambda: not server.processes(), 2)


def test_signals_that_hit_children_right_after_the_fork_do_not_crash_them(serve):
    server = serve(TWO_CHILDREN)
    for _ in range(8):
        server.send_signal(signal.SIGHUP)
        end = time.monotonic() + 0.15
        while time.monotonic() < end:
            for child in proc.children_of(server.pid):
                for number in (signal.SIGUSR1, signal.SIGWINCH):
                    try:
                        os.kill(child, number)
                    except OSError:
                        pass
    eventually(lambda: server.get("/").status == 200, 8)


def test_stop_start_many_times_leaves_nothing(new_server):
    for _ in range(5):
        server = new_server(one_child(4)).start()
        assert server.stop() == 0
        assert not server.processes()

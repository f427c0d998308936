"""Signals within milliseconds of each other, in any order, while the server starts and while it reloads."""

import os
import random
import signal

import pytest

from lab.config import TWO_CHILDREN
from lab.faults import REGULAR_FILE
from lab.load import Load
from lab.wait import eventually, pause

RESTARTS = (signal.SIGUSR1, signal.SIGHUP)
STOPS = (signal.SIGTERM, signal.SIGWINCH)
SEEDS = range(6)


def storm(server, chance, signals, length):
    """Sends signals in random order and at random distances until there were enough, or the server has ended."""
    for _ in range(length):
        pause(chance.choice((0, 0.0003, 0.001, 0.004, 0.015)))
        if server.ended():
            return
        server.send_signal(chance.choice(signals))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_server_in_a_storm_of_restarts_serves_afterwards(serve, seed):
    server = serve(TWO_CHILDREN)
    server.forget_asker()
    with Load(server.port, clients=2, timeout=10) as load:
        storm(server, random.Random(seed), RESTARTS, 60)
        reached = load.ok
        eventually(lambda: load.ok > reached + 50, 10)
    eventually(lambda: server.status().IdleWorkers >= 15, 10)
    eventually(lambda: server.status().Processes <= 4)
    assert server.stop() == 0
    eventually(lambda: not server.processes())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_server_in_a_storm_of_restarts_and_stops_ends_and_leaves_nothing(serve, seed):
    server = serve(TWO_CHILDREN, may_be_slow_to_stop=True)
    server.forget_asker()
    storm(server, random.Random(seed), RESTARTS + STOPS, 200)
    assert server.wait_for_end(15) == 0
    eventually(lambda: not server.processes())
    assert not server.pid_file.exists()


def test_a_server_whose_launcher_ignores_sigchld_misses_no_end_of_a_child(new_server):
    """The kernel itself collects the children of a process that ignores the signal, and nobody hears of it."""
    server = new_server(TWO_CHILDREN)
    server.launcher = ("env", "--ignore-signal=CHLD")
    server.start().ready(16)
    first = server.children()
    os.kill(first[0], signal.SIGKILL)
    eventually(lambda: len(server.children()) == 2 and first[0] not in server.children())
    server.ready(16)
    for number in range(1, 4):
        assert server.restart(within=3) == number
    assert server.stop(within=3) == 0
    assert not server.log_lines("AH0004[567]")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("signals", [RESTARTS, RESTARTS + STOPS], ids=["restarts", "all"])
def test_a_storm_that_begins_with_the_pid_file_costs_no_order(new_server, signals, seed):
    server = new_server(TWO_CHILDREN, may_be_slow_to_stop=True)
    chance = random.Random(seed)
    server.configure()
    server._launch()
    eventually(lambda: server.pid_file.exists(), 20, every=0.0002)
    storm(server, chance, signals, 30)
    if signals == RESTARTS:  # otherwise there were stops among them
        eventually(lambda: server.get().status == 200, 10)
        server.send_signal(signal.SIGTERM)
    assert server.wait_for_end(15) == 0
    eventually(lambda: not server.processes(), 3)


@pytest.mark.parametrize("number", RESTARTS + STOPS, ids=lambda number: number.name)
def test_a_signal_between_the_pid_file_and_httpds_handlers_is_heeded(new_server, number):
    server = new_server(TWO_CHILDREN + "ScoreBoardFile {root}/run/board\n", faults=True)
    server.faults.signal_itself(number)
    if number in RESTARTS:
        server.start()
        eventually(lambda: len(server.log_lines("AH00489")) == 2)
        assert server.stop() == 0
    else:
        server.configure()
        server._launch()
        assert server.wait_for_end(10) == 0
    eventually(lambda: not server.processes())


def test_a_restart_that_is_asked_for_while_a_graceful_one_begins_leaves_no_socket_behind(new_server):
    server = new_server(TWO_CHILDREN + "ListenCoresBucketsRatio 1\n", faults=True).start()
    eventually(lambda: server.log_lines("AH00094"))  # the last that it writes at a start: the next write is the restart's
    server.faults.signal_itself(signal.SIGHUP, REGULAR_FILE)
    server.send_signal(signal.SIGUSR1)
    eventually(lambda: server.log_lines("AH00493") and server.log_lines("AH00494"))
    eventually(lambda: len(server.log_lines("AH00489")) == 2)
    eventually(lambda: server.status().IdleWorkers >= 15)
    server.forget_asker()
    # The kernel spreads them over all sockets that listen: one that nobody accepts from would have a share.
    for _ in range(40):
        with server.client() as client:
            assert client.get("/").status == 200

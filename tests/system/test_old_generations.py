"""Children that a restart has left at work: they hold back nobody, and end whole what they have begun."""

import os
import re
import signal

import pytest

from lab import proc
from lab.client import crowd
from lab.config import SLEEP, location, one_child, several
from lab.hang import HANG, hold_requests, let_requests_go
from lab.load import Load
from lab.wait import SANITIZER, THREAD_SANITIZER, TOO_LATE, eventually, holds_for, lag_so_far, patience

def hanging(serve, directives, with_modules=(), **options):
    """A server whose requests for /hang have no answer yet.

    A child that gives up its row has a race to report to ThreadSanitizer (make_private), which takes seconds.
    """
    modules = ("mod_lab", "mod_labhang", *with_modules)
    server = serve(directives + HANG, lab_modules=modules, may_be_slow_to_stop=THREAD_SANITIZER, **options)
    hold_requests(server)
    return server


def in_hand(server):
    return sum(worker["M"] == "W" and "/hang" in worker["Request"] for worker in server.workers())


def long_request(server):
    """A client whose request a child of the present generation has in hand."""
    others = in_hand(server)
    client = server.client(timeout=20)
    client.ask("/hang")
    eventually(lambda: in_hand(server) > others)
    return client


def slowest_to_give_up(server):
    """The most seconds, by the log, from a child's word that it drains to its word that its row is free. It is asked
    for the row up to 0.3 s before the first."""
    drains, slowest = {}, 0.0
    for line in server.log_lines(r"quiescing: pid|gave up its slot: pid"):
        time, what, pid = re.search(r"(\d+:\d+:[\d.]+) .* (quiescing|slot): pid (\d+)", line).groups()
        at = sum(float(part) * unit for part, unit in zip(time.split(":"), (3600, 60, 1)))
        if what == "quiescing":
            drains[pid] = at
        else:
            slowest = max(slowest, (at - drains.get(pid, at)) % 86400)  # the log may pass midnight
    return slowest


def answered(server):
    """One request on a new connection, by the present generation, within a second."""
    with server.client(timeout=patience(1)) as client:
        return client.get("/", close=True).status == 200


@pytest.mark.parametrize("row_limit", [3, 1])
def test_a_request_that_outlasts_four_restarts_keeps_no_seat_from_new_children(serve, row_limit):
    server = hanging(serve, several(1, 4, most=1, slots=row_limit, spare=(1, 8)))
    restarts = 4 if row_limit == 3 else 1
    clients = [long_request(server)]
    with crowd(clients):
        for number in range(1, restarts + 1):
            server.graceful()
            eventually(lambda number=number: len(server.log_lines("quiescing: pid")) == number)  # takes nobody any more
            assert answered(server)
            clients.append(long_request(server))
        assert len(server.children()) == restarts + 1
        # A child that takes longer than a second to give up its row is complained of; none is so slow by itself.
        assert not server.log_lines("AH03490") or ((SANITIZER or lag_so_far() > TOO_LATE) and slowest_to_give_up(server) > 0.7)
        let_requests_go(server)
        for client in clients:
            assert client.answer().status == 200
    eventually(lambda: len(server.children()) == 1, 8)


def test_the_status_page_shows_the_child_that_serves_in_a_row_that_was_given_up(serve):
    server = hanging(serve, one_child(4))
    with long_request(server) as client:
        old = server.child()
        server.graceful()
        (row,) = eventually(server.rows)  # whose row it is the control process says
        assert row.pid in server.children() and row.pid != old

        def shown():
            now = server.status()
            return now.Processes, now.Stopping, now.ConnsTotal, now.BusyWorkers, now.IdleWorkers

        eventually(lambda: shown() == (1, 0, 1, 1, 3))
        let_requests_go(server)
        assert client.answer().status == 200
        eventually(lambda: not proc.alive(old))
        # What the old child has written to the end is in nobody's row.
        assert shown() == (1, 0, 1, 1, 3)


def test_connections_of_a_child_without_a_row_have_ids_of_their_own(serve):
    server = hanging(serve, one_child(4) + location("/ids", "lab-ids"))
    first = int(server.get("/ids").text.split()[0])
    assert first < 4
    with long_request(server) as client:
        server.graceful()
        ids = {int(server.get("/ids").text.split()[0]) for _ in range(8)}
        assert ids.isdisjoint(range(4))
        let_requests_go(server)
        assert client.answer().status == 200


def test_children_without_a_row_end_when_the_server_stops(serve):
    server = hanging(serve, one_child(4))
    with long_request(server):
        old = server.child()
        server.graceful()
        server.forget_asker()
        assert proc.alive(old)
        server.send_signal(signal.SIGTERM)
        let_requests_go(server)
        assert server.wait_for_end() == 0
        assert not proc.alive(old)


def test_a_graceful_stop_waits_for_children_without_a_row(serve):
    server = hanging(serve, one_child(4))
    with long_request(server) as client:
        server.graceful()
        server.forget_asker()
        server.send_signal(signal.SIGWINCH)
        holds_for(lambda: not server.ended(), 1)
        let_requests_go(server)
        assert client.answer().status == 200
    assert server.wait_for_end() == 0


def test_a_child_without_a_row_may_crash(serve):
    exits = location("/exit", "lab-exit")
    server = hanging(serve, one_child(4) + exits, crashes_expected=True)
    with long_request(server) as client:
        old = server.child()
        server.graceful()
        os.kill(old, signal.SIGKILL)
        eventually(lambda: client.readable(1))
        eventually(lambda: not proc.alive(old))
        assert answered(server)
        eventually(lambda: len(server.log_lines(r"Child \d+ started")) == 2, what="a line of the successor, and no other")


def test_no_request_is_lost_while_restarts_pass_rows_on(serve):
    # A child that gives up its row has a race to report to ThreadSanitizer (make_private), which takes seconds.
    rows = several(2, 8, most=2, slots=2, spare=(4, 16))
    server = serve(rows + SLEEP, lab_modules=("mod_lab",), may_be_slow_to_stop=THREAD_SANITIZER)
    with Load(server.port, clients=4, path="/sleep?ms=50") as load:
        for _ in range(5):
            server.graceful()
    assert load.failed == 0, load.outcomes
    assert server.log_lines("gave up its slot")


def test_hooks_learn_of_a_child_that_lost_its_slot(serve):
    server = hanging(serve, one_child(4) + "LabHooksFile {out}/hooks\n", with_modules=("mod_labhooks",))

    def states():
        lines = (server.out / "hooks").read_text().splitlines()
        found = [re.search(rf"child={old} generation=0 slot=(-?\d+) state=(\d)", line) for line in lines]
        return [(int(match[1]), int(match[2])) for match in found if match]

    def ended_generations():
        return re.findall(r"end_generation \d+ generation=(\d+)", (server.out / "hooks").read_text())

    with long_request(server) as client:
        old = server.child()
        server.graceful()
        eventually(lambda: states() == [(0, 0), (0, 2)])
        assert ended_generations() == []
        let_requests_go(server)
        assert client.answer().status == 200
    eventually(lambda: states() == [(0, 0), (0, 2), (-1, 1)])
    eventually(lambda: ended_generations() == ["0"])

"""All workers busy: what has arrived is answered, what is quiet may go."""

import os
import time

import pytest

from lab.client import crowd
from lab.config import SLEEP, location, one_child, several
from lab.load import Endless
from lab.wait import eventually, holds_for, patience

SPIN = location("/spin", "lab-spin")


def eight(serve, more=""):
    return serve(one_child(8, 6) + "KeepAliveTimeout 30\n" + SLEEP + more, lab_modules=("mod_lab",))


def test_thirty_requests_on_kept_alive_connections_are_answered_by_eight_workers(serve):
    server = eight(serve)
    with crowd(server.idle_client() for _ in range(30)) as clients:
        for client in clients:
            client.ask("/sleep?ms=1000")
        assert [client.answer().status for client in clients] == [200] * 30


def test_a_client_that_pipelines_without_end_leaves_others_their_turn(serve):
    server = serve(one_child(1, 20) + "MaxKeepAliveRequests 0\n")
    with server.idle_client() as other, Endless(server.port) as endless:
        eventually(lambda: endless.answers > 0)
        for _ in range(3):
            assert other.get("/").status == 200
        assert not endless.closed


@pytest.mark.serial
@pytest.mark.parametrize("children", [1, 4])
def test_requests_are_answered_while_as_many_workers_as_there_are_processors_compute_without_end(serve, children):
    hogs = max(2, os.cpu_count())
    threads = hogs + 8
    some = several(children, threads, most=children, spare=(1, children * threads))
    some += "AsyncRequestWorkerFactor 6\n" + SPIN + location("/ids", "lab-ids")
    server = serve(some, lab_modules=("mod_lab",))
    with crowd(server.client() for _ in range(8 * children * hogs)) as clients:
        *busy, other = neighbours(clients, hogs + 1)
        for client in busy:
            client.ask("/spin?ms=3000")
        eventually(lambda: server.status().BusyWorkers == hogs + 1)
        for _ in range(5):
            asked = other.ask("/")
            last = other.answer()
            assert last.at - asked < patience(0.3)
        answers = [client.answer() for client in busy]
        assert [answer.status for answer in answers] == [200] * hogs
        assert last.at < min(answer.at for answer in answers), "the others still computed"


def neighbours(clients, count):
    """So many of the clients that one child serves."""
    of_child = {}
    for client in clients:
        _, child, _ = client.get("/ids").text.split()
        of_child.setdefault(child, []).append(client)
    return max(of_child.values(), key=len)[:count]


def test_a_kept_alive_connection_is_closed_at_its_time_beside_clients_that_pipeline_without_end(serve):
    server = serve(one_child(1, 20) + "MaxKeepAliveRequests 0\nKeepAliveTimeout 500ms\n")
    with server.idle_client() as quiet, Endless(server.port) as endless:
        quiet.end_of_stream(10)
        assert not endless.closed


@pytest.mark.serial
def test_requests_that_arrive_while_all_workers_are_busy_are_answered_in_their_order(serve):
    server = eight(serve)
    with crowd(server.idle_client() for _ in range(24)) as clients:
        for client in clients:
            client.ask("/sleep?ms=300")
        answered = [client.answer().at for client in clients]
    waves = [sorted(answered[start : start + 8]) for start in (0, 8, 16)]
    assert waves[0][-1] < waves[1][0] and waves[1][-1] < waves[2][0]


@pytest.mark.serial
def test_a_request_in_the_queue_is_answered_as_soon_as_a_worker_is_free(serve):
    server = eight(serve)
    with crowd(server.idle_client() for _ in range(9)) as clients:
        for client in clients[:8]:
            client.ask("/sleep?ms=500")
        asked = clients[8].ask("/")
        assert clients[8].answer().at - asked < patience(0.8)
        for client in clients[:8]:
            assert client.answer().status == 200


@pytest.mark.serial
def test_keep_alive_timeouts_that_pass_while_all_workers_are_busy_take_effect_as_soon_as_one_is_free(serve):
    server = serve(one_child(4, 6) + "KeepAliveTimeout 500ms\n" + SLEEP, lab_modules=("mod_lab",))
    with crowd(server.idle_client() for _ in range(10)) as clients:
        for client in clients[:4]:
            asked = client.ask("/sleep?ms=1200")
        for client in clients[4:]:
            assert client.end_of_stream(5) - asked < patience(1.5)


def test_a_new_connection_waits_while_all_workers_are_busy_and_is_then_answered(serve):
    server = eight(serve)
    with crowd(server.client() for _ in range(8)) as busy:
        for client in busy:
            client.ask("/sleep?ms=700")
        with server.client() as late:
            late.ask("/")
            assert late.answer().status == 200
        for client in busy:
            assert client.answer().status == 200


@pytest.mark.serial
def test_timers_run_while_other_work_waits(serve):
    timer = "LabTimerFile {out}/timers\n<Location /timer>\nSetHandler lab-timer\n</Location>\n"
    server = serve(one_child(4, 6) + SLEEP + timer, lab_modules=("mod_lab", "mod_labtimer"))
    with crowd(server.idle_client() for _ in range(12)) as clients:
        server.get("/timer?after=100")
        for client in clients:
            client.ask("/sleep?ms=500")
        eventually(lambda: (server.out / "timers").exists(), 0.8, what="the timer between two waves")
        for client in clients:
            assert client.answer().status == 200


@pytest.mark.serial
def test_sixty_four_blocking_requests_on_sixty_four_workers_all_end_together(serve):
    server = serve(one_child(64, 2) + SLEEP, lab_modules=("mod_lab",))
    with crowd(server.client() for _ in range(64)) as clients:
        started = time.monotonic()
        for client in clients:
            client.ask("/sleep?ms=500")
        last = max(client.answer().at for client in clients)
    assert last - started < patience(0.75)


@pytest.mark.serial
def test_a_fast_request_beside_blocking_ones_is_not_delayed(serve):
    server = serve(one_child(16, 2) + SLEEP + SPIN, lab_modules=("mod_lab",))
    with crowd(server.idle_client() for _ in range(12)) as slow, server.idle_client() as fast:
        for client in slow:
            client.ask("/sleep?ms=800")
        times = []
        for _ in range(50):
            asked = fast.ask("/")
            times.append(fast.answer().at - asked)
        for client in slow:
            assert client.answer().status == 200
    assert sorted(times)[len(times) // 2] < patience(0.02), times


def test_a_lingering_crowd_does_not_stop_new_requests_when_workers_are_few(serve):
    server = serve(one_child(2, 2) + "KeepAliveTimeout 30\n" + SLEEP, lab_modules=("mod_lab",))
    with crowd(server.client() for _ in range(40)) as lingering:
        for client in lingering:
            assert client.get("/", close=True).status == 200
        holds_for(lambda: server.get("/").status == 200, 0.3)

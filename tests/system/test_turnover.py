"""More busy clients than the limit admits: all of them are served, and no request is lost on the way."""

import time

import pytest

from lab.config import SLEEP, one_child
from lab.load import Endless, Load
from lab.tls import HTTPS, MODULES, certify
from lab.wait import eventually, holds_for
from lab.wrk import Wrk


def test_clients_beyond_the_limit_get_their_turn_although_those_before_them_never_pause(serve):
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\nMaxKeepAliveRequests 0\n")
    loads = [Load(server.port, 1, keep_alive=True) for _ in range(24)]  # 8 are admitted at once
    for load in loads:
        load.__enter__()
    try:
        eventually(lambda: all(load.ok >= 20 for load in loads), 20)
    finally:
        for load in loads:
            load.stop()
    assert sum(load.failed + load.dropped for load in loads) == 0


def test_with_tls_a_sixty_fourth_of_the_answers_is_the_last_as_each_costs_a_handshake(new_server):
    limit = one_child(16, 1) + "MaxKeepAliveRequests 0\n" + 'CustomLog {out}/answers "%{Connection}o"\n'
    server = certify(new_server(limit + HTTPS, modules=MODULES, ports=2)).start().ready(16)
    began = time.monotonic()
    with Wrk(f"https://127.0.0.1:{server.ports[1]}/", 64, 3) as wrk:
        wrk.result()
    server.quiet()
    took = time.monotonic() - began
    told = (server.out / "answers").read_text().splitlines()
    last = told.count("close")
    free = took / 0.01  # one of each step
    assert 0 < last <= free + len(told) / 64, f"{last} of {len(told)} answers in {took:.2f} s"
    if len(told) / 16 < 2 * free:
        pytest.skip(f"{len(told)} answers are too few to show it")


def test_a_request_whose_client_is_asked_to_leave_is_read_to_its_end(serve):
    # httpd does not read from a connection that is marked as closing, and its handlers do not look at what they are sent.
    echo = "<Location /echo>\n  SetHandler reflector\n</Location>\n"
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\nMaxKeepAliveRequests 0\n" + echo, modules=("reflector",))

    echoed = []

    def asked_to_leave():
        with server.client(timeout=20) as client:
            for _ in range(100):
                answer = client.get("/echo", method="POST", body=b"heard")
                echoed.append(answer.text)
                if answer.closes():
                    return True

    with Load(server.port, 24, keep_alive=True):
        eventually(asked_to_leave, 20)
    assert set(echoed) == {"heard"}


def test_a_client_that_pipelines_without_end_on_the_only_worker_is_asked_to_leave_when_another_one_waits(serve):
    server = serve(one_child(1, 1) + "MaxKeepAliveRequests 0\n")
    with Endless(server.port) as endless:
        eventually(lambda: endless.answers > 0)
        assert server.get("/").status == 200
        eventually(lambda: endless.closed)


def test_nobody_is_asked_to_leave_for_a_client_that_has_taken_the_last_room(serve):
    server = serve(one_child(1, 20) + "MaxKeepAliveRequests 0\nKeepAliveTimeout 30\n" + SLEEP, lab_modules=("mod_lab",))
    with server.idle_client() as other:
        other.ask("/sleep?ms=2000")
        with Endless(server.port) as endless:
            eventually(lambda: not server.lets_in(), what="the only worker is busy, and somebody waits")
            assert other.answer().status == 200
            eventually(lambda: endless.answers > 1000)
            holds_for(lambda: not endless.closed, 0.5, what="the client that has come in stays")


def test_nobody_is_asked_to_leave_while_nobody_waits(serve):
    server = serve(one_child(4, 2) + "KeepAliveTimeout 30\nMaxKeepAliveRequests 0\n")
    with server.client() as client:
        for _ in range(200):
            assert not client.get("/").closes()


@pytest.mark.parametrize("flooded", [0, 1])
def test_a_port_before_which_a_crowd_waits_leaves_the_other_port_its_turn(serve, flooded):
    server = serve(one_child(4, 1) + SLEEP, lab_modules=("mod_lab",), ports=2)
    crowd = 60
    with Load(server.ports[flooded], crowd, path="/sleep?ms=50") as load:
        eventually(lambda: load.ok >= crowd and not server.lets_in())
        for _ in range(3):
            before = load.ok
            assert server.get("/", port=server.ports[1 - flooded]).status == 200
            assert load.ok - before < crowd, "nobody of the crowd had to wait for so many"
    assert load.failed == 0

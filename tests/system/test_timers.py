"""Timed callbacks run in time, on an idle server too."""

import time

import pytest

from lab import proc
from lab.client import crowd
from lab.config import one_child
from lab.wait import eventually, holds_for, patience, pause

TIMERS = """\
LabTimerFile {out}/timers
<Location /timer>
  SetHandler lab-timer
</Location>
<Location /chain>
  SetHandler lab-timer-chain
</Location>
<Location /threads>
  SetHandler lab-timer-threads
</Location>
<Location /answer>
  SetHandler lab-timer-answer
</Location>
<Location /early>
  SetHandler lab-timer-early
</Location>
<Location /overtakes>
  SetHandler lab-timer-overtakes
</Location>
"""
LATE = 0.01  # seconds


def with_timers(serve, directives="", **options):
    return serve(one_child(8, 10) + TIMERS + directives, lab_modules=("mod_labtimer",), **options)


def rung(server):
    """(delay in ms, lateness in seconds) of every callback so far, in the order in which they ran."""
    path = server.out / "timers"
    text = path.read_text() if path.exists() else ""
    lines = text[: text.rfind("\n") + 1].splitlines()  # the last one may just be being written
    return [(int(line.split()[0]), int(line.split()[1]) / 1e6) for line in lines]


def assert_in_time(calls):
    if min(late for _, late in calls) < 0:
        raise AssertionError(f"a callback ran before its time: {min(late for _, late in calls)} s")
    assert max(late for _, late in calls) <= patience(LATE), sorted(late for _, late in calls)[-5:]


@pytest.mark.serial
def test_a_callback_on_an_idle_server_runs_in_time(serve):
    server = with_timers(serve).quiet()
    assert server.get("/timer?after=300").text == "1\n"
    server.quiet()
    eventually(lambda: rung(server), 2, what="the callback, with nothing else going on")
    assert_in_time(rung(server))


@pytest.mark.serial
def test_callbacks_of_many_delays_run_each_in_time(serve):
    server = with_timers(serve).quiet()
    delays = [5, 20, 50, 51, 52, 100, 199, 200, 350, 500]
    server.get("/timer?after=" + ",".join(map(str, reversed(delays))))
    eventually(lambda: len(rung(server)) == 10, 2)
    assert sorted(delay for delay, _ in rung(server)) == delays
    assert_in_time(rung(server))


@pytest.mark.serial
def test_an_earlier_callback_registered_later_is_not_kept_waiting(serve):
    server = with_timers(serve).quiet()
    server.get("/timer?after=900")
    pause(0.1)
    server.get("/timer?after=200")
    eventually(lambda: len(rung(server)) == 2, 2)
    assert [delay for delay, _ in rung(server)] == [200, 900]
    assert_in_time(rung(server))


@pytest.mark.serial
def test_a_callback_runs_in_time_beside_idle_connections_with_a_long_timeout(serve):
    server = with_timers(serve, "KeepAliveTimeout 20\n")
    with crowd(server.idle_client() for _ in range(20)):
        server.get("/timer?after=250,400")
        eventually(lambda: len(rung(server)) == 2, 2)
    assert_in_time(rung(server))


@pytest.mark.serial
def test_callbacks_that_register_the_next_one_keep_their_beat(serve):
    server = with_timers(serve).quiet()
    server.get("/chain?after=20&times=30")
    eventually(lambda: len(rung(server)) == 30, 3)
    assert_in_time(rung(server))


def test_a_thousand_callbacks_due_at_once_all_run_once(serve):
    server = with_timers(serve)
    assert server.get("/timer?after=100,101,102,103&times=250").text == "1000\n"
    eventually(lambda: len(rung(server)) == 1000, 5)
    holds_for(lambda: len(rung(server)) == 1000, 0.2)
    assert min(late for _, late in rung(server)) >= 0


def test_callbacks_that_threads_of_a_module_register_all_run_once(serve):
    server = with_timers(serve)
    assert server.get("/threads?threads=8&times=125&after=50").text == "1000\n"
    eventually(lambda: len(rung(server)) == 1000, 5)
    holds_for(lambda: len(rung(server)) == 1000, 0.2)
    assert min(late for _, late in rung(server)) >= 0


def test_a_callback_without_delay_runs_at_once(serve):
    server = with_timers(serve)
    server.get("/timer?after=0")
    eventually(lambda: len(rung(server)) == 1, 0.5)


def test_a_pending_callback_does_not_keep_a_stopping_server(serve):
    server = with_timers(serve)
    server.get("/timer?after=20000")
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < patience(3)


def test_a_connection_whose_request_ends_before_it_has_been_let_go_is_not_lost(serve):
    # While one worker is in the suspend hooks the other runs both callbacks, one after the other.
    server = serve(one_child(2) + TIMERS, lab_modules=("mod_labtimer",))
    with server.client(timeout=5) as client:
        for _ in range(3):
            assert client.get("/answer").text == "answer\n"
            if server.is_stock:
                return  # the module never gives the connection back
            assert client.get("/").status == 200
        assert client.get("/answer", close=True).text == "answer\n"
        client.end_of_stream(2)
    server.quiet()


def test_a_request_that_ends_while_it_is_processed_keeps_its_connection_until_its_callback_is_over(serve):
    server = serve(one_child(2) + TIMERS + "LabTimerEarly On\n", lab_modules=("mod_labtimer",))
    with server.client(timeout=5) as client:
        for _ in range(3):
            assert client.get("/early").text == "early\n"
            # Stock goes on while the module may still use the connection.
            assert client.get("/overtakes").text == ("yes\n" if server.is_stock else "no\n")
        assert client.get("/early", close=True).text == "early\n"
        client.end_of_stream(2)
    server.quiet()


def test_a_suspended_connection_whose_client_has_gone_ends_with_its_request(serve):
    server = serve(one_child(3) + TIMERS, lab_modules=("mod_labtimer",))
    client = server.client()
    client.ask("/answer?after=1500")
    eventually(lambda: server.status().BusyWorkers == 2)
    client.reset()
    if not server.is_stock:
        server.quiet()


DIALUP = """\
<Location /modem>
  ModemStandard V.34
</Location>
<Location /leased>
  ModemStandard i-was-rich-and-got-a-leased-line
</Location>
"""
PULSE = 3600  # bytes in a second of V.34


@pytest.mark.serial
@pytest.mark.parametrize("pulses", [2, 4])
def test_mod_dialup_serves_a_file_at_its_rate_with_nothing_else_going_on(serve, pulses):
    server = serve(one_child(4) + DIALUP, modules=("dialup",)).quiet()
    content = server.put("modem", b"d" * (pulses * PULSE))
    with server.client(timeout=8) as client:
        asked = client.ask("/modem", close=True)
        answer = client.answer()
    assert answer.body == content
    # The first pulse is sent at once, each other one a second later.
    assert pulses - 1 <= answer.at - asked <= pulses - 1 + patience(0.1) * (pulses - 1)


def test_a_kept_alive_connection_goes_on_after_each_response_of_mod_dialup(serve):
    # With stock the connection hangs for good.
    server = serve(one_child(2) + DIALUP, modules=("dialup",)).quiet()
    content = server.put("modem", b"d" * (2 * PULSE))
    with server.client(timeout=8) as client:
        for _ in range(2):
            assert client.get("/modem").body == content
            assert client.get("/").status == 200
        eventually(lambda: server.status().ConnsAsyncKeepAlive == 1)
    eventually(lambda: server.status().ConnsTotal == 1)


def test_a_connection_that_mod_dialup_has_served_ends_when_the_client_asked_for_that(serve):
    server = serve(one_child(2) + DIALUP, modules=("dialup",)).quiet()
    server.put("modem", b"d" * (2 * PULSE))
    with server.client(timeout=8) as client:
        assert client.get("/modem", close=True).status == 200
        client.end_of_stream(2)
    server.quiet()


def test_requests_that_come_while_mod_dialup_still_sends_are_answered_in_their_order(serve):
    server = serve(one_child(2) + DIALUP, modules=("dialup",)).quiet()
    content = server.put("modem", b"d" * (2 * PULSE))
    with server.client(timeout=8) as client:
        for path in ("/modem", "/", "/modem", "/"):
            client.ask(path)
        assert [client.answer().body for _ in range(4)] == [content, b"hello\n"] * 2


def test_a_graceful_restart_waits_for_a_response_of_mod_dialup_and_for_no_longer(serve):
    server = serve(one_child(2, slots=2) + DIALUP, modules=("dialup",))
    content = server.put("modem", b"d" * (3 * PULSE))
    old = server.child()
    with server.client(timeout=8) as client:
        client.ask("/modem")
        eventually(lambda: client.readable(0))
        server.graceful()
        assert client.answer().body == content
        eventually(lambda: not proc.alive(old), 5)


def test_mod_dialup_holds_no_worker_between_its_pulses(serve):
    server = serve(one_child(2, 10) + DIALUP, modules=("dialup",))
    server.put("modem", b"d" * (3 * PULSE))
    with crowd(server.client() for _ in range(6)) as clients:
        for client in clients:
            client.ask("/modem", close=True)
        for _ in range(10):
            started = time.monotonic()
            assert server.status().BusyWorkers <= 2
            assert time.monotonic() - started < patience(1)
        for client in clients:
            assert len(client.answer().body) == 3 * PULSE

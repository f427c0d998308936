"""What slowhttptest does to a server: slow headers, slow bodies, slow reading, ranges.

httpd reads a request with the worker that serves it, under any MPM: whoever is slow at sending holds a worker until
mod_reqtimeout, or Timeout, has enough. Whoever is slow at reading holds none.
"""

import contextlib
import re

import pytest

from lab.client import crowd
from lab.config import one_child
from lab.hostile import SlowHttpTest
from lab.siege import QUIET_LOG, Siege
from lab.sites import big_file
from lab.wait import eventually, holds_for

pytestmark = pytest.mark.hostile

SENDERS = {"H": ("-i", 1, "-x", 10), "B": ("-i", 1, "-x", 10, "-s", 100_000)}
SITE = QUIET_LOG + "Timeout 60\nEnableSendfile Off\n"
IMPATIENT = "RequestReadTimeout header=1-2,minrate=500 body=1-2,minrate=500\n"


@pytest.mark.parametrize("mode", SENDERS)
def test_slow_senders_hold_a_worker_each_and_no_more(serve, mode):
    server = serve(one_child(64, 4) + SITE)
    with Siege(server, kilobytes=6_000) as siege, SlowHttpTest(server.port, mode, 40, *SENDERS[mode]):
        eventually(lambda: server.status().BusyWorkers == 41, what="40 slow senders")
        siege.others_are_answered()
        eventually(lambda: server.status().BusyWorkers == 41)
        assert siege.most_descriptors <= 50


@pytest.mark.parametrize("mode", SENDERS)
def test_others_wait_while_slow_senders_have_all_workers_and_are_answered_when_they_go(serve, mode):
    server = serve(one_child(8, 2) + SITE)
    with Siege(server, kilobytes=4_000) as siege, contextlib.ExitStack() as stack:
        with SlowHttpTest(server.port, mode, 60, *SENDERS[mode]):
            eventually(lambda: server.log_lines("AH00484"), what="the word that all workers are busy")
            others = stack.enter_context(crowd(server.client() for _ in range(10)))
            for client in others:
                client.ask("/", close=True)
            holds_for(lambda: not any(client.readable(0) for client in others), 0.3)
            siege.look()
            assert siege.most_descriptors <= 30  # it may have 8 + 2 * 8 connections, as long as workers are idle
        assert [client.answer().status for client in others] == [200] * 10


@pytest.mark.parametrize("mode", SENDERS)
def test_mod_reqtimeout_gives_the_workers_back_to_others(serve, mode):
    server = serve(one_child(8, 2) + SITE + IMPATIENT, modules=("reqtimeout",))
    with Siege(server, kilobytes=4_000) as siege, SlowHttpTest(server.port, mode, 24, *SENDERS[mode]):
        eventually(lambda: server.log_lines("AH00484"), what="the word that all workers are busy")
        siege.newcomers_are_answered()
        eventually(lambda: server.sockets_held() <= 1, 20, what="the end of all slow senders")


def test_slow_readers_hold_no_worker(serve):
    """The tool's windows are of 1 kB. Stock needs sendfile(2) for that."""
    server = serve(one_child(16, 20) + SITE)
    big_file(server)
    options = ("-n", 1, "-z", 32, "-w", 10, "-y", 100, "-k", 3)
    with Siege(server, kilobytes=10_000) as siege, SlowHttpTest(server.port, "X", 100, *options, path="/big.bin"):
        eventually(lambda: server.sockets_held() >= 100 and server.status().BusyWorkers == 1, 10, what="all parked")
        siege.others_are_answered()
        assert server.sockets_held() >= 100
        assert siege.most_descriptors <= 210  # a socket and a file each


# Who stays may have to make room while all workers compute, so that one is asked where there are enough of them.
ASKED = {16: Siege.newcomers_are_answered, 128: Siege.others_are_answered}


@pytest.mark.parametrize("workers", ASKED)
@pytest.mark.parametrize("verb", ["HEAD", "GET"])
def test_requests_for_a_thousand_ranges_cost_no_memory(serve, verb, workers):
    server = serve(one_child(workers, 20) + SITE + 'CustomLog {out}/access "%>s %m %U"\n')
    big_file(server)
    options = ("-a", 1, "-b", 1300, "-t", verb)
    with Siege(server, kilobytes=10_000) as siege:
        with SlowHttpTest(server.port, "R", 100, *options, path="/big.bin") as attack:
            ASKED[workers](siege)
            eventually(lambda: not attack.acts(), 20, what="the end of the tool: it has had all its answers")
    answered = re.findall(rf"^(?:200|206) {verb} /big.bin$", (server.out / "access").read_text(), re.M)
    assert len(answered) >= 100

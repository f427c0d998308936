"""mod_cgi and mod_cgid: programs that answer, complain, dawdle and fail."""

import hashlib
import os
import re
import signal
from collections import Counter

import pytest

from lab import proc
from lab.client import crowd
from lab.config import one_child, several
from lab.load import Load
from lab.wait import eventually
from peers.http import conversation, plain
from peers.log import numbers

SCRIPTS = {
    "env.cgi": "echo 'Content-Type: text/plain'; echo; echo $REQUEST_METHOD $SCRIPT_NAME $QUERY_STRING",
    "body.cgi": "echo 'Content-Type: text/plain'; echo; sha256sum",
    "gone.cgi": "echo 'Status: 410 Gone'; echo 'Content-Type: text/plain'; echo; echo gone",
    "elsewhere.cgi": "echo 'Location: http://localhost/there'; echo",
    "nph-raw.cgi": "printf 'HTTP/1.1 203 Raw\\r\\nContent-Length: 3\\r\\n\\r\\nraw'",
    "complain.cgi": "echo complaint >&2; echo 'Content-Type: text/plain'; echo; echo done",
    "mute.cgi": "exit 3",
    "slow.cgi": "sleep 0.2; echo 'Content-Type: text/plain'; echo; echo slow",
    "hang.cgi": "echo 'Content-Type: text/plain'; echo; exec sleep 20",
    "big.cgi": "echo 'Content-Type: text/plain'; echo; head -c 3000000 /dev/zero",
    "quick.cgi": "echo 'Content-Type: text/plain'; echo; echo quick",
}
EXECUTE = "<Files *.cgi>\nSetHandler cgi-script\nOptions +ExecCGI\n</Files>\n"


@pytest.fixture(params=["cgi", "cgid"])
def programs(request):
    """Starts a server with the scripts."""
    socket = "ScriptSock {root}/run/cgid.sock\n" if request.param == "cgid" else ""

    def start_with(start, directives="", sizes=one_child(8, 20), modules=()):
        def scripts(server):
            for name, text in SCRIPTS.items():
                server.put(name, f"#!/bin/sh\n{text}\n")
                (server.root / "htdocs" / name).chmod(0o755)

        return start(sizes + socket + EXECUTE + directives, modules=(request.param, *modules), before=scripts)

    start_with.module = request.param
    return start_with


def test_a_program_gets_the_request_and_answers(alike, programs):
    def scenario(start):
        return conversation(
            programs(start),
            {"path": "/env.cgi?x=1"},
            {"path": "/body.cgi", "method": "POST", "body": b"b" * 200_000},
            {"path": "/env.cgi", "method": "HEAD"},
            {"path": "/gone.cgi"},
            {"path": "/elsewhere.cgi"},
            {"path": "/big.cgi"},
            {"path": "/missing.cgi"},
            {"path": "/env.cgi", "close": True},
        )

    answers = alike(scenario)
    assert [status for status, _, _ in answers] == [200, 200, 200, 410, 302, 200, 404, 200]
    assert answers[0][2] == b"GET /env.cgi x=1\n"
    assert answers[1][2].split()[0].decode() == hashlib.sha256(b"b" * 200_000).hexdigest()
    assert len(answers[5][2]) == 3_000_000


def test_a_program_that_writes_its_own_headers_is_passed_on_as_it_is(alike, programs):
    def scenario(start):
        return plain(programs(start).get("/nph-raw.cgi"))

    assert alike(scenario)[::2] == (203, b"raw")


def test_what_programs_complain_about_is_logged_alike(alike, programs):
    def scenario(start):
        server = programs(start)
        answers = [plain(server.get(path)) for path in ("/complain.cgi", "/mute.cgi")]
        eventually(lambda: server.log_lines("complaint"), 5)
        return [status for status, _, _ in answers], sorted(numbers(server) & {"AH01215", "AH01241", "AH02429"})

    statuses, _ = alike(scenario)
    assert statuses == [200, 500]


def test_a_program_that_hangs_is_given_up_after_timeout(alike, programs):
    def scenario(start):
        server = programs(start, "Timeout 3\n")
        with server.client() as client:
            client.ask("/hang.cgi", close=True)
            data = b""
            while more := client.more():
                data += more
        return data.split(b"\r\n")[0], server.get("/quick.cgi").text

    assert alike(scenario)[1] == "quick\n"


def test_a_full_house_of_slow_programs_is_served(alike, programs):
    def scenario(start):
        server = programs(start)
        with crowd(server.client(timeout=30) for _ in range(16)) as clients:
            for client in clients:
                client.ask("/slow.cgi")
            return Counter(client.answer().text for client in clients)

    assert alike(scenario) == {"slow\n": 16}


def test_no_request_to_a_program_fails_in_graceful_restarts(start, programs):
    # On ours only: stock loses a request now and then, and mod_cgid's socket is new after each restart.
    server = programs(start, sizes=several(1, 8, most=1, slots=3, spare=(1, 8)))
    path = "/quick.cgi" if programs.module == "cgi" else "/"
    with Load(server.port, clients=3, path=path) as load:
        for _ in range(3):
            seen = load.ok
            server.graceful()
            eventually(lambda seen=seen: load.ok > seen + 20, 15)
    assert load.failed == 0, load.outcomes
    assert server.get("/quick.cgi").text == "quick\n"


def daemon_of_cgid(server):
    """The process that starts programs for the others: a child of the parent that is no child of the MPM."""
    workers = {int(pid) for pid in re.findall(r"Child \d+ started: pid (\d+)", server.log_text())}
    return next(iter(set(proc.children_of(server.pid)) - workers), None)


def test_the_daemon_of_mod_cgid_is_replaced_when_it_dies_and_the_children_stay(alike):
    def scenario(start):
        def script(server):
            server.put("quick.cgi", f"#!/bin/sh\n{SCRIPTS['quick.cgi']}\n")
            (server.root / "htdocs/quick.cgi").chmod(0o755)

        directives = one_child(8, 20) + "ScriptSock {root}/run/cgid.sock\n" + EXECUTE
        server = start(directives, modules=("cgid",), before=script)
        first = eventually(lambda: daemon_of_cgid(server), 5)
        with server.idle_client() as client:
            os.kill(first, signal.SIGKILL)
            eventually(lambda: daemon_of_cgid(server) not in (None, first), 10)
            eventually(lambda: server.get("/quick.cgi").status == 200, 10)
            return client.get("/quick.cgi").text

    assert alike(scenario, unlike={"AH01253", "AH02550", "AH01241"}) == "quick\n"

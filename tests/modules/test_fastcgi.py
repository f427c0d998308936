"""mod_proxy_fcgi, with a FastCGI program of another process."""

import hashlib
from collections import Counter

from lab.client import crowd
from lab.config import one_child, several
from lab.load import Load
from lab.wait import eventually
from peers.fastcgi import Program
from peers.http import conversation, plain
from peers.log import numbers

MODULES = ("proxy", "proxy_fcgi")


def before(start, program, directives="", sizes=one_child(8, 20), options=""):
    target = f"ProxyPass /app/ fcgi://127.0.0.1:{program.port}/ {options}\n"
    return start(sizes + directives + target + "ProxyFCGIBackendType GENERIC\n", modules=MODULES)


def said(answer):
    return answer.text.splitlines()


def test_mod_proxy_fcgi_passes_requests_and_answers_on(alike, fastcgi_program):
    def scenario(start):
        server = before(start, fastcgi_program)
        return conversation(
            server,
            {"path": "/app/one?x=1"},
            {"path": "/app/two", "method": "POST", "body": b"b" * 300_000},
            {"path": "/app/none", "method": "HEAD"},
            {"path": "/app/?status=404"},
            {"path": "/app/?bytes=2000000"},
            {"path": "/app/?status=500", "close": True},
        )

    answers = alike(scenario)
    assert [status for status, _, _ in answers] == [200, 200, 200, 404, 200, 500]
    method, script, query, address, _ = answers[0][2].decode().splitlines()
    assert (method, script, query, address) == ("GET", "/app/one", "x=1", "127.0.0.1")
    assert answers[1][2].decode().splitlines()[-1] == hashlib.sha256(b"b" * 300_000).hexdigest()
    assert answers[4][2].endswith(b"\n" + b"x" * 2_000_000)


def test_mod_proxy_fcgi_talks_over_a_unix_socket(alike):
    def scenario(start):
        target = 'ProxyPass /app/ "unix:{out}/program|fcgi://localhost/"\n'
        server = start(one_child(8, 20) + target, modules=MODULES)
        with Program(server.out / "program"):
            return said(server.get("/app/?x=2"))

    assert alike(scenario)[2] == "x=2"


def test_mod_proxy_fcgi_logs_alike_what_goes_wrong(alike, fastcgi_program):
    def scenario(start):
        server = before(start, fastcgi_program)
        dead = plain(server.get("/app/?die=10"))[:2]
        complained = server.get("/app/?stderr=complaint").status
        eventually(lambda: server.log_lines("complaint"), 5)
        return dead, complained, sorted(numbers(server) & {"AH01067", "AH01068", "AH01070", "AH01071"})

    dead, complained, log = alike(scenario)
    assert dead[0] in (500, 502, 503) and complained == 200 and "AH01071" in log


def test_mod_proxy_fcgi_serves_a_full_house_of_slow_programs(alike, fastcgi_program):
    def scenario(start):
        server = before(start, fastcgi_program)
        with crowd(server.client() for _ in range(24)) as clients:
            for client in clients:
                client.ask("/app/?sleep=100")
            return Counter(client.answer().status for client in clients)

    assert alike(scenario) == {200: 24}


def test_mod_proxy_fcgi_reuses_connections_when_told_so(alike, fastcgi_program):
    def scenario(start):
        server = before(start, fastcgi_program, options="enablereuse=on")
        with server.client() as client:
            return Counter(client.get(f"/app/?bytes={size}").status for size in range(0, 200_000, 10_000))

    assert alike(scenario) == {200: 20}


def test_no_request_through_mod_proxy_fcgi_fails_in_graceful_restarts(start, fastcgi_program):
    # On ours only: stock loses a request now and then.
    server = before(start, fastcgi_program, sizes=several(1, 16, most=1, slots=3, spare=(1, 16)))
    with Load(server.port, clients=8, path="/app/?sleep=5") as load:
        for _ in range(3):
            seen = load.ok
            server.graceful()
            eventually(lambda seen=seen: load.ok > seen + 50, 10)
    assert load.failed == 0, load.outcomes

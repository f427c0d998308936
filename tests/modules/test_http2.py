"""mod_http2: what tests/system/test_http2.py does not show, and the same on stock."""

import re
import subprocess
import time

import pytest

from lab.client import crowd
from lab.config import SLEEP, one_child, several
from lab.http2 import Http2Client
from lab.load import Load
from lab.sites import big_file
from lab.wait import eventually
from peers import tls

SIZE = 300_000
PROTOCOLS = "Protocols h2 h2c http/1.1\nH2Direct On\nH2MinWorkers 4\nH2MaxWorkers 16\nLogLevel ssl:warn\n"


def serving(start, keys, sizes=one_child(16, 20), directives=""):
    server = start(
        sizes + PROTOCOLS + directives + SLEEP + keys.host(), modules=(*tls.MODULES, "http2"), ports=2,
        lab_modules=("mod_lab",),
    )  # fmt: skip
    big_file(server, size=SIZE)
    return server


def h2load(server, way, *arguments, path="/"):
    """(succeeded, failed, errored, timed out) of h2load's requests."""
    scheme, port = ("http", server.ports[0]) if way == "h2c" else ("https", server.ports[1])
    command = ["h2load", *map(str, arguments), f"{scheme}://127.0.0.1:{port}{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", done.stdout)
    assert counts, done.stdout[-500:] + done.stderr[-500:]
    assert re.search(r"status codes: (\d+) 2xx", done.stdout)[1] == counts[1], done.stdout[-500:]
    return tuple(map(int, counts.groups()))


@pytest.mark.parametrize("way", ["h2c", "TLS"])
def test_60000_requests_of_32_clients_with_8_streams_all_succeed(start, keys, way):
    server = serving(start, keys)
    assert h2load(server, way, "-n", 60000, "-c", 32, "-m", 8) == (60000, 0, 0, 0)


@pytest.mark.parametrize("way", ["h2c", "TLS"])
def test_requests_of_a_few_clients_all_succeed(alike, keys, way):
    def scenario(start):
        return h2load(serving(start, keys), way, "-n", 2000, "-c", 4, "-m", 8)

    assert alike(scenario) == (2000, 0, 0, 0)


@pytest.mark.parametrize("way", ["h2c", "TLS"])
def test_bodies_through_small_windows_all_arrive(start, keys, way):
    """What httpd's own suite skips on stock: loads with small windows, "awaiting mpm_event improvements"."""
    server = serving(start, keys)
    arguments = ("-n", 400, "-c", 16, "-m", 4, "-w", 10, "-W", 10)  # windows of 1023 bytes
    server.put("body.bin", b"b" * 20_000)
    assert h2load(server, way, *arguments, path="/body.bin") == (400, 0, 0, 0)


@pytest.mark.parametrize("way", ["h2c", "TLS"])
def test_all_is_answered_while_children_come_and_go_after_11_connections(start, keys, way):
    # On ours only: stock refuses or resets connections while its few children are replaced.
    sizes = several(2, 4, most=2, slots=16, spare=(2, 8))
    server = serving(start, keys, sizes, "MaxConnectionsPerChild 11\n")
    for _ in range(4):
        assert h2load(server, way, "-n", 64, "-c", 16, "-m", 4) == (64, 0, 0, 0)
    assert len(server.log_lines(r"Child \d+ started")) > 4


def h2_client(server, way, window):
    if way == "h2c":
        return Http2Client(server.port, window=window, timeout=30)
    context = tls.context(protocols=("h2",))
    client = Http2Client(server.ports[1], window=window, timeout=30, tls=context)
    assert client.socket.selected_alpn_protocol() == "h2"
    return client


def ended(client):
    try:
        client.drain(0)
    except (ConnectionError, OSError):
        return True
    return client.goaway


class Blocked:
    """Clients of both kinds whose window is 0, with a request that waits for it."""

    def __init__(self, server, count):
        self.clients = []
        for number in range(count):
            client = h2_client(server, ("h2c", "TLS")[number % 2], window=0)
            self.clients.append(client)
            client.request(1, "/big.bin")

    def __enter__(self):
        return self.clients

    def __exit__(self, *_):
        for client in self.clients:
            client.close()


@pytest.mark.serial
def test_clients_with_a_closed_window_survive_full_load_and_leave_after_timeout(start, keys):
    # On ours only: stock's figures follow later, and without an idle worker none of its timeouts fires.
    server = serving(start, keys, directives="Timeout 8\nKeepAliveTimeout 1\n")
    began = time.monotonic()

    def too_early():
        gone = any(ended(client) for client in clients)
        return gone and time.monotonic() - began < 8

    with Blocked(server, 10) as clients:
        eventually(lambda: server.status().ConnsAsyncWaitIO == 10, 5)
        with Load(server.port, clients=32, path="/sleep?ms=20", timeout=30) as load:
            eventually(lambda: load.ok > 1000, 30)
        assert load.failed == 0, load.outcomes
        assert not too_early()
        eventually(lambda: too_early() or all(ended(client) for client in clients), 20)
        assert not too_early()
    eventually(lambda: server.status().ConnsAsyncWaitIO == 0, 5)
    assert server.get("/").status == 200


def test_clients_whose_window_opens_under_full_load_get_all_of_it(start, keys):
    server = serving(start, keys)
    with Blocked(server, 10) as clients:
        with Load(server.port, clients=32, path="/sleep?ms=20", timeout=30) as load:
            eventually(lambda: load.ok > 200, 30)
            for client in clients:
                client.open_window(2 * SIZE, 1)
            for client in clients:
                client.steps(lambda client=client: 1 in client.ended, within=20)
        assert [client.received[1] for client in clients] == [SIZE] * 10
        assert load.failed == 0, load.outcomes


@pytest.mark.parametrize("way", ["h2c", "TLS"])
def test_a_graceful_restart_says_goaway_and_answers_what_was_asked(alike, keys, way):
    def scenario(start):
        server = serving(start, keys, one_child(16, 20, slots=2))
        with h2_client(server, way, window=1000) as client:
            client.request(1, "/big.bin")
            client.steps(lambda: client.received[1] == 1000)
            server.graceful()
            client.open_window(SIZE, 1)
            client.steps(lambda: 1 in client.ended, within=20)
            received = client.received[1]
            eventually(lambda: ended(client), 20)
            return received, client.goaway

    # AH03093: stock's listener has closed its pollset when a worker still wants to add to it.
    assert alike(scenario, unlike={"AH03093"}) == (SIZE, True)


@pytest.mark.parametrize("way", ["h2c", "TLS"])
def test_an_idle_connection_gets_goaway_at_keep_alive_timeout(alike, keys, way):
    def scenario(start):
        server = serving(start, keys, directives="KeepAliveTimeout 1\n")
        with h2_client(server, way, window=SIZE) as client:
            client.request(1, "/")
            client.steps(lambda: 1 in client.ended)
            eventually(lambda: ended(client), 10)
            return client.received[1], client.goaway

    assert alike(scenario) == (6, True)


def test_streams_of_many_clients_are_all_answered_in_graceful_restarts(start, keys):
    # On ours only: stock may refuse a connection, or end one that has just been opened.
    server = serving(start, keys, several(1, 8, most=1, slots=6, spare=(1, 8)))
    streams = (1, 3, 5, 7)
    for _ in range(3):
        with crowd(h2_client(server, "TLS", window=1000) for _ in range(6)) as clients:
            for client in clients:
                for stream in streams:
                    client.request(stream, "/big.bin")
            for client in clients:
                client.steps(lambda client=client: set(client.received.values()) == {1000}, within=20)
            server.graceful()
            for client in clients:
                client.open_window(8 * SIZE, *streams)
            for client in clients:
                client.steps(lambda client=client: set(streams) <= client.ended, within=20)
                assert set(client.received.values()) == {SIZE}

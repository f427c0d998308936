"""mod_ssl: what tests/system/test_tls.py does not show, and the same on stock."""

import ssl
import time

import pytest

from lab import wait
from lab.client import Client, crowd
from lab.config import one_child, several
from lab.load import Load
from lab.wait import eventually, patience
from peers import tls
from peers.http import plain

VERSIONS = {"1.2": tls.TLS_1_2, "1.3": tls.TLS_1_3}


def secure(start, keys, directives="", more="", sizes=one_child(8, 20)):
    return start(sizes + directives + keys.host(more), modules=tls.MODULES, ports=2)


@pytest.mark.parametrize("version", VERSIONS)
def test_kept_alive_connections_of_each_version_are_served_and_end_with_close_notify(alike, keys, version):
    def scenario(start):
        server = secure(start, keys, "KeepAliveTimeout 3\n")
        server.put("big.txt", b"0123456789" * 200_000)
        with tls.client(server, VERSIONS[version]) as client:
            spoken = client.socket.version()
            answers = [plain(client.get(path)) for path in ("/", "/big.txt", "/missing", "/")]
            client.end_of_stream(10)  # an end without close_notify raises SSLEOFError
        return spoken, answers

    spoken, answers = alike(scenario)
    assert spoken == f"TLSv{version}"
    assert [(status, len(body)) for status, _, body in answers[:2]] == [(200, 6), (200, 2_000_000)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_is_resumed(alike, keys, version):
    def scenario(start):
        server = secure(start, keys)
        context = tls.context(VERSIONS[version])
        seen, session = [], None
        for _ in range(3):
            with Client(server.ports[1]) as client:
                client.socket = context.wrap_socket(client.socket, server_hostname="x", session=session)
                assert client.get("/").status == 200
                seen.append(client.socket.session_reused)
                session = client.socket.session
        return seen

    assert alike(scenario) == [False, True, True]


MEMBERS = (
    "<Location /members>\nSSLVerifyClient require\nSSLOptions +StdEnvVars\n"
    'Header set X-Member "expr=%{SSL_CLIENT_S_DN_CN}"\n</Location>\n'
)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_certificate_is_asked_for_when_a_directory_wants_one(alike, keys, version):
    """By renegotiation in TLS 1.2, by authentication after the handshake in TLS 1.3; then keep-alive goes on."""

    def scenario(start):
        server = start(one_child(8, 20) + keys.host(MEMBERS), modules=(*tls.MODULES, "headers"), ports=2)
        server.put("members", b"for members\n")
        with tls.client(server, VERSIONS[version], certificate=keys.client) as client:
            seen = []
            for path in ("/", "/members", "/members", "/"):
                answer = client.get(path)
                seen.append((answer.status, answer.headers.get("x-member"), answer.text))
        return seen

    public, members = (200, None, "hello\n"), (200, "Member", "for members\n")
    assert alike(scenario) == [public, members, members, public]


@pytest.mark.parametrize("version", VERSIONS)
def test_who_has_no_certificate_is_refused_alike(alike, keys, version):
    def scenario(start):
        server = start(one_child(8, 20) + keys.host(MEMBERS), modules=(*tls.MODULES, "headers"), ports=2)
        server.put("members", b"for members\n")
        with tls.client(server, VERSIONS[version]) as client:
            first = client.get("/").status
            try:
                refused = client.get("/members").status
            except (ssl.SSLError, OSError):
                refused = "handshake failed"
        return first, refused, server.get("/", port=server.ports[0]).status

    first, refused, after = alike(scenario)
    assert (first, after) == (200, 200) and refused in (403, "handshake failed")


class Handshake:
    """A TLS client that decides itself when its bytes go out."""

    def __init__(self, client):
        self.client = client
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.context().wrap_bio(self._in, self._out, server_hostname="x")

    def take(self, action):
        """Does the action, handing out one byte at a time what it wants to send."""
        while True:
            try:
                result = action()
            except ssl.SSLWantReadError:
                result = None
            for byte in self._out.read():
                self.client.send(bytes([byte]))
            if result is not None:
                return result
            got = self.client.more()
            assert got, "the server has ended the connection"
            self._in.write(got)

    def shake_hands(self):
        self.take(lambda: self._tls.do_handshake() or "done")

    def get(self):
        self._tls.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return self.take(lambda: self._tls.read(1000))


def test_a_handshake_byte_by_byte_succeeds(alike, keys):
    def scenario(start):
        server = secure(start, keys)
        with server.client(port=server.ports[1]) as client:
            slow = Handshake(client)
            slow.shake_hands()
            return slow.get().split(b"\r\n")[0]

    assert alike(scenario) == b"HTTP/1.1 200 OK"


def test_half_handshakes_leave_the_other_workers_to_others(alike, keys):
    def scenario(start):
        server = secure(start, keys, "AcceptFilter https none\nTimeout 2\n")
        with crowd(server.client(port=server.ports[1]) for _ in range(5)) as stuck:
            for client in stuck:
                client.send(bytes.fromhex("160301020001000100"))
            eventually(lambda: server.status().BusyWorkers == 6, 10)
            with tls.client(server) as other:
                answers = [other.get("/").status for _ in range(20)]
            for client in stuck:
                while client.more():
                    pass
        eventually(lambda: server.status().BusyWorkers == 1, 10)
        return answers

    assert alike(scenario) == [200] * 20


@pytest.mark.serial
def test_64_kept_alive_clients_see_five_graceful_restarts_and_no_failure(start, keys):
    # On ours only: stock closes connections on which a request is under way.
    sizes = several(2, 16, most=4, slots=12, spare=(16, 64))
    server = secure(start, keys, sizes=sizes)
    # A client pauses shorter than a draining child waits for its next request.
    load = Load(server.ports[1], clients=64, keep_alive=True, think=0.05, timeout=60, tls=tls.context())
    with load:
        began = time.monotonic()
        for restart in range(1, 6):
            seen = load.ok
            server.graceful(30)
            eventually(lambda seen=seen: load.ok > seen + 500, 30)
            eventually(lambda at=began + 2 * restart: time.monotonic() >= at, 10)
    assert load.failed == 0, load.outcomes
    # Nobody was cut off between two requests either, unless the machine kept a client from asking in time.
    assert load.dropped == 0 or wait.lag_so_far() > 0.05, load.dropped


def test_clients_that_stop_reading_outlast_a_graceful_restart_and_delay_nobody(start, keys):
    server = secure(start, keys, "Timeout 60\n", sizes=several(1, 8, most=1, slots=3, spare=(1, 8)))
    content = server.put("big.bin", bytes(range(256)) * 20_000)
    with crowd(tls.client(server, receive_buffer=65536, timeout=60) for _ in range(3)) as stalled:
        for client in stalled:
            client.ask("/big.bin")
        slowest = 0.0
        for round_ in range(40):
            if round_ == 20:
                server.graceful()
            began = time.monotonic()
            with tls.client(server) as client:
                assert client.get("/", close=True).status == 200
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < patience(2), slowest
        for client in stalled:
            assert client.answer().body == content


def used(server, version):
    """A kept-alive connection. One that has only shaken hands holds a worker: httpd waits for its request there."""
    client = tls.client(server, version)
    assert client.get("/").status == 200
    return client


def test_a_full_house_of_tls_clients_of_both_versions_is_served(start, keys):
    # On ours only: stock closes kept-alive connections when no worker is idle, some with a request in them.
    server = secure(start, keys)
    with crowd(used(server, version) for _ in range(12) for version in VERSIONS.values()) as clients:
        for _ in range(5):
            for client in clients:
                client.ask("/")
            assert [client.answer().status for client in clients] == [200] * 24

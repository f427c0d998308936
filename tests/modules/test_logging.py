"""mod_logio, mod_unique_id, mod_log_forensic, mod_remoteip with the PROXY protocol, mod_reqtimeout."""

import re
import socket
import struct
import time

import pytest

from lab.client import crowd
from lab.config import one_child, several
from lab.load import Load
from lab.wait import eventually, patience, pause
from peers import tls
from peers.log import numbers


def access(server, count):
    """The lines of the access log, when there are so many."""
    path = server.root / "logs/access"
    eventually(lambda: path.exists() and len(path.read_text().splitlines()) >= count, 10, what="lines in the access log")
    return path.read_text().splitlines()


# ---- mod_logio ---------------------------------------------------------------------------------------------

BYTES = 'LogFormat "%I %O %S %U %s %X %k" bytes\nCustomLog {root}/logs/access bytes "expr=%{REQUEST_URI} =~ m#^/asked#"\n'


def test_mod_logio_counts_the_same_bytes(alike):
    def scenario(start):
        server = start(one_child(8, 20) + BYTES + "ServerTokens Prod\n")
        server.put("asked", b"a" * 100)
        server.put("asked-more", b"a" * 500_000)
        sizes = []
        with server.client() as client:
            for path, more in (("/asked", 0), ("/asked-more", 0), ("/asked-missing", 0), ("/asked", 3000)):
                sizes.append(len(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX: \r\n\r\n") + more)
                client.get(path, headers={"X": "x" * more})
        lines = [line.split(maxsplit=3) for line in access(server, 4)]
        # httpd looks at the first byte of the next request when it ends one, and counts it twice if it is there then.
        exact = all(0 <= int(line[0]) - size <= 1 for line, size in zip(lines, sizes))
        added = all(int(line[0]) + int(line[1]) == int(line[2]) for line in lines)
        return exact, added, [(line[1], line[3]) for line in lines]

    exact, added, lines = alike(scenario)
    assert exact and added and [rest for _, rest in lines] == [
        "/asked 200 + 0", "/asked-more 200 + 1", "/asked-missing 404 + 2", "/asked 200 + 3",
    ]  # fmt: skip
    assert int(lines[1][0]) > 500_000


def test_mod_logio_counts_what_tls_adds(alike, keys):
    def scenario(start):
        server = start(one_child(8, 20) + BYTES + "ServerTokens Prod\n" + keys.host(), modules=tls.MODULES, ports=2)
        server.put("asked", b"a" * 60_000)  # of larger files ours makes fewer and larger records
        with tls.client(server, tls.TLS_1_3) as client:
            for _ in range(3):
                client.get("/asked")
        # Without what comes in, and without the first, which has the handshake in it, whose length varies.
        return [line.split()[1] for line in access(server, 3)[1:]]

    assert all(int(sent) > 60_000 for sent in alike(scenario))


# ---- mod_unique_id, mod_log_forensic -----------------------------------------------------------------------


def test_ids_stay_unique_over_children_and_graceful_restarts(start):
    server = start(several(2, 4, most=4, slots=8, spare=(4, 16)) + "Header set X-Id %{UNIQUE_ID}e\n",
                   modules=("unique_id", "headers"))  # fmt: skip
    seen = []
    for _ in range(2):
        with crowd(server.client() for _ in range(10)) as clients:
            for client in clients:
                client.ask("/")
            seen += [client.answer().headers["x-id"] for client in clients]
        server.graceful()
    assert len(set(seen)) == 20 and {len(unique) for unique in seen} == {27}


FORENSIC = "ForensicLog {root}/logs/forensic\n"


def test_mod_log_forensic_tells_of_each_request_twice(alike):
    def scenario(start):
        server = start(one_child(8, 20) + FORENSIC, modules=("log_forensic",))
        server.put("asked", b"a" * 100)
        with server.client() as client:
            for number in range(10):
                client.get(f"/asked?{number}")
        with server.client() as client:
            client.get("/asked?last", close=True)
        path = server.root / "logs/forensic"

        def told():
            lines = path.read_text().splitlines()
            asked = [line[1:].split("|") for line in lines if line.startswith("+") and "/asked" in line]
            done = {line[1:] for line in lines if line.startswith("-")}
            return len(asked) == 11 and all(words[0] in done for words in asked) and [words[1:] for words in asked]

        return eventually(told, 10)

    assert alike(scenario)[0][0] == "GET /asked?0 HTTP/1.1"


def test_mod_log_forensic_leaves_no_request_open_under_load_and_graceful_restarts(start):
    server = start(several(1, 8, most=1, slots=4, spare=(1, 8)) + FORENSIC, modules=("log_forensic", "unique_id"))
    with Load(server.port, clients=6, keep_alive=True) as load:
        for _ in range(2):
            seen = load.ok
            server.graceful()
            eventually(lambda seen=seen: load.ok > seen + 100, 15)
    assert load.failed == 0, load.outcomes

    def told():
        text = (server.root / "logs/forensic").read_text()
        begun, done = (re.findall(rf"^\{sign}([^|\n]+)", text, re.M) for sign in "+-")
        return len(begun) == len(set(begun)) > 200 and set(begun) == set(done)

    eventually(told, 10, what="the end of each request in the log")


# ---- mod_remoteip ------------------------------------------------------------------------------------------

PROXY_HOST = (
    'LogFormat "%a %U %s" from\nCustomLog {root}/logs/access from "expr=%{REQUEST_URI} =~ m#^/asked#"\n'
    "<VirtualHost 127.0.0.1:{port1}>\nRemoteIPProxyProtocol On\n</VirtualHost>\n<VirtualHost 127.0.0.1:{port}>\n"
    "</VirtualHost>\n"
)
SECOND_VERSION = (
    b"\r\n\r\n\0\r\nQUIT\n" + b"\x21\x11\x00\x0c" + socket.inet_aton("192.0.2.9") + socket.inet_aton("127.0.0.1")
    + struct.pack(">HH", 1111, 80)
)  # fmt: skip
HEADERS = {"of version 1": b"PROXY TCP4 192.0.2.9 127.0.0.1 1111 80\r\n", "of version 2": SECOND_VERSION}


def behind_a_proxy(start):
    server = start(one_child(8, 20) + PROXY_HOST, modules=("remoteip",), ports=2)
    server.put("asked", b"a" * 100)
    return server


@pytest.mark.parametrize("header", HEADERS)
def test_mod_remoteip_takes_the_address_from_the_proxy_protocol(alike, header):
    def scenario(start):
        server = behind_a_proxy(start)
        with server.client(port=server.ports[1]) as client:
            client.send(HEADERS[header])
            for _ in range(3):
                assert client.get("/asked").status == 200
        with server.client(port=server.ports[1]) as client:
            for byte in HEADERS[header]:
                client.send(bytes([byte]))
            client.get("/asked", close=True)
        return access(server, 4)

    assert alike(scenario) == ["192.0.2.9 /asked 200"] * 4


def test_mod_remoteip_refuses_a_connection_without_its_header_alike(alike):
    def scenario(start):
        server = behind_a_proxy(start)
        with server.client(port=server.ports[1]) as client:
            client.ask("/asked")
            try:
                while client.more():
                    pass
            except ConnectionResetError:
                pass
        return server.get("/asked").status, sorted(numbers(server) & {"AH03495", "AH03498", "AH03507"})

    assert alike(scenario)[0] == 200


def test_mod_remoteip_takes_the_address_from_a_header_of_a_trusted_proxy(alike):
    def scenario(start):
        trust = "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n"
        server = start(one_child(8, 20) + PROXY_HOST + trust, modules=("remoteip",), ports=2)
        server.put("asked", b"a" * 100)
        with server.client() as client:
            for address in ("192.0.2.1", "192.0.2.2"):
                client.get("/asked", headers={"X-Forwarded-For": address})
            client.get("/asked")
        return access(server, 3)

    assert alike(scenario) == [f"{address} /asked 200" for address in ("192.0.2.1", "192.0.2.2", "127.0.0.1")]


# ---- mod_reqtimeout ----------------------------------------------------------------------------------------


def said_until_the_end(client):
    """(first line of what the server still says, when it has ended)."""
    data = b""
    try:
        while more := client.more():
            data += more
    except ConnectionResetError:
        pass
    return data.split(b"\r\n")[0].decode(), time.monotonic()


SLOW = {
    "header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-",
    "body": b"PUT /dav/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc",
}


@pytest.mark.parametrize("part", SLOW)
def test_mod_reqtimeout_ends_a_slow_request_alike(alike, part):
    def scenario(start):
        limits = "RequestReadTimeout header=1 body=1\nAcceptFilter http none\n"
        dav = "DavLockDB {out}/locks\nAlias /dav {out}\n<Directory {out}>\nDav On\nRequire all granted\n</Directory>\n"
        server = start(one_child(8, 20) + limits + dav, modules=("reqtimeout", "dav", "dav_fs"))
        with server.client() as client:
            began = client.send(SLOW[part])
            said, ended = said_until_the_end(client)
        return said, 0.9 <= ended - began <= 1 + patience(5), "AH01382" in numbers(server)

    said, in_time, told = alike(scenario)
    assert said == "HTTP/1.1 408 Request Timeout" and in_time and told


def test_mod_reqtimeout_ends_a_request_that_comes_slower_than_its_rate(alike):
    def scenario(start):
        server = start(one_child(8, 20) + "RequestReadTimeout header=1-2,MinRate=500\nAcceptFilter http none\n",
                       modules=("reqtimeout",))  # fmt: skip
        with server.client() as client:
            began = client.send(SLOW["header"])
            while not client.readable(0.1) and time.monotonic() < began + 15:
                client.send(b"x")
            said, ended = said_until_the_end(client)
        return said, 0.9 <= ended - began <= 2 + patience(5)

    assert alike(scenario) == ("HTTP/1.1 408 Request Timeout", True)


def test_mod_reqtimeout_leaves_a_kept_alive_connection_its_time_between_requests(alike):
    def scenario(start):
        server = start(one_child(8, 20) + "RequestReadTimeout header=1 body=1\nKeepAliveTimeout 15\n",
                       modules=("reqtimeout",))  # fmt: skip
        with server.idle_client() as client:
            pause(1.5)
            again = client.get("/").status
            began = client.send(SLOW["header"])
            said, ended = said_until_the_end(client)
        return again, said, 0.9 <= ended - began <= 1 + patience(5)

    again, said, in_time = alike(scenario)
    assert again == 200 and said in ("HTTP/1.1 408 Request Timeout", "") and in_time


def test_mod_reqtimeout_ends_a_slow_handshake_alike(alike, keys):
    def scenario(start):
        limits = "RequestReadTimeout handshake=1\nAcceptFilter https none\n"
        server = start(one_child(8, 20) + limits + keys.host(), modules=("reqtimeout", *tls.MODULES), ports=2)
        with server.client(port=server.ports[1]) as client:
            began = client.send(bytes.fromhex("160301020001000100"))
            _, ended = said_until_the_end(client)
        return 0.9 <= ended - began <= 1 + patience(5)

    assert alike(scenario)

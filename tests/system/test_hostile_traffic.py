"""Clients that send nonsense, and clients that take next to nothing."""

import contextlib
import re
import socket

import pytest

from lab.client import crowd
from lab.config import one_child
from lab.hostile import LAST_REQUEST, REQUEST, Torrent, connected, many, narrow
from lab.siege import QUIET_LOG, Siege
from lab.sites import MEGABYTE, big_file
from lab.tls import HTTPS, MODULES, certify, context
from lab.wait import eventually

pytestmark = pytest.mark.hostile

POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
GARBAGE = {
    "zeros": bytes(100_000),
    "bytes of all kinds": bytes(range(256)) * 80,
    "an endless line": b"GET /" + b"a" * 100_000,
    "an endless field": REQUEST[:-2] + b"X: " + b"a" * 100_000,
    "endless fields": REQUEST[:-2] + b"X: a\r\n" * 20_000,
    "folded fields": REQUEST[:-2] + b"X: a\r\n" + b" a\r\n" * 20_000,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n" + REQUEST * 100,
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n" + REQUEST * 100,
    "a bad chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + REQUEST * 100,
    "a chunk of all there is": POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + REQUEST * 100,
    "an unknown version": b"GET / HTTP/7.3\r\n\r\n" * 100,
    "another protocol": b"SSH-2.0-OpenSSH_9.2p1\r\n" * 100,
    "lines without a return": b"GET / HTTP/1.1\nHost: localhost\n\n\x01" * 100,
}

TCP_ESTABLISHED = 1

BUFFERS = "EnableSendfile Off\nTimeout 60\nSendBufferSize 65536\n"
"""A kernel would take megabytes for each client that reads nothing, which takes long."""


def received(client):
    """All that the server sends until it ends the connection."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while more := client.recv(65536):
            got += more
    return got


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_behind_requests_ends_its_connection_after_their_answers(serve, kind):
    server = serve(one_child(8, 20) + QUIET_LOG)
    with Siege(server, kilobytes=6_000) as siege:
        with many(20, server.port, first=REQUEST * 3) as clients:
            for client in clients:
                client.sendall(GARBAGE[kind])
            siege.others_are_answered(10)
            for client in clients:
                answers = re.findall(rb"HTTP/1\.1 200 OK\r\n(.*?)\r\n\r\n", received(client), re.S)
                # Fewer only if it was asked to leave, as others waited for its place.
                assert len(answers) >= 3 or b"Connection: close" in answers[-1]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_thirty_clients_with_the_tiniest_window_hold_no_worker(new_server, tls):
    """They take a byte now and then. Stock needs sendfile(2) for that, and no TLS."""
    made = new_server(one_child(8, 40) + QUIET_LOG + BUFFERS + HTTPS, modules=MODULES, ports=2)
    server = certify(made).start().ready()
    big_file(server, size=4 * MEGABYTE)
    speaker = context() if tls else None
    with Siege(server, kilobytes=20_000) as siege, crowd(tiny(server, speaker) for _ in range(30)) as clients:
        eventually(lambda: server.status().BusyWorkers == 1, 20, what="no worker held")
        for _ in range(3):
            for client in clients:
                assert socket.socket.recv(client, 1)  # of a TLS record, too
            siege.newcomers_are_answered(5)
        eventually(lambda: server.status().BusyWorkers == 1, 10)
        assert server.sockets_held() >= 30
        assert siege.most_descriptors <= 70


def tiny(server, tls=None):
    """A client that asked for a large file through a window of about a kilobyte; over TLS with this context."""
    if tls:
        made = tls.wrap_socket(connected(server.ports[1], window=8192), server_hostname="x")
        narrow(made, 1)
    else:
        made = connected(server.port, window=1)
    made.sendall(REQUEST.replace(b" / ", b" /big.bin "))
    return made


class Pipeline(Torrent):
    """Requests without end.

    The server may end it while others wait to be accepted, with an answer that says so (docs/adr/0015). It has
    30 seconds to read that.
    """

    def __init__(self, port, path):
        request = REQUEST.replace(b" / ", b" %s " % path)
        super().__init__(port, first=request * 200, piece=request * 20_000, window=4096)

    def ended_without_a_word(self):
        state = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state != TCP_ESTABLISHED and b"Connection: close" not in received(self.socket)


@pytest.mark.parametrize("size", [6, 60_000, 200_000])
def test_clients_that_pipeline_and_read_nothing_hold_no_worker_and_no_memory(serve, size):
    server = serve(one_child(8, 40) + QUIET_LOG + BUFFERS)
    server.put("file", b"x" * size)
    with Siege(server, kilobytes=20_000) as siege:
        with crowd(Pipeline(server.port, b"/file") for _ in range(40)) as pipelines:
            siege.newcomers_are_answered()
            assert not any(pipeline.ended_without_a_word() for pipeline in pipelines)
            eventually(lambda: server.status().BusyWorkers == 1, 20, what="no worker held")
            siege.newcomers_are_answered()
            assert siege.most_descriptors <= 90


def test_clients_that_send_without_end_while_their_connections_close_keep_nobody_out(serve):
    server = serve(one_child(8, 40) + QUIET_LOG)
    with Siege(server, kilobytes=6_000) as siege:
        with crowd(Torrent(server.port, first=LAST_REQUEST, piece=bytes(MEGABYTE)) for _ in range(40)) as torrents:
            eventually(lambda: server.status().ConnsAsyncClosing >= 40)  # more: who asked before
            siege.newcomers_are_answered(200)
            assert all(torrent.sends() for torrent in torrents), "others waited until these were cut off, after 30 s"


def test_a_client_that_reads_nothing_is_gone_after_timeout(serve):
    server = serve(one_child(8, 40) + QUIET_LOG + BUFFERS + "Timeout 1\n")
    big_file(server, size=4 * MEGABYTE)
    with Siege(server, kilobytes=10_000) as siege, crowd(tiny(server) for _ in range(20)):
        siege.newcomers_are_answered()
        eventually(lambda: server.sockets_held() <= 1, 10, what="the end of those that read nothing")

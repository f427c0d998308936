"""Slow readers of big files hold no worker: what httpd leaves to sendfile(2)."""

import hashlib
import statistics
import time

import pytest

from lab.client import crowd, read_all
from lab.config import one_child, several
from lab.sites import MEGABYTE, big_file, slowest_small_request, stalled_reader, time_of_a_small_request
from lab.wait import eventually, holds_for, patience

SIZE = 8 * MEGABYTE


@pytest.mark.serial
def test_five_hundred_slow_readers_leave_32_workers_to_the_others(serve):
    server = serve(
        several(2, 16, most=2, spare=(1, 32)) + "AsyncRequestWorkerFactor 40\nTimeout 60\n"
    )
    content = big_file(server)
    with crowd(stalled_reader(server, close=True) for _ in range(500)) as slow:
        server.status()
        eventually(lambda: server.sockets_held() == 501, 5, what="500 downloads under way")
        eventually(lambda: server.status().BusyWorkers <= 2, 2, what="no worker held by a slow reader")
        times, busy = [], []
        for _ in range(60):
            for client in slow[::10]:
                client.skip(2048)
            times.append(time_of_a_small_request(server))
            busy.append(server.status().BusyWorkers)
        # One is the asker's; now and then a reader's next piece is being sent at the moment of the reading.
        assert sorted(busy)[int(0.9 * len(busy))] <= 2, busy
        assert statistics.median(times) < patience(0.05), f"median {statistics.median(times):.3f} s"
        assert max(times) < patience(0.25), f"slowest {max(times):.3f} s"
        taken = [60 * 2048 if index % 10 == 0 else 0 for index in range(500)]
        with server.client() as client:
            client.ask("/big.bin", close=True)
            header = client.head_size()
        counts = [count + before for count, before in zip(read_all(slow, within=patience(60)), taken)]
        assert counts == [SIZE + header] * 500
    assert hashlib.sha256(server.get("/big.bin").body).digest() == hashlib.sha256(content).digest()


def test_a_download_read_in_small_steps_arrives_unchanged(serve):
    server = serve(one_child(4))
    content = big_file(server, size=3 * MEGABYTE)
    with stalled_reader(server) as client:
        received = b""
        while not received.endswith(content[-64:]):
            received += client.socket.recv(20_000)
    assert received.split(b"\r\n\r\n", 1)[1] == content


def test_a_slow_reader_keeps_its_connection_as_long_as_it_reads_a_little(serve):
    """A third of the server's send buffer within Timeout: only then the kernel has room for more (epoll(7)).

    That much is read in three steps, a sixth of Timeout; on a machine that makes it the whole, this shows nothing.
    """
    server = serve(one_child(4) + "Timeout 2\nSendBufferSize 65536\n")
    big_file(server)
    with stalled_reader(server) as client:
        eventually(lambda: server.holds(client))
        began = read_at = time.monotonic()
        longest = 0.0

        def paused_too_long():
            return max(longest, time.monotonic() - read_at) > 0.6

        while time.monotonic() < began + 5:
            longest = max(longest, time.monotonic() - read_at)
            client.skip(100_000)
            read_at = time.monotonic()
            holds_for(lambda: server.holds(client) or paused_too_long(), 0.1)
        assert client.skip(MEGABYTE) == MEGABYTE or paused_too_long()


def test_pipelined_requests_behind_a_slow_download_are_answered_in_order(serve):
    server = serve(one_child(4))
    big_file(server)
    with stalled_reader(server) as client:
        for _ in range(5):
            client.ask("/")
        assert len(client.answer().body) == SIZE
        for _ in range(5):
            assert client.answer().body == b"hello\n"


def test_a_hundred_pipelined_requests_in_one_packet_are_all_answered(serve):
    server = serve(one_child(4))
    with server.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
        assert [client.answer().status for _ in range(100)] == [200] * 100


def test_a_request_that_comes_byte_by_byte_is_answered(serve):
    server = serve(one_child(4))
    with server.client() as client:
        for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n":
            client.send(bytes([byte]))
        assert client.answer().status == 200


def test_a_client_that_half_closes_after_its_request_gets_the_whole_answer(serve):
    server = serve(one_child(4))
    big_file(server)
    with stalled_reader(server) as client:
        client.half_close()
        assert len(client.answer().body) == SIZE
        client.end_of_stream(2)


@pytest.mark.serial
def test_readers_that_ran_into_timeout_hold_no_worker_while_their_connections_close(serve):
    server = serve(one_child(4, 20) + "Timeout 1\n")
    big_file(server)
    with crowd(stalled_reader(server) for _ in range(12)):
        eventually(lambda: server.sockets_held() >= 12, 1)
        slowest = slowest_small_request(server, 2.5)
    assert slowest < patience(0.3), f"a small request took {slowest:.2f} s"

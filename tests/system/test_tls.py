"""TLS: close_notify at the keep-alive timeout; clients that stop reading delay nobody."""

import time

import pytest

from lab.client import crowd
from lab.config import one_child
from lab.sites import big_file
from lab.tls import HTTPS, MODULES, certify, context
from lab.wait import eventually, patience


@pytest.fixture
def secure(new_server):
    return lambda directives: certify(new_server(directives + HTTPS, modules=MODULES, ports=2)).start().ready()


def tls_client(server, **options):
    return server.client(port=server.ports[1], tls=context(), **options)


def idle_tls_client(server):
    client = tls_client(server)
    assert client.get("/").status == 200
    return client


@pytest.mark.serial
def test_the_client_gets_a_close_notify_at_the_keep_alive_timeout(secure):
    server = secure(one_child(4) + "KeepAliveTimeout 400ms\n")
    with tls_client(server) as client:
        asked = client.ask("/")
        answered = client.answer().at
        closed = client.end_of_stream(3)  # an end without close_notify raises SSLEOFError
    assert closed - asked >= 0.4 and closed - answered <= 0.4 + patience(0.15)


def test_the_client_gets_a_close_notify_after_the_last_answer(secure):
    server = secure(one_child(4))
    with tls_client(server) as client:
        assert client.get("/", close=True).status == 200
        client.end_of_stream(2)


def test_kept_alive_tls_connections_are_counted_and_hold_no_worker(secure):
    server = secure(one_child(4, 20))
    with crowd(idle_tls_client(server) for _ in range(20)) as clients:
        eventually(lambda: server.status().ConnsAsyncKeepAlive == 20, 0.3)
        eventually(lambda: server.status().BusyWorkers == 1, 0.3)
        for client in clients:
            assert client.get("/").status == 200


def test_a_big_download_over_tls_arrives_whole(secure):
    server = secure(one_child(4))
    content = big_file(server)
    with tls_client(server) as client:
        for _ in range(2):
            assert client.get("/big.bin").body == content


@pytest.mark.serial
def test_tls_clients_that_stop_reading_delay_nobody_not_even_when_they_run_into_timeout(secure):
    server = secure(one_child(4, 10) + "Timeout 1\nKeepAliveTimeout 500ms\n")
    big_file(server)
    with crowd(tls_client(server, receive_buffer=65536) for _ in range(2)) as stalled:
        for client in stalled:
            client.ask("/big.bin")
        slowest, end = 0.0, time.monotonic() + 3.5
        while time.monotonic() < end:
            started = time.monotonic()
            assert server.get("/").status == 200
            slowest = max(slowest, time.monotonic() - started)
    assert slowest < patience(0.3), slowest


def test_a_handshake_that_stops_half_way_ends_at_timeout(secure):
    server = secure(one_child(4) + "Timeout 1\nAcceptFilter https none\n")
    with server.client(port=server.ports[1]) as client:
        client.send(bytes.fromhex("160301020001000100"))
        started = time.monotonic()
        while client.more():
            pass
        assert time.monotonic() - started < patience(1.5)


def test_a_plain_request_on_the_tls_port_is_refused(secure):
    server = secure(one_child(4))
    with server.client(port=server.ports[1]) as client:
        assert client.get("/").status == 400

"""Connections are closed when the configuration says so: not earlier, and at most 150 ms later."""

import time

import pytest

from lab import clock
from lab.client import crowd
from lab.config import one_child
from lab.sites import big_file, stalled_reader
from lab.wait import eventually, holds_for, patience, pause

LATE = 0.15
pytestmark = pytest.mark.serial
no_false_clock = pytest.mark.skipif(not clock.MAY_BE_FALSE, reason="libfaketime and libasan wait for each other")


def stays_open(client, path="/", **options):
    """(seconds from request to close, seconds from answer to close); the truth lies between them."""
    asked = client.ask(path, **options)
    answered = client.answer().at
    closed = client.end_of_stream(30)
    return closed - asked, closed - answered


def assert_closed_after(seconds, client, path="/", **options):
    from_request, from_answer = stays_open(client, path, **options)
    if from_request < seconds:
        raise AssertionError(f"{seconds - from_request:.3f} s early")
    assert from_answer <= seconds + patience(LATE), f"{from_answer - seconds:.3f} s late"


@pytest.mark.parametrize("setting, seconds", [("200ms", 0.2), ("350ms", 0.35), ("1", 1.0), ("1500ms", 1.5)])
def test_keep_alive_timeout_is_kept(serve, setting, seconds):
    server = serve(one_child(4) + f"KeepAliveTimeout {setting}\n")
    server.forget_asker()
    with server.client() as client:
        assert_closed_after(seconds, client)


def test_keep_alive_timeout_starts_again_with_each_request(serve):
    server = serve(one_child(4) + "KeepAliveTimeout 1\n")
    with server.client() as client:
        for _ in range(7):
            assert client.get("/").status == 200
            holds_for(client.is_open, 0.2)
        assert_closed_after(1.0, client)


def test_many_connections_are_each_closed_at_their_own_time(serve):
    server = serve(one_child(4, 30) + "KeepAliveTimeout 600ms\n")
    server.forget_asker()
    clients, asked, answered = [], [], []
    with crowd(server.client() for _ in range(40)) as clients:
        for client in clients:
            asked.append(client.ask("/"))
            answered.append(client.answer().at)
            pause(0.01)
        began = time.monotonic()  # to look
        for index, client in enumerate(clients):
            closed = client.end_of_stream(5)
            assert closed - asked[index] >= 0.6
            assert closed - max(answered[index] + 0.6, began) <= patience(LATE) + 0.01


VHOSTS = """\
KeepAliveTimeout 1500ms
<VirtualHost 127.0.0.1:{port}>
  ServerName base
</VirtualHost>
<VirtualHost 127.0.0.1:{port}>
  ServerName short
  KeepAliveTimeout 600ms
</VirtualHost>
<VirtualHost 127.0.0.1:{port}>
  ServerName silent
</VirtualHost>
<VirtualHost 127.0.0.1:{port1}>
  ServerName other-base
  KeepAliveTimeout 500ms
</VirtualHost>
<VirtualHost 127.0.0.1:{port1}>
  ServerName other-silent
</VirtualHost>
"""


@pytest.mark.parametrize("port, host, seconds", [
    (0, "base", 1.5), (0, "short", 0.6), (0, "silent", 1.5), (1, "other-base", 0.5), (1, "other-silent", 0.5),
])  # fmt: skip
def test_the_host_that_answered_sets_the_keep_alive_timeout_else_the_base_server_of_the_address(
    serve, port, host, seconds
):
    server = serve(one_child(4) + VHOSTS, ports=2)
    with server.client(port=server.ports[port]) as client:
        assert_closed_after(seconds, client, host=host)


def test_the_host_of_the_last_request_counts(serve):
    server = serve(one_child(4) + VHOSTS, ports=2)
    with server.client() as client:
        assert client.get("/", host="short").status == 200
        assert_closed_after(1.5, client, host="base")
    with server.client() as client:
        assert client.get("/", host="base").status == 200
        assert_closed_after(0.6, client, host="short")


def test_a_shorter_timeout_is_kept_while_connections_with_longer_ones_wait(serve):
    server = serve(one_child(4, 5) + VHOSTS, ports=2)
    with server.client() as long, server.client() as short:
        answered = long.get("/", host="base").at
        assert_closed_after(0.6, short, host="short")
        assert long.is_open() or time.monotonic() - answered > 1.4


def test_a_client_that_stops_reading_is_dropped_after_timeout(serve):
    server = serve(one_child(4) + "Timeout 1\nKeepAliveTimeout 20\n")
    big_file(server)
    server.forget_asker()
    with stalled_reader(server) as client:
        asked = time.monotonic()
        eventually(lambda: server.holds(client), 1)
        holds_for(lambda: server.holds(client), 0.95 - (time.monotonic() - asked))
        # A short lingering close (2 s) may follow the timeout.
        eventually(lambda: not server.holds(client), 3, every=0.003)
        took = time.monotonic() - asked
    assert took <= 1.05 + 2.0 + patience(LATE), took


def test_a_client_that_stops_reading_leaves_the_writing_column_when_timeout_is_over(serve):
    server = serve(one_child(4) + "Timeout 1\nKeepAliveTimeout 20\n")
    big_file(server)
    server.status()
    asked = time.monotonic()
    with stalled_reader(server):
        eventually(lambda: server.status().ConnsAsyncWriting == 1, 0.5)
        holds_for(lambda: server.status().ConnsAsyncWriting == 1, 0.9 - (time.monotonic() - asked))
        eventually(lambda: server.status().ConnsAsyncWriting == 0, 1)
        assert time.monotonic() - asked <= 1.05 + patience(LATE)


def test_timeout_of_the_virtual_host_counts_for_a_stalled_download(serve):
    server = serve(
        one_child(4) + "Timeout 10\n<VirtualHost 127.0.0.1:{port}>\nServerName a\n</VirtualHost>\n"
        "<VirtualHost 127.0.0.1:{port}>\nServerName hasty\nTimeout 1\n</VirtualHost>\n"
    )
    big_file(server)
    server.status()
    asked = time.monotonic()
    with stalled_reader(server, host="hasty"), stalled_reader(server, host="a"):
        eventually(lambda: server.status().ConnsAsyncWriting == 2, 1)
        eventually(lambda: server.status().ConnsAsyncWriting == 1, 2)
        assert 1.0 <= time.monotonic() - asked <= 1.05 + patience(LATE)
        holds_for(lambda: server.status().ConnsAsyncWriting == 1, 0.3)


def test_progress_of_a_download_renews_its_timeout(serve):
    server = serve(one_child(4) + "Timeout 3\n")
    big_file(server)
    with stalled_reader(server) as client:
        eventually(lambda: server.holds(client))
        for _ in range(5):
            holds_for(lambda: server.holds(client), 0.7)
            assert client.skip(1_500_000) == 1_500_000


def test_a_client_that_sends_half_a_request_is_dropped_after_timeout(serve):
    server = serve(one_child(4) + "Timeout 1\n")
    with server.client() as client:
        sent = client.send(b"GET / HTTP/1.1\r\nHo")
        while client.more():
            pass
        took = time.monotonic() - sent
    assert 1.0 <= took <= 1.0 + patience(0.3), took


def test_a_connection_that_sends_nothing_is_dropped_after_timeout(serve):
    server = serve(one_child(4) + "Timeout 1\nAcceptFilter http none\n")
    with server.client() as client:
        took = client.end_of_stream(5) - client.opened_at
    assert 1.0 - 0.005 <= took <= 1.0 + patience(0.3), took


@no_false_clock
def test_a_wall_clock_that_jumps_an_hour_closes_nothing(new_server):
    server = _with_false_clock(new_server, one_child(4, 20) + "KeepAliveTimeout 20\nTimeout 20\n")
    big_file(server)
    with crowd(server.idle_client() for _ in range(50)) as idle, stalled_reader(server) as slow:
        clock.jump(server, "+3600s")
        eventually(lambda: clock.ahead(server) > 3590, 3, what="the new time")
        holds_for(lambda: all(client.is_open() for client in idle), 1.5)
        assert [client.get("/").status for client in idle] == [200] * 50
        assert slow.is_open()
        assert slow.answer().status == 200


@no_false_clock
def test_timeouts_still_fire_in_time_after_the_wall_clock_went_back_an_hour(new_server):
    server = _with_false_clock(new_server, one_child(4, 20) + "KeepAliveTimeout 800ms\n")
    server.forget_asker()
    with server.client() as client:
        asked = client.ask("/")
        answered = client.answer().at
        clock.jump(server, "-3600s")
        assert clock.ahead(server) < -3590
        closed = client.end_of_stream(5)
    assert closed - asked >= 0.8 and closed - answered <= 0.8 + patience(LATE)


def _with_false_clock(new_server, directives):
    server = new_server(directives, environment=clock.ENVIRONMENT)
    clock.jump(server, "+0")
    return server.start().ready()

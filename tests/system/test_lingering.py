"""The last answer on a connection always arrives whole; clients that never go are let go."""

import contextlib
import time

import pytest

from lab.client import crowd
from lab.config import one_child
from lab.sites import MEGABYTE, big_file, stalled_reader
from lab.wait import eventually, holds_for, patience, pause

UPLOAD = b"x" * (4 * MEGABYTE)
REFUSING = """\
<Location /forbidden>
  Require all denied
</Location>
<Location /small>
  LimitRequestBody 1000
  SetHandler lab-sleep
</Location>
<Location /short>
  SetHandler lab-short-linger
</Location>
"""


def refusing(serve, more=""):
    return serve(one_child(8, 10) + REFUSING + more, lab_modules=("mod_lab",))


@pytest.mark.parametrize("path, status", [("/forbidden", 403), ("/small", 413)])
@pytest.mark.parametrize("close", [True, False], ids=["closing", "kept-alive"])
def test_a_refused_upload_of_4_mb_is_answered_whole_sixty_times_of_sixty(serve, path, status, close):
    server = refusing(serve)
    whole = 0
    for _ in range(60):
        with server.client() as client:
            client.ask(path, method="POST", body=UPLOAD, close=close)
            answer = client.answer()
            whole += answer.status == status and answer.text.rstrip().endswith("</html>")
    assert whole == 60


def test_refused_uploads_from_many_clients_at_once_are_all_answered(serve):
    server = refusing(serve)
    with crowd(server.client() for _ in range(30)) as clients:
        for client in clients:
            client.ask("/forbidden", method="POST", body=UPLOAD[:MEGABYTE], close=True)
        for client in clients:
            assert client.answer().status == 403
            client.end_of_stream(2)


def gone_after(server, client, since, within):
    """Seconds from `since` until no process holds the server's end of the connection."""
    eventually(lambda: not server.holds(client), within, every=0.01, what="the server lets the client go")
    return time.monotonic() - since


@pytest.mark.serial
def test_a_lingering_client_that_never_closes_is_gone_after_2_seconds_if_a_module_asked_for_that(serve):
    server = refusing(serve)
    with server.client() as client:
        asked = client.ask("/short")
        assert client.answer().body == b"bye\n"
        client.end_of_stream(1)
        holds_for(lambda: server.holds(client), 1.8 - (time.monotonic() - asked))
        gone = gone_after(server, client, asked, 1)
    assert 2.0 <= gone <= patience(2.3), gone


def test_a_lingering_client_that_never_closes_is_gone_after_30_seconds(serve):
    server = refusing(serve)
    with server.client() as client:
        asked = client.ask("/", close=True)
        assert client.answer().status == 200
        client.end_of_stream(1)
        gone = gone_after(server, client, asked, 32)
    assert 30.0 <= gone <= patience(30.5), gone


@pytest.mark.serial
def test_a_lingering_client_that_goes_on_sending_is_drained_and_gone_in_time(serve):
    server = refusing(serve)
    with server.client() as client:
        asked = client.ask("/short")
        assert client.answer().body == b"bye\n"
        client.end_of_stream(1)
        sent = 0
        while server.holds(client) and time.monotonic() < asked + 5:
            try:
                sent += len(b"more") if client.send(b"more") else 0
            except OSError:
                break
            pause(0.02)
        gone = time.monotonic() - asked
    assert 2.0 <= gone <= patience(2.5), gone
    assert sent >= 20, "the server did not read on"


@pytest.mark.serial
def test_a_lingering_client_is_gone_at_once_when_it_closes(serve):
    server = refusing(serve)
    client = server.client()
    assert client.get("/", close=True).status == 200
    client.end_of_stream(1)
    assert server.holds(client)
    client.close()
    eventually(lambda: not server.holds(client), 0.3)


@pytest.mark.serial
def test_the_server_half_closes_first_so_the_client_sees_the_end_at_once(serve):
    server = refusing(serve)
    with server.client() as client:
        asked = client.ask("/", close=True)
        client.answer()
        assert client.end_of_stream(1) - asked < patience(0.2)


def test_a_closing_download_to_a_slow_reader_is_never_cut(serve):
    server = serve(one_child(4, 10) + "Timeout 5\n")
    content = big_file(server, size=6 * MEGABYTE)
    with crowd(stalled_reader(server, close=True) for _ in range(6)) as clients:
        for client in clients:
            client.socket.settimeout(20)
        received = [b""] * len(clients)
        while any(not part.endswith(content[-64:]) for part in received):
            for index, client in enumerate(clients):
                if not received[index].endswith(content[-64:]):
                    got = client.more(400_000)
                    assert got, f"client {index} was cut after {len(received[index])} bytes"
                    received[index] += got
        for client in clients:
            client.end_of_stream(2)
    assert all(part.split(b"\r\n\r\n", 1)[1] == content for part in received)


def test_a_closing_download_outlives_the_lingering_time(serve):
    server = serve(one_child(4, 10) + "Timeout 20\n")
    big_file(server, size=6 * MEGABYTE)
    with stalled_reader(server, close=True) as client:
        eventually(lambda: server.holds(client))
        holds_for(lambda: server.holds(client), 3)
        assert len(client.answer().body) == 6 * MEGABYTE
        client.end_of_stream(1)


@pytest.mark.serial
def test_many_lingering_uploads_do_not_stall_new_requests(serve):
    server = serve(one_child(4, 30) + REFUSING, lab_modules=("mod_lab",))
    with crowd(server.client() for _ in range(60)) as clients:
        for client in clients:
            client.send(b"POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n")
        for client in clients:
            assert client.answer().status == 413
        times = []
        for _ in range(40):
            for client in clients:
                with contextlib.suppress(OSError):
                    client.send(b"y" * 1000)
            started = time.monotonic()
            assert server.get("/").status == 200
            times.append(time.monotonic() - started)
        assert sorted(times)[20] < patience(0.05), times


def test_a_client_that_resets_while_lingering_leaves_nothing(serve):
    server = refusing(serve).quiet()
    for _ in range(30):
        client = server.client()
        assert client.get("/", close=True).status == 200
        client.reset()
    eventually(lambda: server.sockets_held() == 0)


def test_a_garbage_request_is_refused_and_the_connection_closed(serve):
    server = refusing(serve).quiet()
    with server.client() as client:
        client.send(b"\x00\x01\x02 nonsense\r\n\r\n")
        assert client.answer().status == 400
        client.end_of_stream(1)
    eventually(lambda: server.sockets_held() == 0)

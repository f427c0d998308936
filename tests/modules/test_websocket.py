"""mod_proxy_wstunnel, and the Upgrade of mod_proxy_http."""

import signal
import time

import pytest

from lab.client import crowd
from lab.config import several
from lab.load import Load
from lab.wait import eventually, patience
from peers.websocket import CLOSE, WebSocket

WAYS = {
    "mod_proxy_wstunnel": ("ProxyPass /ws ws://127.0.0.1:{peer}/\n", ("proxy", "proxy_wstunnel")),
    "mod_proxy_http": ("ProxyPass /ws http://127.0.0.1:{peer}/ upgrade=websocket\n", ("proxy", "proxy_http")),
}
ONE_CHILD = several(1, 24, most=1, slots=3, spare=(1, 24))


@pytest.fixture(params=WAYS)
def tunnel(request, echo_peer):
    """Starts a server whose /ws leads to the echo server."""
    line, modules = WAYS[request.param]

    def start_with(start, directives=""):
        return start(ONE_CHILD + directives + line.format(peer=echo_peer.port), modules=modules)

    return start_with


def test_a_websocket_opens_talks_and_closes(alike, tunnel):
    def scenario(start):
        server = tunnel(start)
        with WebSocket(server.port) as socket:
            heard = [socket.echo(f"word {number}") for number in range(50)]
            socket.bye()
        eventually(lambda: server.status().BusyWorkers == 1, 5)
        return socket.status, heard

    assert alike(scenario) == (101, [True] * 50)


def test_the_status_shows_a_websocket_as_a_busy_worker(alike, tunnel):
    def scenario(start):
        server = tunnel(start)
        with crowd(WebSocket(server.port) for _ in range(3)) as sockets:
            assert all(socket.echo("here") for socket in sockets)
            status = server.status()
            busy = status.BusyWorkers, status.board.count("W")
            for socket in sockets:
                socket.bye()
        return busy

    assert alike(scenario) == (4, 4)


def test_a_client_of_a_websocket_that_goes_away_frees_its_worker(alike, tunnel, echo_peer):
    def scenario(start):
        server = tunnel(start)
        before = echo_peer.ended
        with WebSocket(server.port) as one, WebSocket(server.port) as two:
            assert one.echo("here") and two.echo("here")
            one.reset()
            two.half_close()
            eventually(lambda: echo_peer.ended == before + 2, 10)
        eventually(lambda: server.status().BusyWorkers == 1, 5)
        return True

    assert alike(scenario)


def test_websockets_survive_load(start, tunnel):
    # On ours only: under load stock closes kept-alive connections with a request in them.
    server = tunnel(start)
    with crowd(WebSocket(server.port, timeout=30) for _ in range(12)) as sockets:
        with Load(server.port, clients=24, keep_alive=True, timeout=30) as load:
            rounds = 0
            while load.ok < 3000 or rounds < 20:
                for socket in sockets:
                    socket.say(f"round {rounds}")
                for socket in sockets:
                    assert socket.hear()[1] == f"round {rounds}"
                rounds += 1
        for socket in sockets:
            socket.bye()
    assert load.failed == 0, load.outcomes
    assert load.dropped == 0


def test_a_websocket_outlives_graceful_restarts(alike, tunnel):
    def scenario(start):
        server = tunnel(start)
        with WebSocket(server.port) as socket:
            heard = [socket.echo("before")]
            server.graceful()
            heard.append(socket.echo("after"))
            server.graceful()
            heard.append(socket.echo("after the second"))
            with WebSocket(server.port) as new:
                heard.append(new.echo("new"))
                new.bye()
            socket.bye()
        return heard

    assert alike(scenario) == [True] * 4


def test_a_graceful_stop_waits_for_a_websocket_until_it_closes(alike, tunnel):
    def scenario(start):
        server = tunnel(start)
        with WebSocket(server.port) as socket:
            assert socket.echo("before")
            server.forget_asker()
            server.send_signal(signal.SIGWINCH)
            eventually(lambda: not server.lets_in(), 10)
            heard = [socket.echo("after"), server.ended()]
            socket.say("", CLOSE)
            heard.append(socket.hear()[0])
            socket.end_of_stream(10)
        return heard, server.wait_for_end(20)

    assert alike(scenario) == ([True, False, CLOSE], 0)


def test_a_graceful_stop_ends_a_websocket_at_graceful_shutdown_timeout(start, tunnel):
    # On ours only: stock cannot end the worker of a tunnel; it kills the child, some ten seconds later.
    server = tunnel(start, "GracefulShutdownTimeout 2\n")
    with WebSocket(server.port) as socket:
        assert socket.echo("before")
        server.forget_asker()
        stopped = time.monotonic()
        server.send_signal(signal.SIGWINCH)
        eventually(lambda: not server.lets_in(), 10)
        with pytest.raises((OSError, AssertionError)):
            while socket.echo("still there"):
                pass
        assert 1.9 <= time.monotonic() - stopped <= 2 + patience(3)
    assert server.wait_for_end(5) == 0


def test_requests_beside_websockets_find_the_workers_that_are_left(alike, tunnel):
    def scenario(start):
        server = tunnel(start)
        with crowd(WebSocket(server.port) for _ in range(20)) as sockets:
            assert all(socket.echo("here") for socket in sockets)
            answers = [server.get("/").status for _ in range(20)]
            for socket in sockets:
                socket.bye()
        return answers

    assert alike(scenario) == [200] * 20


def test_a_request_without_upgrade_gets_the_same_refusal(alike, tunnel):
    def scenario(start):
        return tunnel(start).get("/ws").status

    # mod_proxy_wstunnel leaves it to others, who find no such file.
    assert alike(scenario) in (404, 426)

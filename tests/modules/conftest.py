"""Tests of httpd's own modules: each on the stock MPM and on the module under test."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system")]

from lab.fixtures import *  # noqa: E402,F401,F403
from lab.wait import eventually  # noqa: E402
from peers import fastcgi, tls, websocket  # noqa: E402
from peers.log import told  # noqa: E402


@pytest.fixture
def alike(new_server):
    """Runs a scenario on stock, then on the module under test: what they answer and log must be the same.

    scenario(start) starts servers and returns what it saw; alike() returns what both saw, so that a test can also say
    what is right. `unlike` holds AH numbers that may be logged by one of them only; the test says why.
    """

    def run(scenario, unlike=()):
        seen = {}
        for mpm in ("stock", "ours"):
            servers = []
            saw = scenario(starter(new_server, mpm, servers))
            for server in reversed(servers):  # first those that ask others
                stop(server)
            seen[mpm] = saw, told(servers, unlike)
        assert seen["ours"][0] == seen["stock"][0]
        assert seen["ours"][1] == seen["stock"][1], "ours and stock have not logged the same"
        return seen["ours"][0]

    return run


def stop(server):
    """Stops a server when it has nothing more to do but to tell so."""
    if server.exit_code is None:
        eventually(lambda: server.status().BusyWorkers == 1, 10, what="the end of all requests")
        assert server.stop(within=20) == 0


@pytest.fixture
def start(new_server):
    """Starts servers with the module under test."""
    return starter(new_server, "ours", [])


def starter(new_server, mpm, servers):
    def start(directives="", *, before=None, **options):
        server = new_server(directives, mpm=mpm, **options)
        servers.append(server)
        if before:
            before(server)
        return server.start().ready()

    return start


@pytest.fixture
def fastcgi_program():
    with fastcgi.Program() as program:
        yield program


@pytest.fixture
def echo_peer():
    with websocket.EchoServer() as server:
        yield server


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """Certificates: of the server, and of a client whose authority it trusts."""
    return tls.Keys(tmp_path_factory.mktemp("keys"))

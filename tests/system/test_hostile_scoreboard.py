"""A child can write anything to the scoreboard. The control process, which may be root, must not believe it."""

import os
import signal

import pytest

from lab import proc
from lab.config import location, several
from lab.wait import eventually

BYTES = [0, 1, 4, 0x7F, 0x80, 0xFF]
"""As a thread's status: dead, starting, reading, and none that there is; as a number: small, huge, negative."""


@pytest.fixture
def scribbled(serve):
    """A server that a child has filled the scoreboard of, and the children from before."""

    def start(byte, end=""):
        sizes = several(2, 4, most=4, spare=(8, 16))
        server = serve(sizes + location("/scribble", "lab-scribble"), lab_modules=("mod_labscribble",))
        server.quiet()
        before = server.children()
        with server.client() as client:
            client.ask(f"/scribble?byte={byte}{end}", close=True)
            client.end_of_stream(5) if end else client.answer()
        return server, before

    return start


def serves(server):
    return all(server.get("/").status == 200 for _ in range(20))


@pytest.mark.parametrize("byte", BYTES)
def test_a_child_that_scribbles_and_ends_is_replaced(scribbled, byte):
    server, before = scribbled(byte, "&exit=1")
    eventually(lambda: set(server.children()) - set(before), 8, what="a new child")
    eventually(lambda: serves(server))
    assert proc.alive(server.pid)


@pytest.mark.parametrize("byte", BYTES)
def test_children_whose_rows_are_nonsense_are_collected_counted_and_stopped(scribbled, byte):
    server, before = scribbled(byte)
    for victim in before:
        os.kill(victim, signal.SIGKILL)
    server.crashes_expected = True
    eventually(lambda: set(server.children()).isdisjoint(before) and server.children(), 8)
    eventually(lambda: serves(server))
    assert len(server.children()) <= 4
    assert server.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize("byte", BYTES)
def test_a_graceful_restart_replaces_children_whose_rows_are_nonsense(scribbled, byte):
    server, before = scribbled(byte)
    server.send_signal(signal.SIGUSR1)
    eventually(lambda: set(server.children()).isdisjoint(before) and server.children(), 12)
    eventually(lambda: serves(server))

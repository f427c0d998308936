"""What a child uses does not grow with what it has served."""

import os
import re
import subprocess
import threading

import pytest

from lab import proc
from lab.config import one_child
from lab.wait import SANITIZER, eventually

pytestmark = pytest.mark.skipif(bool(SANITIZER), reason="memory figures mean nothing under a sanitizer")

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
BATCH = 1000
REQUESTS = int(os.environ.get("MPM_REQUESTS", "1000000"))
"""On one connection; fewer when there is no time."""

GROWTH_KB = 400


def pipelined(client, requests):
    """Sends so many requests without waiting for answers, and counts those that come whole."""

    def ask():
        for _ in range(requests // BATCH):
            client.socket.sendall(REQUEST * BATCH)

    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    size = None
    pending, answered = b"", 0
    while answered < requests:
        pending += client.socket.recv(1 << 20)
        if size is None and (end := pending.find(b"\r\n\r\n")) >= 0:
            size = end + 4 + int(re.search(rb"Content-Length: (\d+)", pending)[1])
        whole = len(pending) // size if size else 0
        assert all(pending.startswith(b"HTTP/1.1 200 OK\r\n", at * size) for at in range(whole))
        pending = pending[whole * size :] if whole else pending
        answered += whole
    asker.join()
    assert pending == b""
    return answered


def connect(server, times):
    """So many connections with a request each, from a few clients at once."""
    command = ["ab", "-q", "-n", str(times), "-c", "8", f"http://127.0.0.1:{server.port}/"]
    said = subprocess.check_output(command, text=True, stderr=subprocess.STDOUT)
    assert re.search(rf"Complete requests: +{times}\n", said) and re.search(r"Failed requests: +0\n", said), said
    assert "Non-2xx" not in said, said


def test_a_million_requests_on_one_connection_leave_memory_and_descriptors_flat(serve):
    server = serve(one_child(4) + "EnableMMAP Off\n").quiet()  # a mapping for each file takes half of the time
    child = server.child()
    with server.client(timeout=60) as client:
        pipelined(client, 20_000)
        memory, descriptors = proc.resident_kb(child), len(proc.descriptors(child))
        assert pipelined(client, REQUESTS) == REQUESTS
        assert proc.resident_kb(child) - memory < GROWTH_KB
        # The file of the last answer is closed only after that answer has gone.
        eventually(lambda: len(proc.descriptors(child)) <= descriptors)


@pytest.mark.serial
def test_a_hundred_thousand_connections_leave_memory_and_descriptors_flat(serve):
    server = serve(one_child(4))
    child = server.child()
    connect(server, 5_000)
    server.quiet()
    memory, descriptors = proc.resident_kb(child), len(proc.descriptors(child))
    connect(server, 100_000)
    server.quiet()
    assert proc.resident_kb(child) - memory < GROWTH_KB
    assert len(proc.descriptors(child)) == descriptors

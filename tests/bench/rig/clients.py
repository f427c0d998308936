"""Clients besides wrk: one request, and crowds that do nothing or are slow, in processes of their own."""

import contextlib
import multiprocessing
import os
import selectors
import socket
import subprocess
import time

from rig import LeftOut

from lab.client import crowd
from lab.hostile import connected
from lab.idlers import FOR_THE_REST, Idlers, descriptor_limit

EACH = 20_000  # connections from one source address at most, which has some 28,000 ports
PIECE = 2048
READS_A_SECOND = 10


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def fetch(port, connection=None):
    """One request for a kilobyte on a connection, or on a new one, which stays open."""
    connection = connection or socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(request("/1k.txt"))
    answer = b""
    while len(answer.partition(b"\r\n\r\n")[2]) < 1024:
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionError(f"closed in the middle of the answer: {answer[:200]!r}")
        answer += piece
    return connection


def idlers(server, count):
    """While this lasts, so many connections wait for nothing after one request each. Gives what knows, afterwards, how
    many of them the server has ended."""
    allowed = descriptor_limit() - FOR_THE_REST
    if allowed * server.need.children < 1.2 * count:  # its children do not share them evenly
        raise LeftOut(f"{count} connections are too many: a process may have only {allowed} here (ulimit -Hn)")
    return Idlers(server.port, count, each=min(EACH, allowed))


@contextlib.contextmanager
def computing(server):
    """While this lasts, the server has two requests for each processor that compute for a second, again and again."""
    with asking(server.at("/spin?ms=1000"), 2 * os.cpu_count()):
        yield


@contextlib.contextmanager
def asking(url, connections):
    """While this lasts, so many connections ask again and again, and are patient."""
    command = ["wrk", "-t1", f"-c{connections}", "-d1h", "--timeout", "30s", url]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as wrk:
        try:
            yield
            if wrk.poll() is not None:
                raise RuntimeError(f"wrk ended too early, with {wrk.returncode}")
        finally:
            wrk.kill()


@contextlib.contextmanager
def slow_readers(server, count):
    """While this lasts, so many clients read big files at twenty kilobytes a second each."""
    context = multiprocessing.get_context("fork")
    acts, over = context.Event(), context.Event()
    process = context.Process(target=_read_slowly, args=(server.port, count, acts, over), daemon=True)
    process.start()
    try:
        while not acts.wait(0.1):
            if not process.is_alive():
                raise RuntimeError("the slow readers failed")
        yield
        if not process.is_alive():
            raise RuntimeError("a slow reader lost its connection")
    finally:
        over.set()
        process.join(10)
        process.kill()


def _read_slowly(port, count, acts, over):
    """Ends early, with an error, as soon as one of the readers has lost its connection."""
    with crowd(connected(port, window=4 * PIECE, first=request("/big.bin")) for _ in range(count)) as readers:
        for reader in readers:
            reader.setblocking(False)
        acts.set()
        while not over.wait(1 / READS_A_SECOND):
            for reader in readers:
                with contextlib.suppress(BlockingIOError):
                    if not reader.recv(PIECE):
                        raise ConnectionError("the server closed the connection of a slow reader")


class Burst:
    """So many requests at once from another process. `acts` while some are unanswered; then seconds() has the time."""

    def __init__(self, server, path, count):
        context = multiprocessing.get_context("fork")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_ask_at_once, args=(server.port, path, count, theirs), daemon=True)

    def __enter__(self):
        self._process.start()
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.join()

    def acts(self):
        return not self._ours.poll() and self._process.is_alive()

    def seconds(self):
        """From the first request to the last answer."""
        return self._ours.recv()


def _ask_at_once(port, path, count, result):
    with crowd(connected(port) for _ in range(count)) as connections, selectors.DefaultSelector() as waiting:
        began = time.monotonic()
        for connection in connections:
            connection.sendall(request(path))
            waiting.register(connection, selectors.EVENT_READ)
        while waiting.get_map():
            for key, _ in waiting.select():
                if not key.fileobj.recv(4096).startswith(b"HTTP/1.1 200 "):
                    raise ConnectionError("a request of the burst failed")
                waiting.unregister(key.fileobj)
        result.send(time.monotonic() - began)

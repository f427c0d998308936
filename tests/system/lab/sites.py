"""Content and configuration that several tests share."""

import random
import time

MEGABYTE = 1 << 20


def big_file(server, name="big.bin", size=8 * MEGABYTE):
    """A file of pseudo-random bytes in the document root; returns its content."""
    return server.put(name, random.Random(size).randbytes(size))


def time_of_a_small_request(server):
    started = time.monotonic()
    assert server.get("/").status == 200
    return time.monotonic() - started


def slowest_small_request(server, seconds):
    """Of those that are made one after the other in that time."""
    end, slowest = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        slowest = max(slowest, time_of_a_small_request(server))
    return slowest


def stalled_reader(server, path="/big.bin", **options):
    """A client that asked for something big and does not read it. Its receive buffer is small."""
    client = server.client(receive_buffer=65536, timeout=60)
    client.ask(path, **options)
    return client

"""Content and configuration that several tests share."""

import random

MEGABYTE = 1 << 20


def big_file(server, name="big.bin", size=8 * MEGABYTE):
    """A file of pseudo-random bytes in the document root; returns its content."""
    return server.put(name, random.Random(size).randbytes(size))


def stalled_reader(server, path="/big.bin", **options):
    """A client that asked for something big and does not read it. Its receive buffer is small."""
    client = server.client(receive_buffer=65536, timeout=60)
    client.ask(path, **options)
    return client

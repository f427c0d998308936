"""Ports of 127.0.0.1 for servers, none of which anybody else is given."""

import socket

_held = []


def free_ports(count):
    """Ports that the kernel chose, and keeps from everybody who leaves the choice to it, until this process ends.

    A socket that does not listen has each: a server may listen beside it, as both say SO_REUSEADDR (socket(7)), also
    after a stop and a new start.
    """
    chosen = [socket.socket() for _ in range(count)]
    _held.extend(chosen)
    for holder in chosen:
        holder.bind(("127.0.0.1", 0))
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not before: the choice would be a wider one
    return [holder.getsockname()[1] for holder in chosen]

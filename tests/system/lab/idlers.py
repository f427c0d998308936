"""Thousands of kept-alive connections, held by other processes: one has not descriptors enough."""

import resource
import select
import socket
import subprocess
import sys

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
END = b"hello\n"
AT_ONCE = 30  # fewer than a child has workers: nobody is asked to leave, or closed for being quiet
FOR_THE_REST = 200  # descriptors of a process that are no such connections
IP_BIND_ADDRESS_NO_PORT = 24


def descriptor_limit():
    """How many descriptors a process may have; from now on this one and those that it starts have so many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


class Idlers:
    """So many connections that asked for / once, from as many addresses and processes as that takes.

    ended: how many of them the server had ended when the block was left.
    """

    def __init__(self, port, count, each):
        self._processes = []
        self.ended = 0
        starts = range(0, count, each)
        for index, first in enumerate(starts):
            size, at_once = min(each, count - first), max(1, AT_ONCE // len(starts))
            arguments = [str(port), f"127.0.0.{index + 2}", str(size), str(at_once)]
            command = [sys.executable, __file__, *arguments]
            self._processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))

    def __enter__(self):
        """Returns when each has been answered."""
        for process in self._processes:
            assert process.stdout.readline() == b"all answered\n", "a client failed"
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.stdin.close()
        for process in self._processes:
            self.ended += int(process.stdout.readline() or 0)
        for process in self._processes:
            process.wait()
            process.stdout.close()


def connect(port, address):
    made = socket.socket()
    made.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    made.bind((address, 0))
    made.settimeout(60)
    made.connect(("127.0.0.1", port))
    made.sendall(REQUEST)
    return made


def count_ended(connections):
    watched = select.poll()
    for made in connections:
        watched.register(made, select.POLLIN)
    return len(watched.poll(0))


def main(port, address, count, at_once):
    descriptor_limit()
    connections = []
    while len(connections) < count:
        few = [connect(port, address) for _ in range(min(at_once, count - len(connections)))]
        for made in few:
            answer = b""
            while not answer.endswith(END):
                got = made.recv(4096)
                assert got, answer
                answer += got
        connections += few
    print("all answered", flush=True)
    sys.stdin.read()
    print(count_ended(connections), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

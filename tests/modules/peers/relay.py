"""Stands for the network between back ends and their monitor, when all of them are on one machine.

mod_heartbeat sends a datagram each second; the monitor knows a server by the address that it comes from, and here that
would be 127.0.0.1 for all. So each back end sends to a socket of its own, and what comes there is posted to
mod_heartmonitor's handler from the address that the back end listens on.
"""

import contextlib
import http.client
import selectors
import socket
import threading
from urllib.parse import parse_qs


class Relay:
    """`port_of(address)` is where the back end of that address sends its figures; `figures` are its latest."""

    def __init__(self):
        self.figures = {}
        self.heard = {}
        self._monitor = None
        self._selector = selectors.DefaultSelector()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def port_of(self, address):
        inbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        inbox.bind(("127.0.0.1", 0))
        self._selector.register(inbox, selectors.EVENT_READ, address)
        return inbox.getsockname()[1]

    def report_to(self, port):
        self._monitor = port

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _run(self):
        while not self._stopped.is_set():
            if not self._selector.get_map():
                self._stopped.wait(0.05)
                continue
            for key, _ in self._selector.select(0.1):
                self._pass_on(key.data, key.fileobj.recv(1000))

    def _pass_on(self, address, message):
        if self._monitor and not self._posted(address, message):
            return
        said = parse_qs(message.decode())
        self.figures[address] = {key: int(said[key][0]) for key in ("ready", "busy")}
        self.heard[address] = self.heard.get(address, 0) + 1

    def _posted(self, address, message):
        connection = http.client.HTTPConnection("127.0.0.1", self._monitor, timeout=5, source_address=(address, 0))
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("POST", "/heartbeat", body=message)
            return connection.getresponse().read() == b"OK"
        return False


def tell_monitor(port, address, message):
    """Sends figures as mod_heartbeat does, from this address, to a monitor on 224.0.0.1; they never leave the host."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((address, 0))
        out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
        out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        out.sendto(message, ("224.0.0.1", port))


def multicast_works():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inbox:
        inbox.bind(("224.0.0.1", 0))
        try:
            every = socket.inet_aton("224.0.0.1") + socket.inet_aton("0.0.0.0")
            inbox.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, every)
            tell_monitor(inbox.getsockname()[1], "127.0.0.2", b"?")
            inbox.settimeout(2)
            return inbox.recv(10) == b"?"
        except OSError:
            return False

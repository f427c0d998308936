"""Clients that mean harm. Each is a context: it acts until the block ends."""

import contextlib
import signal
import socket
import ssl
import struct
import subprocess
import threading

from lab.client import crowd

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST_REQUEST = REQUEST[:-2] + b"Connection: close\r\n\r\n"
TCP_WINDOW_CLAMP = 10
LINGER_NONE = struct.pack("ii", 1, 0)


def connected(port, *, first=b"", window=None, host="127.0.0.1"):
    """A connection on which `first` was sent; window: see narrow()."""
    made = socket.socket()
    try:
        if window:
            narrow(made, window)
        made.settimeout(15)
        made.connect((host, port))
        if first:
            made.sendall(first)
    except BaseException:
        made.close()
        raise
    return made


def narrow(connection, window):
    """From now on it takes no more at a time than this; a kernel has a least window of about a kilobyte."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    connection.setsockopt(socket.IPPROTO_TCP, TCP_WINDOW_CLAMP, window)


def many(count, port, **options):
    """So many of them; `with many(…) as sockets:`."""
    return crowd(connected(port, **options) for _ in range(count))


def reset(connection):
    """Closes with an RST instead of a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
    connection.close()


def whether_ended(connection):
    """Whether the server has ended the connection; what it sends is read and dropped."""
    connection.settimeout(0)
    try:
        while connection.recv(1 << 16):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


class SlowHttpTest:
    """The tool of this name. mode: its letter; the options are its own."""

    def __init__(self, port, mode, connections, *options, path="/"):
        url = f"http://127.0.0.1:{port}{path}"
        counts = ["-c", str(connections), "-r", str(connections), "-l", "600"]
        self.command = ["slowhttptest", f"-{mode}", *counts, *map(str, options), "-u", url]

    def __enter__(self):
        self._process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def acts(self):
        return self._process.poll() is None


class Flood:
    """Connects and leaves, without a pause, from several threads."""

    def __init__(self, port, *, first=b"", leave=socket.socket.close, threads=4):
        self.port, self.first, self.leave = port, first, leave
        self.count = 0
        self.refused = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def _run(self):
        while not self._stop.is_set():
            try:
                self.leave(connected(self.port, first=self.first))
                self.count += 1
            except OSError:
                self.refused += 1


class Torrent:
    """Sends `first`, and then `piece` again and again for as long as the server takes it; reads no answer.

    Pieces should be large: many threads that send little by little starve the others of the interpreter's lock.
    """

    def __init__(self, port, *, first, piece, window=None):
        self.socket = connected(port, first=first, window=window)
        self._thread = threading.Thread(target=self._send, args=(piece,), daemon=True)
        self._thread.start()

    def _send(self, piece):
        with contextlib.suppress(OSError):
            while True:
                self.socket.sendall(piece)

    def sends(self):
        """Whether the server has not cut it off yet."""
        return self._thread.is_alive()

    def close(self):
        with contextlib.suppress(OSError):  # it has ended
            self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(20)
        self.socket.close()


class HalfHandshake:
    """A TLS client that stops: before, in or after its first message, or when it has read the server's."""

    POINTS = ("nothing", "half a hello", "hello", "answer read")

    def __init__(self, port, point):
        read, write = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        speaker = context.wrap_bio(read, write, server_hostname="x")
        with contextlib.suppress(ssl.SSLWantReadError):
            speaker.do_handshake()
        hello = write.read()
        parts = {"nothing": b"", "half a hello": hello[: len(hello) // 2]}
        self.socket = connected(port, first=parts.get(point, hello))
        if point == "answer read":
            self.socket.recv(1 << 16)

    def close(self):
        self.socket.close()

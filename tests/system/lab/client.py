"""A client that shows everything: keep-alive, pipelining, slow reading, half close, reset."""

import contextlib
import selectors
import socket
import ssl
import struct
import sys
import time
from dataclasses import dataclass, field

from lab.wait import patience

LAST_DATA_RECEIVED = 52
"""Where tcpi_last_data_recv stands in struct tcp_info, in milliseconds (tcp(7), linux/tcp.h)."""


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes = b""
    at: float = field(default_factory=time.monotonic)

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def closes(self):
        return self.headers.get("connection", "").lower() == "close"


class Client:
    """One connection. All times are time.monotonic()."""

    def __init__(self, port, *, host="127.0.0.1", receive_buffer=None, tls=None, timeout=15):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.opened_at = self.sent_at = time.monotonic()
        self.socket.connect((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server_port = port
        self.port = self.socket.getsockname()[1]
        self._unread = b""
        self.begun = False
        """Some of an answer has come that is not whole."""
        if tls:
            self.begin_tls(tls)

    def begin_tls(self, context):
        self.socket = context.wrap_socket(self.socket, server_hostname="x", suppress_ragged_eofs=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        """Returns the time just before it went out."""
        before = time.monotonic()
        self.socket.sendall(data)
        return before

    def ask(self, path="/", *, method="GET", host="localhost", close=False, headers=None, body=None):
        """Sends a request and returns the time just before it went out."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
        if close:
            lines.append("Connection: close")
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{key}: {value}" for key, value in (headers or {}).items()]
        started = time.monotonic()
        try:
            self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b""))
        finally:
            self.sent_at = time.monotonic()
        return started

    def get(self, path="/", **options):
        self.ask(path, **options)
        return self.answer()

    def more(self, size=65536):
        """Some bytes as they come; empty at the end of the stream."""
        if self._unread:
            got, self._unread = self._unread[:size], self._unread[size:]
            return got
        return self.socket.recv(size)

    def answer(self, method="GET"):
        """Reads one whole answer. Fails if the connection ends before the answer does."""
        self.begun = self.has_unread()
        head = self._until(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            if line:
                key, value = line.split(":", 1)
                headers[key.strip().lower()] = value.strip()
        answer = Answer(int(first.split()[1]), headers)
        if method != "HEAD" and answer.status not in (204, 304):
            answer.body = self._body(headers)
        self.begun = False
        answer.at = time.monotonic()
        return answer

    def last_data(self):
        """When something came last, as the kernel says, however late this process was to see it; the end does not
        count, but with TLS what announces it does. Asked again if this thread lost its processor meanwhile."""
        while True:
            before = time.monotonic()
            told = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64)
            if time.monotonic() - before < 0.001:
                return before - int.from_bytes(told[LAST_DATA_RECEIVED : LAST_DATA_RECEIVED + 4], sys.byteorder) / 1000

    def head_size(self):
        """Reads the head of an answer; returns how many bytes it had."""
        end = b"\r\n\r\n"
        return len(self._until(end)) + len(end)

    def skip(self, size):
        """Reads and drops exactly size bytes; returns how many came (fewer means the stream ended)."""
        left = size - len(self._unread[:size])
        self._unread = self._unread[size:]
        while left:
            got = len(self.socket.recv(min(left, 1 << 18)))
            if not got:
                break
            left -= got
        return size - left

    def end_of_stream(self, within):
        """The time at which the server closed its side. Fails if it sends data or stays connected."""
        old, began = self.socket.gettimeout(), time.monotonic()
        try:
            while (left := began + patience(within) - time.monotonic()) > 0:
                self.socket.settimeout(left)
                with contextlib.suppress(TimeoutError):
                    data = self.more()
                    break
            else:
                raise AssertionError(f"the server kept the connection open for {within} s")
        finally:
            self.socket.settimeout(old)
        at = time.monotonic()
        assert data == b"", f"expected the end of the stream, got {data[:80]!r}"
        return at

    def is_open(self):
        """Whether the server has not closed or reset the connection. Data that waits counts as open, also if the
        end is behind it, and is read: of a client that must not read, ask Httpd.holds()."""
        before = self.socket.gettimeout()
        self.socket.settimeout(0)
        try:
            self._unread += self.socket.recv(65536)
            return self.has_unread()
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        finally:
            self.socket.settimeout(before)

    def has_unread(self):
        """Whether something has come of an answer that is not complete."""
        return bool(self._unread)

    def readable(self, within):
        if isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            return bool(self._unread or selector.select(within))

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with an RST instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    def _until(self, mark):
        while mark not in self._unread:
            got = self.socket.recv(65536)
            if not got:
                raise ConnectionError(f"the connection ended inside an answer, after {self._unread[:80]!r}")
            self.begun = True
            self._unread += got
        head, self._unread = self._unread.split(mark, 1)
        return head

    def _exactly(self, size):
        parts, have = [self._unread], len(self._unread)
        try:
            while have < size:
                got = self.socket.recv(min(1 << 20, size - have))
                if not got:
                    raise ConnectionError(f"the connection ended after {have} of {size} bytes")
                parts.append(got)
                have += len(got)
        finally:
            self._unread = b"".join(parts)
        body, self._unread = self._unread[:size], self._unread[size:]
        return body

    def _body(self, headers):
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self._until(b"\r\n").split(b";")[0], 16):
                body += self._exactly(size)
                self._until(b"\r\n")
            self._until(b"\r\n")
            return body
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        body = self._unread
        self._unread = b""
        while got := self.socket.recv(1 << 16):
            body += got
        return body


class crowd:
    """Many clients, closed together: `with crowd(Client(port) for _ in range(50)) as clients:`."""

    def __init__(self, clients):
        self.clients = []
        try:
            self.clients.extend(clients)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self.clients

    def __exit__(self, *_):
        for client in self.clients:
            client.close()


def read_all(clients, within=60):
    """Reads every stream to its end at once; returns the number of bytes that came on each."""
    counts = [0] * len(clients)
    scratch = bytearray(1 << 20)
    deadline = time.monotonic() + within
    with selectors.DefaultSelector() as selector:
        for index, client in enumerate(clients):
            counts[index] = len(client._unread)
            client.socket.setblocking(False)
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            selector.register(client.socket, selectors.EVENT_READ, index)
        while selector.get_map():
            assert time.monotonic() < deadline, f"{len(selector.get_map())} streams go on after {within} s"
            for key, _ in selector.select(1):
                try:
                    got = key.fileobj.recv_into(scratch)
                except (BlockingIOError, ssl.SSLWantReadError):
                    continue
                except OSError:
                    got = 0
                counts[key.data] += got
                if not got:
                    selector.unregister(key.fileobj)
    return counts

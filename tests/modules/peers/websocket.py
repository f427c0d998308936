"""WebSockets (RFC 6455), short text frames only: a server that echoes, and a client."""

import base64
import hashlib
import os
import socket
import struct
import threading

from lab.client import Client

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE = 1, 8


def accept_key(key):
    return base64.b64encode(hashlib.sha1(key + MAGIC).digest())


def frame(kind, payload, mask=b""):
    assert len(payload) < 126
    head = bytes([0x80 | kind, (0x80 if mask else 0) | len(payload)])
    if mask:
        payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return head + mask + payload


class EchoServer:
    """Echoes every frame of every connection; ends a connection when the client says so, or ends itself."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        self.ended = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join(5)

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                self._talk(connection.makefile("rwb"))
            except OSError:
                pass
        with self._lock:
            self.ended += 1

    def _talk(self, stream):
        headers = {}
        while (line := stream.readline().strip()):
            key, _, value = line.partition(b":")
            headers[key.lower()] = value.strip()
        if b"sec-websocket-key" not in headers:
            stream.write(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            stream.flush()
            return
        stream.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_key(headers[b"sec-websocket-key"]) + b"\r\n\r\n"
        )
        stream.flush()
        while True:
            head = stream.read(2)
            if len(head) < 2:
                return
            kind, size = head[0] & 0x0F, head[1] & 0x7F
            mask, data = stream.read(4), stream.read(size)
            stream.write(frame(kind, bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))))
            stream.flush()
            if kind == CLOSE:
                return


class WebSocket(Client):
    """A client, after its handshake."""

    def __init__(self, port, path="/ws", **options):
        super().__init__(port, **options)
        key = base64.b64encode(os.urandom(16))
        self.ask(path, headers={"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                                "Sec-WebSocket-Key": key.decode()})  # fmt: skip
        head = self._until(b"\r\n\r\n").split(b"\r\n")
        self.status = int(head[0].split()[1])
        said = {line.split(b":")[0].lower(): line.split(b":", 1)[1].strip() for line in head[1:]}
        assert self.status != 101 or said[b"sec-websocket-accept"] == accept_key(key), said

    def say(self, text, kind=TEXT):
        self.send(frame(kind, text.encode(), os.urandom(4)))

    def hear(self):
        """(kind, text) of the next frame."""
        kind, size = struct.unpack("BB", self._exactly(2))
        return kind & 0x0F, self._exactly(size).decode()

    def echo(self, text):
        self.say(text)
        return self.hear() == (TEXT, text)

    def bye(self):
        """Says goodbye, and waits for the end of the stream."""
        self.say("", CLOSE)
        assert self.hear() == (CLOSE, "")
        return self.end_of_stream(10)

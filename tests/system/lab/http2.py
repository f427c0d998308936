"""Just enough HTTP/2 (without TLS, prior knowledge) to be a client with a closed window."""

import struct

from lab.client import Client

DATA, HEADERS, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
INITIAL_WINDOW_SIZE = 4


class Http2Client(Client):
    def __init__(self, port, *, window, **options):
        super().__init__(port, **options)
        self.goaway = False
        self.received = {}
        self.ended = set()
        self.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.frame(SETTINGS, payload=struct.pack(">HI", INITIAL_WINDOW_SIZE, window))

    def frame(self, kind, flags=0, stream=0, payload=b""):
        self.send(struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload)

    def request(self, stream, path):
        """GET, with the few header fields that need no table and no Huffman code."""
        fields = b"\x82\x86" + b"\x04" + bytes([len(path)]) + path.encode() + b"\x01\x09localhost"
        self.received[stream] = 0
        self.frame(HEADERS, END_STREAM | END_HEADERS, stream, fields)

    def open_window(self, size, *streams):
        for stream in (0, *streams):
            self.frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", size))

    def step(self):
        """Reads one frame; returns its kind."""
        head = self._exactly(9)
        size = int.from_bytes(head[:3], "big")
        kind, flags = head[3], head[4]
        stream = int.from_bytes(head[5:], "big") & 0x7FFFFFFF
        payload = self._exactly(size)
        if kind == SETTINGS and not flags & ACK:
            self.frame(SETTINGS, ACK)
        if kind == PING and not flags & ACK:
            self.frame(PING, ACK, 0, payload)
        if kind == DATA:
            self.received[stream] += size
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            self.ended.add(stream)
        self.goaway |= kind == GOAWAY
        return kind

    def steps(self, until, within=10):
        """Reads frames until the condition is true."""
        while not until():
            assert self.readable(within), "no frame came"
            self.step()

    def drain(self, silence=0.2):
        """Reads frames until none comes for a moment."""
        while self.readable(silence):
            self.step()

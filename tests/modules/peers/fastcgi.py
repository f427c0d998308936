"""A FastCGI program without a library (FastCGI 1.0): httpd's module talks to it over the socket it has as descriptor 0.

It answers with what it was asked, and does what the query string says: bytes=N of output, sleep=MS first, stderr=WORD
to its error stream, die in the middle of the answer, status=N.
"""

import hashlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from urllib.parse import parse_qs

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
KEEP_CONNECTION = 1


class Program:
    """Starts and stops the program; it listens on a port of 127.0.0.1, or on a UNIX socket."""

    def __init__(self, path=None):
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.socket.bind(str(path) if path else ("127.0.0.1", 0))
        if path:
            os.chmod(path, 0o777)
        self.socket.listen(128)
        self.port = None if path else self.socket.getsockname()[1]
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(["/usr/bin/python3", __file__], stdin=self.socket)
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Conversation:
    """One connection from the web server, with one request after the other."""

    def __init__(self, connection):
        self.stream = connection.makefile("rwb")

    def run(self):
        while self.one():
            pass

    def one(self):
        params, body, keep, request = b"", b"", False, 0
        while True:
            head = self.stream.read(8)
            if len(head) < 8:
                return False
            _, kind, request, size, padding = struct.unpack(">BBHHBx", head)
            content = self.stream.read(size + padding)[:size]
            if kind == BEGIN:
                keep = bool(content[2] & KEEP_CONNECTION)
            elif kind == PARAMS:
                params += content
            elif kind == STDIN and content:
                body += content
            elif kind == STDIN:
                break
            elif kind == ABORT:
                return False
        return self.answer(request, pairs(params), body) and keep

    def answer(self, request, params, body):
        wish = {key: values[0] for key, values in parse_qs(params.get("QUERY_STRING", "")).items()}
        time.sleep(int(wish.get("sleep", 0)) / 1000)
        if "stderr" in wish:
            self.record(STDERR, request, wish["stderr"].encode())
        said = [params.get(key, "-") for key in ("REQUEST_METHOD", "SCRIPT_NAME", "QUERY_STRING", "REMOTE_ADDR")]
        said.append(hashlib.sha256(body).hexdigest())
        out = "\n".join(said).encode() + b"\n" + b"x" * int(wish.get("bytes", 0))
        head = f"Status: {wish.get('status', 200)}\r\nContent-Type: text/plain\r\nX-Pid: {os.getpid()}\r\n\r\n"
        if "die" in wish:
            self.record(STDOUT, request, f"{head}Half".encode()[: int(wish["die"])])
            self.stream.flush()
            return False
        self.record(STDOUT, request, head.encode() + out)
        self.record(STDOUT, request, b"", last=True)
        self.record(END, request, bytes(8))
        self.stream.flush()
        return True

    def record(self, kind, request, content, last=False):
        while content or last:
            part, content, last = content[:32760], content[32760:], False
            self.stream.write(struct.pack(">BBHHBx", 1, kind, request, len(part), 0) + part)
        return self


def pairs(data):
    """The name-value pairs of FCGI_PARAMS."""
    found, at = {}, 0
    while at < len(data):
        sizes = []
        for _ in range(2):
            size, step = data[at], 1
            if size & 0x80:
                size, step = struct.unpack(">I", data[at : at + 4])[0] & 0x7FFFFFFF, 4
            sizes.append(size)
            at += step
        name, value = data[at : at + sizes[0]], data[at + sizes[0] : at + sum(sizes)]
        found[name.decode()] = value.decode(errors="replace")
        at += sum(sizes)
    return found


def talk(connection):
    with connection:
        try:
            Conversation(connection).run()
        except (BrokenPipeError, ConnectionResetError):
            pass


def main():
    listening = socket.socket(fileno=0)
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=talk, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())

"""Load from threads: steady, with the outcome of every request, or without a pause."""

import contextlib
import threading
import time
from collections import Counter

from lab.client import Client


class Load:
    """Requests from several clients until the block ends.

    keep_alive: each client keeps its connection; one that the server closes between two requests, so that nothing of
    the next answer comes, is counted in `dropped`, not in `failed`, and the request is repeated on a new one. If the
    client has been quiet for long, the server may do so, and it is not counted.
    """

    QUIET = 0.2
    """Seconds since the last answer came, as the kernel says. The module's quiet_time is a little more."""

    def __init__(self, port, clients=4, *, path="/", keep_alive=False, think=0.0, timeout=15, expected=200,
                 tls=None):  # fmt: skip
        self.port, self.path, self.keep_alive, self.think = port, path, keep_alive, think
        self.timeout, self.expected, self.tls = timeout, expected, tls
        self.outcomes = Counter()
        self.answered_at = []
        self._took = []  # as answered_at
        self._asked_at = {}  # by thread
        self.longest = 0.0
        self.dropped = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(self.timeout + 5)

    @property
    def ok(self):
        return self.outcomes["ok"]

    @property
    def failed(self):
        return sum(count for outcome, count in self.outcomes.items() if outcome != "ok")

    def slowest_since(self, moment):
        """How long the slowest took, of what has been answered since then; or has been taking, of what has not yet."""
        with self._lock:
            took = [took for at, took in zip(self.answered_at, self._took, strict=True) if at >= moment]
            now = time.monotonic()
            return max([*took, *(now - asked for asked in self._asked_at.values())], default=0.0)

    @staticmethod
    def _was_ended(client, trouble):
        """Between two requests."""
        return isinstance(trouble, OSError) and not isinstance(trouble, TimeoutError) and not client.begun

    def _run(self):
        client, heard = None, None
        while not self._stop.is_set():
            started = time.monotonic()
            with self._lock:
                self._asked_at[threading.get_ident()] = started
            try:
                client = client or Client(self.port, timeout=self.timeout, tls=self.tls)
                answer = client.get(self.path, close=not self.keep_alive)
                outcome = "ok" if answer.status == self.expected else f"status {answer.status}"
                again = self.keep_alive and not answer.closes()
                heard = client.last_data() if again else None
            except (OSError, ValueError) as trouble:
                outcome, again = f"{type(trouble).__name__}: {trouble}"[:90], False
                if heard and self._was_ended(client, trouble):
                    with self._lock:
                        self.dropped += client.sent_at - heard < self.QUIET
                    outcome = None
                heard = None
            if client and not again:
                client.close()
                client = None
            with self._lock:
                del self._asked_at[threading.get_ident()]
                if outcome:
                    self._note(outcome, time.monotonic(), started)
            if self.think:
                self._stop.wait(self.think)
        if client:
            client.close()

    def _note(self, outcome, now, started):
        self.outcomes[outcome] += 1
        self.longest = max(self.longest, now - started)
        if outcome == "ok":
            self.answered_at.append(now)
            self._took.append(now - started)


class Endless:
    """A client that pipelines: it sends requests for as long as the server takes them, and reads the answers."""

    def __init__(self, port, path="/"):
        self.answers = 0
        self.closed = False
        self._client = Client(port)
        self._requests = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 100
        self._threads = [threading.Thread(target=part, daemon=True) for part in (self._ask, self._read)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._client.reset()
        for thread in self._threads:
            thread.join(20)

    def _ask(self):
        with contextlib.suppress(OSError):
            while True:
                self._client.send(self._requests)

    def _read(self):
        with contextlib.suppress(OSError):
            while got := self._client.more():
                self.answers += got.count(b"HTTP/1.1 200 ")
        self.closed = True

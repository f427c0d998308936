"""Clients that insist: each request must get its whole answer, or a clean refusal before it began."""

import contextlib
import hashlib
import random
import threading
import time
from collections import Counter

from breaks import Failure, was_refused

from lab.client import Client
from lab.proc import has_server_end
from lab.tls import context

PATIENCE = 30
"""Seconds without a byte after which an answer is given up."""


class Refused(Exception):
    """The server closed a connection that had been quiet for a while."""


class Connection:
    """One connection, which begins with its first request; and what is known about it when it fails."""

    def __init__(self, site, what, tls=False):
        self.what, self.child = what, None
        self.opened = self.asks = self.answered = time.monotonic()
        self.quiet = 0.0
        self.answers = 0
        self._port, self._tls = (site.tls_port, context()) if tls else (site.port, None)
        self.client = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.client:
            self.client.close()

    def ask(self, path, **options):
        try:
            if not self.client:
                self._begin()
            answered = self.answered if self._tls else self.client.last_data()  # with TLS, the end is data as well
            if not self.client.is_open():
                self.quiet = time.monotonic() - answered
                raise ConnectionError("the connection ended without an answer that says so")
            self.asks = time.monotonic()
            self.client.ask(path, **options)
            self.quiet = time.monotonic() - answered
        except OSError as trouble:
            raise self._ended(trouble) from trouble

    def _begin(self):
        self.opened = self.asks = self.answered = time.monotonic()
        self.client = Client(self._port, timeout=PATIENCE)
        if self._tls:
            self.client.begin_tls(self._tls)

    def answer(self, digest):
        """Reads an answer whose body has this digest; whether the server keeps the connection."""
        try:
            answer = self.client.answer()
        except OSError as trouble:
            raise self._ended(trouble) from trouble
        if answer.status != 200 or digest_of(answer.body) != digest:
            raise self._failed(f"status {answer.status} with {len(answer.body)} bytes")
        self.child = int(answer.headers["x-child"])
        self.answers += 1
        self.answered = self.client.last_data()
        if self._tls and not self.client.is_open():  # the end came meanwhile, and hides when the answer did
            self.answered = self.asks  # and how long this thread waited for a processor since then, nobody knows
        return not answer.closes()

    def must_have_said_no_more(self):
        if self.client.has_unread():
            raise self._failed("bytes that belong to no answer")

    def _ended(self, trouble):
        hung = isinstance(trouble, TimeoutError)
        silent = self.answers > 0 and not hung and not self.client.has_unread()
        accepted = hung and self.client is not None and has_server_end(self._port, self.client.port)
        return self._failed(trouble, silent, hung, accepted)

    def _failed(self, trouble, silent=False, hung=False, accepted=False):
        said = trouble if isinstance(trouble, str) else f"{type(trouble).__name__}: {trouble}"
        now = time.monotonic()
        failure = Failure(self.what, said[:120], self.opened, now, self.child, self.answers, self.quiet,
                          silent, hung, accepted)  # fmt: skip
        return Refused() if was_refused(failure) else Broken(failure)


class Broken(Exception):
    def __init__(self, failure):
        super().__init__(failure)
        self.failure = failure


def digest_of(content):
    return hashlib.blake2b(content).digest()


class Visitor:
    """One client after the other, in a thread, each of a kind that chance picks."""

    def __init__(self, site, pace, seed):
        self._site, self._pace, self._chance = site, pace, random.Random(seed)
        self.counts, self.failures, self.trouble = Counter(), [], []

    def run(self):
        try:
            while not self._pace.over():
                self._come_once()
        except Exception as trouble:  # an answer that makes no sense, above all
            self.trouble.append(f"a visitor gave up: {type(trouble).__name__}: {trouble}")

    def _come_once(self):
        kinds = (self.browse, self.browse, self.visit, self.pipeline, self.download, self.post, self.nap)
        kind, tls = self._chance.choice(kinds), self._chance.random() < 0.3
        try:
            with Connection(self._site, kind.__name__ + (" over TLS" if tls else ""), tls) as connection:
                kind(connection)
                connection.must_have_said_no_more()
        except Refused:
            self.counts["refused"] += 1
        except Broken as broken:
            self.failures.append(broken.failure)

    def _fetch(self, connection, path, **options):
        with self._pace.request():
            connection.ask(path, **options)
            return self._answer(connection, path)

    def _answer(self, connection, path):
        kept = connection.answer(self._site.digests[path.partition("?")[0]])
        self.counts["answered"] += 1
        return kept

    def browse(self, connection):
        """Many small requests with little thought between them, sometimes a long one."""
        for _ in range(self._chance.randint(1, 200)):
            if not self._fetch(connection, "/") or self._pace.over():
                return
            self._think(0.002 if self._chance.random() < 0.98 else 0.6)

    def visit(self, connection):
        self._fetch(connection, "/", close=True)

    def pipeline(self, connection):
        """Several requests at once. What stands behind the answer that ends the connection is refused."""
        with self._pace.request():
            count = self._chance.randint(2, 12)
            for _ in range(count):
                connection.ask("/")
            for _ in range(count):
                if not self._answer(connection, "/"):
                    return

    def download(self, connection):
        self._fetch(connection, "/large.bin", close=self._chance.random() < 0.5)

    def post(self, connection):
        self._fetch(connection, "/", method="POST", body=bytes(self._chance.randint(1, 100_000)))

    def nap(self, connection):
        self._fetch(connection, f"/sleep?ms={self._chance.randint(1, 800)}")

    def _think(self, most):
        time.sleep(self._chance.uniform(0, most))


class Pace:
    """Lets all visitors pause between two requests, and end. Shared by their processes."""

    def __init__(self, context):
        self._go, self._end = context.Event(), context.Event()
        self._busy = context.Value("i", 0)
        self._go.set()

    def over(self):
        return self._end.is_set()

    def end(self):
        self._end.set()
        self._go.set()

    def pause(self):
        self._go.clear()

    def resume(self):
        self._go.set()

    def busy(self):
        """How many requests are under way."""
        return self._busy.value

    @contextlib.contextmanager
    def request(self):
        """One request, which begins when there is no pause."""
        while not self._begun():
            self._go.wait()
        try:
            yield
        finally:
            with self._busy.get_lock():
                self._busy.value -= 1

    def _begun(self):
        with self._busy.get_lock():
            may = self._go.is_set()
            self._busy.value += may
            return may


def visit(site, pace, seed, count, answers):
    """The life of one process of visitors; `answers` gets what they have to say at the end."""
    visitors = [Visitor(site, pace, f"{seed}.{number}") for number in range(count)]
    threads = [threading.Thread(target=visitor.run) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for visitor in visitors:
        if not visitor.counts["answered"]:
            visitor.trouble.append("a visitor had no answer at all")
    total = sum((visitor.counts for visitor in visitors), Counter())
    answers.put((total, [one for visitor in visitors for one in visitor.failures],
                 [one for visitor in visitors for one in visitor.trouble]))  # fmt: skip

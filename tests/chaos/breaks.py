"""What may end a connection in the middle: nothing but the death of its child, ordered or not."""

import dataclasses
import datetime
import time
from dataclasses import dataclass

FOR_EVER = float("inf")

QUIET = 0.2
"""A server may close a connection that was quiet for so many seconds, although a request is on its way."""

STILL_ACCEPTS = 0.5
"""For so many seconds a child may accept that was told to end: it stands in a system call, or wants a processor."""

TOLD_WITHIN = 1.0
"""Seconds after which a client knows that its child has ended, if it waits for an answer: the kernel says so."""


@dataclass(frozen=True)
class Failure:
    """A request without a whole answer. Times are time.monotonic(), which all processes share."""

    what: str
    said: str
    opened: float
    failed: float
    child: int | None
    """Which child served this connection; None if no answer on it ever said."""
    answers: int
    """How many came before on this connection."""
    quiet: float
    """For how many seconds before it the client had nothing to say."""
    silent: bool
    """The connection was kept alive, and nothing of the answer had come."""
    hung: bool
    """Nothing came at all, not even the end of the connection."""
    accepted: bool
    """It hung although a child had taken it in."""

    def __str__(self):
        told = {"what", "said", "opened", "failed"}
        names = (field.name for field in dataclasses.fields(self) if field.name not in told)
        fields = (f"{name} {getattr(self, name)}" for name in names)
        return (f"{time_of_day(self.failed)} {self.what}: {self.said}; open since {time_of_day(self.opened)}; "
                f"{', '.join(fields)}")  # fmt: skip


def time_of_day(moment):
    """As the error log has it."""
    return datetime.datetime.fromtimestamp(moment - time.monotonic() + time.time()).time()


@dataclass
class Break:
    began: float
    ended: float
    """From when on no connection can be one of these children's any more."""
    children: set


def was_refused(failure, lag=0.0):
    """Whether it was no loss, but the end of a quiet connection, as far as a machine that is so late can tell.

    An answer comes as late as a packet that waits for a processor; the server counts from when it was sent.
    """
    return failure.silent and failure.quiet + 2 * lag > QUIET


class Breaks:
    """All that may have ended connections, with its time."""

    def __init__(self):
        self._all = []

    def children_end(self, children, now):
        """Their connections end from now on. Returns the Break, for when they have ended."""
        self._all.append(Break(now, now + STILL_ACCEPTS, set(children)))
        return self._all[-1]

    def withdraw(self, one):
        """It did not happen."""
        self._all.remove(one)

    def excuse(self, failure, lag=0.0):
        return not failure.hung and any(self._excuses(one, failure, lag) for one in self._all)

    @staticmethod
    def _excuses(one, failure, lag):
        if failure.failed < one.began or failure.opened > one.ended + 2 * lag:
            return False
        if failure.child is not None:
            return failure.child in one.children
        # Nobody knows whose it was. It had no answer yet, so its client was waiting, and was told at once.
        return failure.failed < one.ended + TOLD_WITHIN + 2 * lag

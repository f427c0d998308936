"""What may end a connection in the middle: nothing but the death of its child, ordered or not."""

from dataclasses import dataclass

FOR_EVER = float("inf")


@dataclass
class Break:
    began: float
    ended: float
    child: int | None
    """None: every child that lived then."""


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


QUIET = 0.2
"""A server may close a connection that was quiet for so many seconds, although a request is on its way."""


def was_refused(failure, lag=0.0):
    """Whether it was no loss, but the end of a quiet connection, as far as a machine that is so late can tell.

    An answer comes as late as a packet that waits for a processor; the server counts from when it was sent.
    """
    return failure.silent and failure.quiet + 2 * lag > QUIET


class Breaks:
    """All that may have ended connections, with its time."""

    def __init__(self):
        self._all = []

    def child_ends(self, child, now):
        """Its connections end from now on."""
        self._all.append(Break(now, FOR_EVER, child))

    def all_children_end(self, now):
        """Until said otherwise; returns what to say it to."""
        self._all.append(Break(now, FOR_EVER, None))
        return self._all[-1]

    def excuse(self, failure):
        return any(self._excuses(one, failure) for one in self._all)

    @staticmethod
    def _excuses(one, failure):
        if failure.failed < one.began or failure.opened > one.ended:
            return False
        if one.child is None or failure.child is not None:
            return one.child in (None, failure.child)
        # Nobody knows whose it was. Once that child is gone, no later connection can have been its.
        return failure.opened < one.began + A_KILLED_CHILD_STILL_ACCEPTS


A_KILLED_CHILD_STILL_ACCEPTS = 0.5
"""Seconds, at the most: it may stand in a system call, or wait for a processor, when the signal comes."""

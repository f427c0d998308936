"""Waiting for conditions. Nothing in these tests sleeps for a guessed time and hopes."""

import os
import time

SANITIZER = os.environ.get("MPM_PRELOAD")
"""The sanitizer runtime that servers are started with, if any. Memory figures mean nothing under it."""

THREAD_SANITIZER = "tsan" in (SANITIZER or "")
"""Whether it is that one, which adds threads to a child, and makes the stacks of all larger."""

METER = None
"""The lab.lag.Lag of the test that runs; set by its fixture."""

TOO_LATE = 0.1
"""Seconds of lag of the machine with which a client that never pauses may look quiet to a server, which closes."""


def lag_so_far():
    """By how many seconds the machine let a sleeper wait too long since this test began."""
    return METER.worst if METER else 0.0


def patience(seconds):
    """An upper bound for what the server may take: `seconds`, and what this machine itself was late meanwhile.

    An answer passes through two threads, so twice the machine's own lag is forgiven. Widened when the server runs
    under a sanitizer. Lower bounds are never touched.
    """
    return seconds * float(os.environ.get("MPM_PATIENCE", "4" if SANITIZER else "1")) + 2 * lag_so_far()


def eventually(predicate, within=5.0, every=None, what=None):
    """The first true value that predicate() gives; fails if there is none within the time.

    An AssertionError or OSError from the predicate counts as "not yet", and is shown if it stays so. Unless it is said
    how often to look, what takes long is looked at less and less, but seen late by no more than a twentieth of that.
    The last look begins when the time is over: one that began before may have been kept from seeing it.
    """
    began = time.monotonic()
    last = None
    while True:
        looked = time.monotonic()
        try:
            value = predicate()
            if value:
                return value
            last = f"last value {value!r}"
        except (AssertionError, OSError) as not_yet:
            last = f"{type(not_yet).__name__}: {not_yet}"
        if looked - began > patience(within):
            raise AssertionError(f"not within {within} s: {what or 'the awaited condition'} ({last})")
        time.sleep(every or max(0.005, (time.monotonic() - began) / 20))


def holds_for(predicate, seconds, every=0.02, what=None):
    """Fails as soon as predicate() is false during the given time: for "never" and "not yet".

    A look that was over only after that time says nothing.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        held = predicate()
        assert held or time.monotonic() >= end, f"did not hold for {seconds} s: {what or 'the condition'}"
        time.sleep(every)


def pause(seconds):
    """For clients that are slow on purpose. Never to wait for the server."""
    time.sleep(seconds)

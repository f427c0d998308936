"""What must be true at any moment, at rest, and when all is over."""

import contextlib
import re
import threading
import time
from pathlib import Path

from schedule import SERVER_LIMIT

from lab import proc
from lab.status import Status, process_rows
from lab.wait import eventually

REAPED_WITHIN = 5
"""Seconds; on a machine that has more to do than it can."""

AT_REST_WITHIN = 20


class Watch:
    """Looks at the processes again and again: never more children than the limits allow, no zombie that stays."""

    def __init__(self, server, lags):
        self._server, self._lags = server, lags
        self.most, self.wrong = 0, []
        self._dead_since = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _run(self):
        try:
            while not self._end.wait(0.05):
                self._look(time.monotonic())
                self._lags.note(time.monotonic())
        except Exception as trouble:
            self.wrong.append(f"the watch gave up: {type(trouble).__name__}: {trouble}")

    def _look(self, now):
        states = {child: proc.state_of(child) for child in proc.children_with_zombies(self._server.pid)}
        living = [child for child, state in states.items() if state not in (None, "Z", "X")]
        self.most = max(self.most, len(living))
        if len(living) > 2 * SERVER_LIMIT:  # as many as ServerLimit may finish without a row of the scoreboard
            self.wrong.append(f"{len(living)} children")
        dead = {child for child, state in states.items() if state == "Z"}
        self._dead_since = {child: self._dead_since.get(child, now) for child in dead}
        self.wrong += [f"zombie {child}" for child, since in self._dead_since.items() if now - since > REAPED_WITHIN]


def at_rest(server, within=AT_REST_WITHIN):
    """Waits until the server agrees with the kernel about every child and its connections; returns how many."""

    def agrees():
        with server.client(timeout=5) as asker:
            status = Status.parse(asker.get("/server-status?auto").text)
            rows = {row.pid: row for row in process_rows(asker.get("/server-status").text)}
            shown = {pid: row.connections for pid, row in rows.items()}
            held = {child: proc.connections_of(child, server.ports) for child in server.children()}
        assert status.Stopping == 0 and not any(row.old_generation for row in rows.values())
        assert shown == held, f"{shown} on the page, {held} in /proc"
        assert status.BusyWorkers == 1, f"{status.BusyWorkers} busy workers"
        return status.ConnsTotal

    return eventually(agrees, within, every=0.05, what="a server that agrees with the kernel")


def evidence(server):
    """What each thread of each child does, as the kernel says it, and the end of the log: for what came too late."""
    told = []
    for child in server.children():
        with contextlib.suppress(OSError):  # it has just ended
            for thread in sorted(Path(f"/proc/{child}/task").iterdir()):
                with contextlib.suppress(OSError):  # likewise
                    told.append(doing(child, thread))
    return "\n    ".join([*told, *server.log_tail(60).splitlines()])


def doing(child, thread):
    state = (thread / "stat").read_text().rpartition(")")[2].split()[0]
    where, call = (thread / "wchan").read_text(), (thread / "syscall").read_text().strip()
    return f"{child}/{thread.name} {state} {where} {call}"


def bad_lines(server, killed):
    """What must not stand in the error log: a child that ended by itself, by a signal that nobody sent it."""
    found = []
    for line in server.log_lines("AH0005[12]"):
        child = int(re.search(r"child pid (\d+)", line)[1])
        if child not in killed or "Killed (9)" not in line:
            found.append(line)
    return found

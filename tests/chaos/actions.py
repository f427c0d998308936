"""The steps of schedule.py, done to a running server. What may end connections is told to breaks.py."""

import contextlib
import os
import random
import re
import signal
import threading
import time

from breaks import FOR_EVER, time_of_day
from schedule import FEWEST_WORKERS

from lab.client import Client
from lab.wait import eventually

PATIENCE = 10
TO_CONNECT = 1.0
"""Seconds that the clients of a step have to connect; of those that come one by one the first that has not ends it."""

RESTARTED, RUNNING = "AH00494", "AH00489"
CAME_OR_WENT = r"Child \d+ (started|stopped): pid (\d+)"


class Actions:
    def __init__(self, server, breaks):
        self._server, self._breaks = server, breaks
        self._behind = []
        self._frozen_until = {}
        self._asleep_until = 0.0
        self.killed = set()
        """Children that were ended on purpose."""
        self.done = []
        """What was done, with its time."""
        self.trouble = []
        """What went wrong in the background, in sentences."""

    def do(self, step):
        self.done.append(f"{time_of_day(time.monotonic())} {step.name} {step.arguments}")
        getattr(self, step.name)(**step.arguments)

    def finish(self):
        """Waits for what goes on in the background."""
        for thread in self._behind:
            thread.join()
        self._behind.clear()

    def sleep_left(self):
        """Seconds for which the server may still sleep, at the most: it does for those sleepers too who have gone."""
        return max(0.0, self._asleep_until - time.monotonic())

    # ---- the operator's ------------------------------------------------------------------------------------

    def graceful(self):
        self._server.send_signal(signal.SIGUSR1)

    def storm(self, pauses):
        for pause in pauses:
            self.graceful()
            time.sleep(pause)

    def limits(self, directives):
        self._server.configure(self._server.fixed + directives)
        self.graceful()

    def restart(self):
        """Ends all children that the control process has started until then; those that come after it are safe."""
        outage = self._breaks.children_end(self._server.children(), time.monotonic())
        outage.ended = FOR_EVER
        restarts = len(self._server.log_lines(RESTARTED))
        self._server.send_signal(signal.SIGHUP)
        try:
            eventually(lambda: len(self._server.log_lines(RESTARTED)) > restarts, 3, every=0.1)
        except AssertionError:  # a graceful restart that was under way has swallowed it
            self._breaks.withdraw(outage)
            return
        outage.children |= self._alive_at(restarts)
        eventually(self._runs_again, PATIENCE, every=0.05, what="the new generation")
        eventually(lambda: outage.children.isdisjoint(self._server.children()), PATIENCE, every=0.05,
                   what="the end of the old children")  # fmt: skip
        outage.ended = time.monotonic()

    def _alive_at(self, restart):
        """The children that were there, by the log, when the restart of this number came: it ended all of them."""
        alive = set()
        for line in self._server.log_lines(f"{RESTARTED}|{CAME_OR_WENT}"):
            if RESTARTED in line:
                if restart == 0:
                    break
                restart -= 1
            else:
                event, pid = re.search(CAME_OR_WENT, line).groups()
                (alive.add if event == "started" else alive.discard)(int(pid))
        return alive

    def _runs_again(self):
        lines = self._server.log_lines(f"{RESTARTED}|{RUNNING}")
        return RUNNING in lines[-1]

    # ---- fate ----------------------------------------------------------------------------------------------

    def kill(self, which):
        self._end(which, signal.SIGKILL)

    def terminate(self, which):
        self._end(which, signal.SIGTERM)

    def freeze(self, which, seconds):
        for child in self._one_child(which):
            self._frozen_until[child] = time.monotonic() + seconds
            self._send(child, signal.SIGSTOP)
            self._later(self._thaw, child, seconds)

    def _thaw(self, child, seconds):
        time.sleep(seconds)
        self._send(child, signal.SIGCONT)

    def _end(self, which, number):
        for child in self._one_child(which):
            self.killed.add(child)
            now = time.monotonic()
            end = self._breaks.children_end({child}, now)
            if number != signal.SIGKILL:  # a frozen child hears of it when it has thawed
                end.ended += max(0.0, self._frozen_until.get(child, now) - now)
            self._send(child, number)

    @staticmethod
    def _send(child, number):
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(child, number)

    def _one_child(self, which):
        """That one; none if there is none at this moment."""
        children = self._server.children()
        return children[which % len(children) :][:1] if children else []

    # ---- other clients, of whom nobody keeps count ---------------------------------------------------------

    def idlers(self, count, seconds):
        self._later(self._hold, count, seconds, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    def slow_readers(self, count, seconds):
        self._later(self._hold, count, seconds, b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n", 4096)

    def sleepers(self, count, milliseconds):
        begins = max(self._asleep_until, time.monotonic() + TO_CONNECT)
        self._asleep_until = begins + count * milliseconds / 1000 / FEWEST_WORKERS
        request = f"GET /sleep?ms={milliseconds} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        self._later(self._hold, count, milliseconds / 1000, request)

    def flood(self, count):
        self._later(self._hold, count, 0, b"")

    def rude(self, count, seed):
        self._later(self._rude, count, random.Random(seed))

    def _later(self, what, *arguments):
        self._behind.append(threading.Thread(target=self._try, args=(what, *arguments)))
        self._behind[-1].start()

    def _try(self, what, *arguments):
        try:
            what(*arguments)
        except Exception as trouble:
            self.trouble.append(f"{what.__name__} gave up: {type(trouble).__name__}: {trouble}")

    def _hold(self, count, seconds, request, buffer=None):
        """So long, from when all are connected; on a full server that is never, and then those who are hold no longer."""
        with contextlib.ExitStack() as clients:
            give_up = time.monotonic() + TO_CONNECT
            for _ in range(count):
                left = give_up - time.monotonic()
                if left <= 0:
                    break
                with contextlib.suppress(OSError):
                    client = Client(self._server.port, receive_buffer=buffer, timeout=left)
                    (clients.enter_context(client) if seconds else client).send(request)
                    if not seconds:
                        client.close()
            time.sleep(seconds)

    def _rude(self, count, chance):
        """Half a request, a whole one or rubbish, and then a reset, half an end or an end, at some moment."""
        whole = b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n"
        for _ in range(count):
            try:
                connected = Client(self._server.port, timeout=TO_CONNECT)
            except OSError:
                return
            with contextlib.suppress(OSError), connected as client:
                client.send(chance.choice((whole, whole[: chance.randrange(len(whole))], chance.randbytes(200))))
                time.sleep(chance.uniform(0, 0.03))
                chance.choice((client.reset, client.half_close, client.close))()

"""How late the machine itself was, second by second."""

import time

from lab.lag import Lag

EVERY = 1.0


class Lags:
    def __init__(self):
        self.meter = Lag()
        self._noted = []
        self._next = time.monotonic() + EVERY

    def note(self, now):
        """Call this often."""
        if now >= self._next:
            self._noted.append((now, self.meter.worst))
            self.meter.begin()
            self._next = now + EVERY

    def around(self, moment):
        """By how many seconds a sleeper waited too long, at the worst, shortly before that moment or after."""
        near = [lag for at, lag in self._noted if moment - EVERY <= at <= moment + 2 * EVERY]
        return max(near, default=0.0)

    @property
    def worst(self):
        return max((lag for _, lag in self._noted), default=0.0)

    def stop(self):
        self.meter.stop()

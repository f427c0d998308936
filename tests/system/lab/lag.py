"""How late this machine lets a process run that has slept: what no server can be blamed for."""

import multiprocessing
import time

STEP = 0.004


def _measure(worst):
    while True:
        began = time.monotonic()
        time.sleep(STEP)
        late = time.monotonic() - began - STEP
        if late > worst.value:
            worst.value = late


class Lag:
    """A process beside the tests that sleeps, and notes by how much it slept too long."""

    def __init__(self):
        self._worst = multiprocessing.Value("d", 0.0)
        self._process = multiprocessing.Process(target=_measure, args=(self._worst,), daemon=True)
        self._process.start()

    @property
    def worst(self):
        """Seconds, since this began to measure."""
        return self._worst.value

    def stop(self):
        self._process.kill()
        self._process.join()

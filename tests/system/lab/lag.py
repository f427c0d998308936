"""How late this machine lets a process run that has slept: what no server can be blamed for."""

import multiprocessing
import os
import threading
import time

STEP = 0.005 * int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
"""Seconds. Workers of pytest that measure beside each other look together as often as one: looking takes time too."""


def _measure(worst, processor=None):
    if processor is not None:
        os.sched_setaffinity(0, {processor})
    while True:
        began = time.monotonic()
        time.sleep(STEP)
        late = time.monotonic() - began - STEP
        if late > worst.value:
            worst.value = late


class Lag:
    """A process on each processor that sleeps, and notes by how much it slept too long.

    And a thread of this process: clients that are threads wait for each other, and for the interpreter's lock.
    """

    def __init__(self):
        processors = sorted(os.sched_getaffinity(0))
        own, *self._worst = (multiprocessing.Value("d", 0.0) for _ in range(1 + len(processors)))
        self._processes = [
            multiprocessing.Process(target=_measure, args=(worst, processor), daemon=True)
            for processor, worst in zip(processors, self._worst)
        ]
        for process in self._processes:
            process.start()
        self._worst.append(own)
        threading.Thread(target=_measure, args=(own,), daemon=True).start()

    @property
    def worst(self):
        """Seconds, since this began to measure or was told to begin again."""
        return max(worst.value for worst in self._worst)

    def begin(self):
        for worst in self._worst:
            worst.value = 0.0

    def stop(self):
        for process in self._processes:
            process.kill()
            process.join()

"""What must hold while clients misbehave, and once they are gone."""

import re

from lab import proc
from lab.wait import SANITIZER, eventually

QUIET_LOG = "LogLevel warn\n"
"""What operators see by default."""


class Siege:
    """`with Siege(server, kilobytes=…) as siege:` misbehave in the block, and end it in the block.

    kilobytes: by how much all children together may grow.
    """

    def __init__(self, server, *, kilobytes):
        self.server, self.kilobytes = server, kilobytes
        self.most_memory = self.most_descriptors = 0

    def __enter__(self):
        server = self.server
        for _ in range(20):  # what the first requests leave behind is no one's fault
            server.get("/")
        server.quiet()
        self._children = server.children()
        self._descriptors = self._count_descriptors()
        self._memory = self._own_memory()
        self._logged = len(server.log_lines())
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.is_over()

    def others_are_answered(self, times=50):
        """Others come, each on a connection of its own, and one stays: it is answered as often."""
        with self.server.client() as kept:
            for _ in range(times):
                assert self.server.get("/").body == b"hello\n"
                assert kept.get("/").body == b"hello\n"
        self.look()

    def newcomers_are_answered(self, times=20):
        """As above, but nobody may stay: there is no room."""
        for _ in range(times):
            assert self.server.get("/").body == b"hello\n"
        self.look()

    def look(self):
        """Notes what the children use at this moment."""
        self.most_memory = max(self.most_memory, self._own_memory() - self._memory)
        self.most_descriptors = max(self.most_descriptors, self._count_descriptors() - self._descriptors)
        if not SANITIZER:
            assert self.most_memory <= self.kilobytes, f"{self.most_memory} kB more than before"

    def is_over(self):
        """Everything has been returned, nothing crashed, and the log says at most once that all workers were busy."""
        server = self.server
        self.look()
        server.quiet()
        eventually(lambda: self._count_descriptors() == self._descriptors, what="all descriptors closed")
        eventually(self._columns_are_empty, what="empty columns")
        server.forget_asker()
        assert server.children() == self._children, "a child has come or gone"
        self._log_is_short()

    def _columns_are_empty(self):
        status = self.server.status()
        pending = {key: status[key] for key in status if key.startswith("ConnsAsync") and status[key]}
        if not self.server.is_stock:  # there they are brought up to date only when a timeout expires
            assert not pending and status.ConnsTotal == 1, (pending, status.ConnsTotal)
        return status.BusyWorkers == 1  # the asker's

    def _log_is_short(self):
        new = self.server.log_lines()[self._logged :]
        assert len(new) <= 1 and all("AH00484" in line for line in new), f"{len(new)} lines:\n" + "\n".join(new[:20])

    def _count_descriptors(self):
        """But for those of ThreadSanitizer's: of its report, and of libraries while it looks up where something is."""
        files = (name for child in self._children for name in proc.descriptors(child).values())
        return sum(not re.search(r"/tsan\.|\.so(\.\d+)*$", name) for name in files)

    def _own_memory(self):
        return sum(proc.own_memory_kb(child) for child in self._children)

"""Calls that fail on demand: the test's side of modules/faults.c, which is preloaded into the server."""

import mmap
import struct
from pathlib import Path

from lab.build import shared_library

CALLS = (
    "accept4", "apr_bucket_alloc_create_ex", "apr_socket_addr_get", "bind", "close", "epoll_create1", "epoll_ctl",
    "epoll_wait", "fork", "ftruncate", "malloc", "mmap", "pipe2", "pthread_create", "raise", "read", "socketpair",
    "write",
)  # fmt: skip
"""epoll_ctl stands for additions to a set, write for writev as well, malloc for calloc as well, mmap for
private memory only. close and raise are no calls that fail: see close_in_parent() and signal_itself()."""

PARENT, CHILDREN, ALL = 1, 2, 3
ANY, LISTENER, CONNECTION, PIPE, REGULAR_FILE = range(5)
"""What a descriptor refers to."""

_RECORD = struct.Struct("=32s6i")
_FIELDS = {name: 32 + 4 * place for place, name in enumerate(("error", "who", "what", "skip", "left", "fired"))}


class Faults:
    """What fails in one server, whose folder this is given; the same for all its children."""

    def __init__(self, folder, server):
        path = Path(folder) / "faults"
        path.write_bytes(b"".join(_RECORD.pack(call.encode(), *[0] * 6) for call in CALLS))
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.environment = {
            "LD_PRELOAD": str(shared_library("faults")),
            "MPM_FAULTS": str(path),
            "MPM_FAULTS_IN": Path(server).name,
        }

    def fail(self, call, error, *, times=-1, skip=0, who=CHILDREN, what=ANY):
        """From now on the call fails with this errno: after `skip` successes, and `times` times; -1: until cleared.

        what: only for such descriptors (epoll_ctl, read, write); of malloc, from this size on.
        """
        for field, value in dict(left=0, error=error, who=who, what=what, skip=skip, fired=0, left_=times).items():
            self._set(call, field.rstrip("_"), value)

    def close_in_parent(self, descriptor):
        """Closes a descriptor of the parent, which does not know of it."""
        self.fail("close", descriptor, times=1, who=PARENT)

    def signal_itself(self, number, what=ANY):
        """The parent gets a signal while it makes its ScoreBoardFile, before it has httpd's handlers; or as it writes
        to such a descriptor next."""
        self.fail("raise", number, times=1, who=PARENT, what=what)

    def clear(self, *calls):
        """These calls, or all, succeed again."""
        for call in calls or CALLS:
            self._set(call, "left", 0)

    def fired(self, call):
        """How often the call has failed since it was told to."""
        return struct.unpack_from("=i", self._map, self._at(call, "fired"))[0]

    def _set(self, call, field, value):
        struct.pack_into("=i", self._map, self._at(call, field), value)

    @staticmethod
    def _at(call, field):
        return CALLS.index(call) * _RECORD.size + _FIELDS[field]

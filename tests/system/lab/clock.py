"""A server whose wall clock tests may set. Its monotonic clock goes on as ever."""

import time
from email.utils import parsedate_to_datetime

from lab.wait import SANITIZER

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
MAY_BE_FALSE = not SANITIZER
"""libfaketime and libasan wait for each other."""

ENVIRONMENT = {
    "LD_PRELOAD": LIBRARY,
    "FAKETIME_TIMESTAMP_FILE": "{root}/out/offset",
    "FAKETIME_NO_CACHE": "1",
    "DONT_FAKE_MONOTONIC": "1",
}
"""Of a server that has such a clock; jump() must have been called before it is started."""


def jump(server, offset):
    """From now on the server's wall clock is so far from ours: "+3600s"."""
    (server.out / "new").write_text(offset + "\n")
    (server.out / "new").rename(server.out / "offset")


def ahead(server):
    """By how many seconds the server's wall clock is ahead of ours, as its next answer says."""
    return parsedate_to_datetime(server.get("/").headers["date"]).timestamp() - time.time()

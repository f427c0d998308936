"""A server whose threads stand still now and then: the test's side of modules/late.c, which is preloaded into it."""

from pathlib import Path

from lab.build import shared_library
from lab.httpd import HTTPD


def environment():
    """Of a server whose calls take a while now and then."""
    return {"LD_PRELOAD": str(shared_library("late")), "MPM_LATE_IN": Path(HTTPD).name}

"""A plugin for pytest: writes the outcome of each test to the file PEER_RECORD as soon as it is known, so that a run
that has to be ended still tells what it saw. More of -v would change the suite's own log levels."""

import json
import os

_seen = {}


def pytest_runtest_logreport(report):
    """Setup, call and teardown report one by one; the worst counts."""
    if report.when != "call" and report.outcome == "passed":
        return
    if _seen.get(report.nodeid) == "failed":
        return
    _seen[report.nodeid] = report.outcome
    with open(os.environ["PEER_RECORD"], "a", encoding="utf-8") as record:
        record.write(json.dumps([report.nodeid, report.outcome]) + "\n")

#!/usr/bin/env python3
"""The test suites of httpd's own sources against stock's event MPM and ours: scripts/peer-suites starts this. Both
sides run at the same time, so that a busy machine disturbs both. What came out differently is repeated,
and judged by how often it failed then."""

import argparse
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time

import lab
import suites
import verdict
from verdict import SIDES

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def both(of):
    """{side: of(side)}, both sides at once."""
    answers = {}

    def ask(side):
        answers[side] = of(side)

    threads = [threading.Thread(target=ask, args=(side,), daemon=True) for side in SIDES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) != len(SIDES):
        raise RuntimeError("a side could not be run; what it said stands above")
    return answers


def crash_tests(made, history):
    """A child that crashes, in whichever run, fails a test of its own."""
    for side in SIDES:
        lines = made[side].lab.crashes()
        for line in lines:
            print(f"    {side}: {line}")
        for run in history:
            run[side]["(error log)"] = {"no child crashed": "failed" if lines else "passed"}


def one(name, variant, options, root):
    """Runs one suite in one variant, and again what came out differently."""
    modules = {"stock": lab.LIBEXEC / lab.MPM, "ours": options.module}
    started = time.monotonic()
    made = {side: suites.make(name, options.source, root / f"{name}-{variant}-{side}", modules[side], variant)
            for side in SIDES}
    try:
        history = [both(lambda side: made[side].run(options.only))]
        names = [entry for entry in verdict.differing(history[0]) if not entry.startswith("(")]
        for _ in range(options.repeat if names else 0):
            history.append(both(lambda side: made[side].repeat(names)))
        crash_tests(made, history)
    finally:
        for side in SIDES:
            left = made[side].lab.stop()
            if left:
                print(f"    {side}: {left} processes were left, and were ended")
    result = verdict.result_of(history)
    print(f"    {len(result.tests)} tests, {time.monotonic() - started:.0f} s", flush=True)
    return result


def keep_logs(root, target):
    """What the suites printed and the servers logged, for whoever looks into a difference."""
    for path in [*root.glob("*/output.log"), *root.rglob("error_log*")]:
        place = target / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/peer-suites [SOURCE]", description=__doc__)
    names = ("perl", *suites.PYTESTS)
    default = os.environ.get("MPM_MODULE", REPOSITORY / "build/release" / lab.MPM)
    parser.add_argument("--source", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--module", type=pathlib.Path, default=default, help="ours; default: %(default)s")
    parser.add_argument("--suite", action="append", choices=names, help="may be given several times; default: all")
    parser.add_argument("--variant", action="append", choices=lab.VARIANTS,
                        help="few: few threads, and MaxConnectionsPerChild 11; default: both")
    parser.add_argument("--only", help="some of a suite: files for perl, an expression for pytest -k for the others")
    parser.add_argument("--repeat", type=int, default=4, help="how often a difference is repeated; default: 4")
    parser.add_argument("--logs", type=pathlib.Path, default=REPOSITORY / "build/reports/peers",
                        help="where the logs are kept; default: %(default)s")
    return parser.parse_args(), names


def main():
    options, names = arguments()
    os.nice(max(0, 10 - os.nice(0)))  # the suites are patient; what else runs here may not be
    root = pathlib.Path(tempfile.mkdtemp(prefix="peers."))
    root.chmod(0o755)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))  # through all that tidies up
    results = {}
    try:
        for variant in options.variant or lab.VARIANTS:
            for name in options.suite or names:
                print(f"==> {name}, {variant}", flush=True)
                results[name, variant] = one(name, variant, options, root)
    finally:
        keep_logs(root, options.logs)
        shutil.rmtree(root, ignore_errors=True)
    return 0 if verdict.report(results) else 1


sys.exit(main())

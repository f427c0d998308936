#!/usr/bin/env python3
"""Lets spin explore every state of the models: `check.py real` the order of the code, `check.py planted` the same with
one bug planted in each. The models are the *.pml beside this file; with WORKERS and the like as in RUNS."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# Model and what is defined for it: nothing may be found.
REAL = [
    ("handoff", ""),
    ("handoff", "WAKEUP_FLAG"),
    ("handoff", "WORKERS=3 REQUESTS=1"),
    ("handoff", "BLOCKING"),
    ("handoff", "RESERVE=1 AHEAD"),
    ("handoff", "RESERVE=1 BLOCKING FAILING REQUESTS=1"),
    ("parking", ""),
    ("gate", ""),
    ("gate", "SUSPENDING WORKERS=1"),
    ("gate", "LATE WORKERS=1"),
    ("stopping", ""),
    ("stopping", "SICK WORKERS=1"),
    ("stopping", "ACCEPTING"),
    ("stopping", "SUSPENDING WORKERS=1"),
    ("stopping", "STANDING_IN WORKERS=1"),
    ("stopping", "RESERVE=1"),
    ("stopping", "FORCED"),
    ("stopping", "FORCED RESERVE=1"),
    ("stopping", "FORCED GRACEFUL WORKERS=1"),
]

# The bug's name comes first: it must be found.
PLANTED = [
    ("handoff", "WAKE_BEFORE_PUSH"),
    ("handoff", "SLEEP_WITHOUT_RECHECK"),
    ("handoff", "TAKE_IN_TWO_STEPS"),
    ("handoff", "STAND_IN_TWICE"),
    ("handoff", "SLEEP_WITH_WORK"),
    ("handoff", "RING_WITHOUT_CONDITION"),
    ("handoff", "SLEEP_WITHOUT_RELIEF BLOCKING"),
    ("handoff", "MAIN_NOT_WOKEN RESERVE=1"),
    ("handoff", "DRAFT_BEFORE_EMPTYING RESERVE=1"),
    ("handoff", "RECOVERS_SILENTLY RESERVE=2 WORKERS=3 CONNECTIONS=3 REQUESTS=1 BLOCKING FAILING"),
    ("parking", "WATCH_BEFORE_LOCK"),
    ("parking", "WATCH_AFTER_LOCK"),
    ("parking", "PROMISE_READ_EARLY"),
    ("parking", "PROMISES_NOTHING"),
    ("parking", "KEPT_UNDOUBTED"),
    ("parking", "FREED_AT_ONCE"),
    ("parking", "ENDS_WATCHED"),
    ("gate", "RECONSIDER_BEFORE_HOLD"),
    ("gate", "ROOM_MADE_BEFORE_IDLE"),
    ("gate", "ROOM_MADE_BEFORE_COUNT SUSPENDING WORKERS=1"),
    ("gate", "DESERTED_UNWATCHED LATE WORKERS=1"),
    ("gate", "CLOSING_TELLS_NOBODY"),
    ("stopping", "STAGE_AFTER_WAKING WORKERS=1"),
    ("stopping", "LISTENER_NOT_WOKEN SUSPENDING WORKERS=1"),
    ("stopping", "COUNT_AFTER_LOOKING WORKERS=1"),
    ("stopping", "LAST_ONE_IS_SILENT"),
    ("stopping", "LISTENER_LEAVES_SILENTLY DEPARTURE_CALLS_NOBODY SUSPENDING WORKERS=1"),
    ("stopping", "FAREWELL_BEFORE_COUNT"),
    ("stopping", "STAGE_READ_EARLY FORCED"),
    ("stopping", "RETIRE_BEFORE_CLOSE ACCEPTING"),
    ("stopping", "SEVER_LOOKS_ONCE FORCED"),
    ("stopping", "SLEEP_WITHOUT_RECHECK"),
]

# Every state is kept whole, nothing is hashed away. Two runs at once: one that needs more than this many MB fails.
MEMORY = 950
DEPTH = 200000


def must_run(command, folder):
    done = subprocess.run(command, cwd=folder, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}:\n{done.stdout}")
    return done.stdout


def explore(model, defined, optimize):
    """What pan, the program that spin makes of a model, says."""
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        defines = [f"-D{one}" for one in defined.split()]
        # pan leaves the counter-example, and spin its preprocessed text, where they run.
        for path in [*HERE.glob("*.pml"), *HERE.glob("*.inc")]:
            shutil.copy(path, folder)
        must_run(["spin", "-a", *defines, f"{model}.pml"], folder)
        must_run(["gcc", optimize, "-w", "-DSAFETY", f"-DMEMLIM={MEMORY}", "-o", "pan", "pan.c"], folder)
        return must_run(["./pan", f"-m{DEPTH}", "-w22", "-n"], folder)


def verdict(said, errors_wanted):
    """(is it as it should be, in words)"""
    errors = re.search(r"errors: (\d+)", said)
    states = re.search(r"^\s*(\S+) states, stored", said, re.MULTILINE)
    if not errors or not states:
        return False, said
    count = f"{int(float(states.group(1))):>9,} states"
    found = re.search(r"^pan:1: (.*) \(at depth", said, re.MULTILINE)
    if errors_wanted:
        lost = found and re.match("invalid end state|assertion violated", found.group(1))
        return bool(lost), f"{count}, {found.group(1) if found else 'NOT FOUND'}"
    whole = "not completed" not in said and "max search depth too small" not in said
    fine = errors.group(1) == "0" and whole
    return fine, f"{count}, {'all explored' if fine else found.group(1) if found else 'NOT COMPLETED'}"


def main(which):
    planted = which == "planted"
    runs = PLANTED if planted else REAL

    def one(run):
        return verdict(explore(*run, "-O0" if planted else "-O2"), planted)

    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        outcomes = list(pool.map(one, runs))
    for (model, defined), (fine, words) in zip(runs, outcomes):
        print(f"{'ok    ' if fine else 'FAILED'} {model:<9} {defined or '-':<45} {words}")
    sys.exit(0 if all(fine for fine, _ in outcomes) else 1)


if len(sys.argv) != 2 or sys.argv[1] not in ("real", "planted"):
    sys.exit(__doc__)
main(sys.argv[1])

#!/usr/bin/env python3
"""Compiles what uses httpd against headers as old as the oldest that are supported.

Those are the installed ones with a lower module magic number and without the names that httpd gained since: whoever uses
such a name without asking for its number first does not compile.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

# Of httpd 2.4.49 (include/ap_mmn.h tells what each number brought).
OLDEST = (20120211, 116)

# What came later, among the names that this module has a use for.
LATER = (
    "ap_pre_connection",  # 117
    "ap_thread_create", "ap_thread_main_create", "ap_thread_current", "ap_thread_current_create",  # 122
    "ap_thread_current_after_fork", "AP_HAS_THREAD_LOCAL", "AP_THREAD_LOCAL",
    "CONN_STATE_ASYNC_WAITIO", "CONN_STATE_KEEPALIVE", "CONN_STATE_PROCESSING",  # 135
    "wait_io",  # 136
    "AP_MPMQ_CAN_WAITIO",  # 137
)  # fmt: skip


def make_older(installed, folder):
    for header in sorted(installed.glob("*.h")):
        text = re.sub(rf"\b({'|'.join(LATER)})\b", r"not_yet_\1", header.read_text(encoding="utf-8", errors="surrogateescape"))
        if header.name == "ap_mmn.h":
            text, found = re.subn(r"(define MODULE_MAGIC_NUMBER_MINOR) \d+", rf"\1 {OLDEST[1]}", text)
            if found != 1 or f"MODULE_MAGIC_NUMBER_MAJOR {OLDEST[0]}" not in text:
                sys.exit(f"{header} says its number in a way that this does not know.")
        (folder / header.name).write_text(text, encoding="utf-8", errors="surrogateescape")


def commands(root, build, installed, folder):
    """(source, command): as compiled for `build`, but with the older headers, and nothing written."""
    entries = json.loads(pathlib.Path(build, "compile_commands.json").read_text(encoding="utf-8"))
    for entry in entries:
        source = os.path.relpath(entry["file"], root)
        words = shlex.split(entry["command"])
        if source.startswith("src/") and any(str(installed) in word for word in words):
            command = [word.replace(str(installed), str(folder)) for word in words]
            at = command.index("-o")
            yield source, [*command[:at], *command[at + 2 :], "-fsyntax-only"], entry["directory"]


def main(root, build, installed):
    installed = pathlib.Path(installed)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        make_older(installed, pathlib.Path(folder))
        jobs = {
            pool.submit(subprocess.run, command, cwd=place, check=False, text=True, capture_output=True): source
            for source, command, place in commands(root, build, installed, folder)
        }
        if not jobs:
            sys.exit(f"{build} compiles nothing with {installed}.")
        failed = False
        for job in concurrent.futures.as_completed(jobs):
            done = job.result()
            failed = failed or done.returncode != 0
            print(f"{'FAILED' if done.returncode else 'good  '} {jobs[job]}\n{done.stderr}".rstrip(), flush=True)
    sys.exit(1 if failed else 0)


main(*sys.argv[1:])

#!/usr/bin/env python3
"""clang-tidy over every source of a build tree, by the rules of .clang-tidy."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# g++ alone knows them; they change nothing that clang-tidy looks at.
GCC_ONLY = ("-fno-gnu-unique",)


def sources(root, build):
    """The compile commands of src/, cleared of what clang does not understand."""
    below = str(pathlib.Path(root, "src").resolve()) + os.sep
    for entry in json.loads(pathlib.Path(build, "compile_commands.json").read_text(encoding="utf-8")):
        if entry["file"].startswith(below):
            words = entry["command"].split(" ")
            yield {**entry, "command": " ".join(word for word in words if word not in GCC_ONLY)}


def check(tidy, commands, source):
    done = subprocess.run([tidy, "--quiet", "-p", commands, source], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return source, done.returncode, done.stdout


def findings(said):
    """The findings of one run, each with the lines that explain it."""
    return [found.rstrip() for found in re.split(r"(?m)^(?=/\S+:\d+:\d+: (?:error|warning): )", said) if found.strip()]


def main(root, build):
    tidy = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
    if tidy is None:
        sys.exit("clang-tidy is missing: install the package clang-tidy.")
    entries = list(sources(root, build))
    if not entries:
        sys.exit(f"{build} compiles nothing of {root}/src.")
    told = set()  # a header's findings come up with every source that includes it
    clean = True
    with tempfile.TemporaryDirectory() as commands, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        pathlib.Path(commands, "compile_commands.json").write_text(json.dumps(entries), encoding="utf-8")
        jobs = [pool.submit(check, tidy, commands, entry["file"]) for entry in entries]
        for job in concurrent.futures.as_completed(jobs):
            source, failed, said = job.result()
            clean = clean and not failed
            print(f"{'FAILED' if failed else 'clean '} {os.path.relpath(source, root)}", flush=True)
            for finding in findings(said):
                if finding not in told:
                    told.add(finding)
                    print(finding, flush=True)
    sys.exit(0 if clean else 1)


main(sys.argv[1], sys.argv[2])

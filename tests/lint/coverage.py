#!/usr/bin/env python3
"""Every line of the policies is run by a test: `coverage.py ROOT BUILD PROGRAM`, built with --coverage."""

import json
import pathlib
import subprocess
import sys

import tree

MEASURED = ("include/mpm/policy/", "src/policy/")


def line_counts(root, build):
    """{(file, line): how often it ran}, added up over all that was compiled."""
    counts = {}
    for notes in pathlib.Path(build).rglob("*.gcda"):
        done = subprocess.run(["gcov", "--json-format", "--stdout", notes], check=True, capture_output=True, cwd=build)
        for document in done.stdout.splitlines():
            for file in json.loads(document)["files"]:
                path = pathlib.Path(build, file["file"]).resolve()
                if not path.is_relative_to(root):
                    continue
                name = path.relative_to(root).as_posix()
                if name.startswith(MEASURED):
                    for line in file["lines"]:
                        place = (name, line["line_number"])
                        counts[place] = counts.get(place, 0) + line["count"]
    return counts


def findings(root, build, program):
    for old in pathlib.Path(build).rglob("*.gcda"):
        old.unlink()
    if subprocess.run([program], check=False, stdout=subprocess.DEVNULL).returncode != 0:
        yield f"{program} failed"
        return
    counts = line_counts(root, build)
    if not counts:
        yield f"{build} measured nothing of {', '.join(MEASURED)}"
    print(f"{len(counts)} lines of the policies were measured.")
    yield from (f"{name}:{line}: not run" for (name, line), count in sorted(counts.items()) if count == 0)


top = pathlib.Path(sys.argv[1]).resolve()
tree.finish("Every line of include/mpm/policy and src/policy is run by a unit test.", findings(top, *sys.argv[2:4]))

#!/usr/bin/env python3
"""clang-tidy over every source of a build tree, by the rules of .clang-tidy."""

import collections
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


def units(entries, folder):
    """What is looked at in one go: the sources of one directory, by a file that includes them. Most of the time goes
    into the headers, and no rule asks which file is the main one. Yields the directory, how many sources of it these
    are, and the compile command."""
    together = collections.defaultdict(list)
    for entry in entries:
        command = entry["command"].partition(" -o ")[0]
        together[os.path.dirname(entry["file"]), command].append(entry["file"])
    for number, ((directory, command), files) in enumerate(together.items()):
        unit = pathlib.Path(folder, f"{os.path.basename(directory)}_{number}.cpp")
        unit.write_text("".join(f'#include "{file}"  // NOLINT(bugprone-suspicious-include)\n' for file in files),
                        encoding="utf-8")
        yield directory, len(files), {"directory": folder, "command": f"{command} -c {unit}", "file": str(unit)}


def check(tidy, rules, folder, unit):
    done = subprocess.run([tidy, "--quiet", f"--config-file={rules}", "-p", folder, unit["file"]], check=False,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # What it says besides its findings is a count, unless it could not do its work.
    return done.returncode, done.stdout or (done.stderr if done.returncode else "")


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
    rules = pathlib.Path(root, ".clang-tidy").resolve()
    told = set()  # a header's findings come up with every unit that includes it
    clean = True
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        looked_at = list(units(entries, folder))
        pathlib.Path(folder, "compile_commands.json").write_text(json.dumps([unit for _, _, unit in looked_at]),
                                                                 encoding="utf-8")
        verdicts = pool.map(lambda one: check(tidy, rules, folder, one[2]), looked_at)
        for (directory, count, _), (failed, said) in zip(looked_at, verdicts):
            clean = clean and not failed
            verdict = "FAILED" if failed else "clean "
            print(f"{verdict} {os.path.relpath(directory, root)}, sources: {count}", flush=True)
            for finding in findings(said):
                if finding not in told:
                    told.add(finding)
                    print(finding, flush=True)
    sys.exit(0 if clean else 1)


main(sys.argv[1], sys.argv[2])

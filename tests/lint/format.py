#!/usr/bin/env python3
"""Formatting is what clang-format says."""

import re
import shutil
import subprocess
import sys

import tree


def unformatted(formatter, root):
    """One process for all files: most of its time is its start."""
    names = {str(path): name for path, name in tree.files(root, "include", "src", "tests")}
    done = subprocess.run([formatter, "--style=file", "--dry-run", "-Werror", *names], check=False, text=True,
                          capture_output=True)  # fmt: skip
    found = re.findall(r"^(.+?):\d+:\d+: error: code should be clang-formatted", done.stderr, re.MULTILINE)
    if done.returncode != 0 and not found:
        sys.exit(f"{formatter} failed:\n{done.stderr}")
    return [names[path] for path in dict.fromkeys(found)]


program = shutil.which("clang-format-14") or shutil.which("clang-format")
if program is None:
    sys.exit("clang-format is missing: install the package clang-format.")
tree.finish("clang-format -i would change these:", unformatted(program, sys.argv[1]))

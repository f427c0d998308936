#!/usr/bin/env python3
"""Formatting is what clang-format says."""

import shutil
import subprocess
import sys

import tree


def unformatted(formatter, root):
    for path, name in tree.files(root, "include", "src", "tests"):
        done = subprocess.run([formatter, "--style=file", "--dry-run", "-Werror", path], check=False,
                              capture_output=True)
        if done.returncode != 0:
            yield name


program = shutil.which("clang-format-14") or shutil.which("clang-format")
if program is None:
    sys.exit("clang-format is missing: install the package clang-format.")
tree.finish("clang-format -i would change these:", unformatted(program, sys.argv[1]))

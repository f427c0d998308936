#!/usr/bin/env python3
"""What tests/bench/without.py switches off is still there to be switched off."""

import subprocess
import sys

import tree


def findings(root):
    for path, name in tree.files(root, "tests/bench/without", ending=(".patch",)):
        command = ["patch", "--dry-run", "--force", "--fuzz=0", "-p1", "-d", root, "-i", path.resolve()]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            yield f"{name}: {done.stdout.strip()}"


tree.finish("Every patch of a benchmark applies to the source.", findings(sys.argv[1]))

#!/usr/bin/env python3
"""Files that fit on a few screens."""

import pathlib
import sys

import tree

LIMITS = {".hpp": 150, ".cpp": 300, ".md": 150}


def findings(root):
    listed = [*tree.files(root, "include", "src", "tests")]
    readme = pathlib.Path(root, "README.md")
    if readme.exists():
        listed.append((readme, "README.md"))
    for path, name in listed:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LIMITS[path.suffix]:
            yield f"{name}: {lines} lines of at most {LIMITS[path.suffix]}"


tree.finish("A header has at most 150 lines, a source 300, README.md 150.", findings(sys.argv[1]))

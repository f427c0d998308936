#!/usr/bin/env python3
"""Folder = layer: who may include whom."""

import re
import sys

import tree

# What a layer may include. httpd's and APR's headers count as two more layers.
CORE = {"base", "policy", "ports"}
MAY_INCLUDE = {
    "base": {"base"},
    "policy": {"base", "policy"},
    "ports": CORE,
    "child": CORE | {"child"},
    "parent": CORE | {"parent"},
    "os": CORE | {"os"},
    "apr": CORE | {"apr", "APR's headers"},
    "httpd": CORE | {"os", "apr", "httpd", "APR's headers", "httpd's headers"},
    "front": CORE | {"child", "parent", "os", "apr", "httpd", "front", "APR's headers", "httpd's headers"},
    "tests without httpd": CORE | {"child", "parent"},
}
INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')
APR = re.compile(r"(apr|apu)(_\w+)?\.h")
HTTPD = re.compile(r"(httpd|http_\w+|ap_\w+|util_\w+|mod_\w+|mpm_\w+|scoreboard|unixd|os)\.h")


def layer_of(name):
    parts = name.split("/")
    if parts[0] == "tests":
        return "tests without httpd"
    return parts[2] if name.startswith("include/mpm/") else parts[1]


def target_of(included):
    """The layer an include leads to, or None for the standard library, the system and the file's own neighbours."""
    parts = included.split("/")
    if parts[0] == "mpm" and len(parts) > 2:
        return parts[1]
    if parts[0] in MAY_INCLUDE:
        return parts[0]
    if APR.fullmatch(parts[-1]):
        return "APR's headers"
    if HTTPD.fullmatch(parts[-1]):
        return "httpd's headers"
    return None


def broken(name, included):
    """Why the file `name` may not include this, or None."""
    layer = layer_of(name)
    if layer not in MAY_INCLUDE:
        return f"{layer} is not a layer"
    if ".." in included.split("/"):
        return "an include starts at include/ or src/"
    if name.startswith("include/") and included.split("/")[0] in MAY_INCLUDE:
        return "include/ does not know src/"
    target = target_of(included)
    if target is not None and target not in MAY_INCLUDE[layer]:
        return f"{layer} does not know {target}"
    return None


def findings(root):
    for path, name in tree.files(root, "include", "src", "tests/unit", "tests/fakes", "tests/fuzz"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = INCLUDE.match(line)
            why = broken(name, found.group(1)) if found else None
            if why:
                yield f"{name}:{number}: {found.group(1)}: {why}"


tree.finish("A layer includes what is below it and nothing else (docs/ARCHITECTURE.md).", findings(sys.argv[1]))

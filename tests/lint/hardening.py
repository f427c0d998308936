#!/usr/bin/env python3
"""What makes an error in the module harder to exploit, as far as it can be seen in the file that httpd loads."""

import platform
import subprocess
import sys

import tree


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def findings(module):
    segments, dynamic = run("readelf", "-lW", module), run("readelf", "-dW", module)
    imported = run("nm", "-D", "--undefined-only", module)
    if "GNU_RELRO" not in segments:
        yield "no RELRO: what the linker fills in stays writable"
    if "BIND_NOW" not in dynamic:
        yield "lazy binding: the table of functions stays writable"
    stack = [line.split() for line in segments.splitlines() if "GNU_STACK" in line]
    if not stack or "E" in stack[0][-2]:
        yield "an executable stack"
    for word in ("TEXTREL", "RPATH", "RUNPATH"):
        if word in dynamic:
            yield word
    if "__stack_chk_fail" not in imported:
        yield "no stack protector"
    if "_chk@" not in imported.replace("__stack_chk", ""):
        yield "no function that FORTIFY_SOURCE checks"
    if platform.machine() == "x86_64" and "endbr64" not in run("objdump", "-d", module):
        yield "no control flow protection"


rule = "The module is linked with RELRO and NOW, and compiled with stack protector, FORTIFY_SOURCE and CET."
tree.finish(rule, findings(sys.argv[1]))

#!/usr/bin/env python3
"""What the built module shows to the linker, and what it runs or keeps when it is loaded."""

import pathlib
import subprocess
import sys

import tree

# The record httpd looks up, the one pointer to what runs, and what the compiler brings along.
MAY_CHANGE = ("mpm_event_module", "mpm::front::runtime")
COMPILERS = ("completed.0", "__dso_handle", "__TMC_END__", "__bss_start", "_edata", "_end",
             "DW.ref.__gxx_personality_v0")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exported(module):
    for line in run("nm", "-D", "--defined-only", module).splitlines():
        name = line.split()[-1]
        if name != "mpm_event_module":
            yield f"exported: {name}"
    if " mpm_event_module\n" not in run("nm", "-D", "--defined-only", module):
        yield "not exported: mpm_event_module"


def reload_hazards(module):
    for line in run("readelf", "-sW", module).splitlines():
        if " UNIQUE " in line:
            yield f"unique, so the module would never be unloaded: {line.split()[-1]}"
    for line in run("readelf", "-SW", module).splitlines():
        fields = line.replace("[ ", "[").split()
        if len(fields) > 5 and fields[1] == ".init_array" and int(fields[5], 16) > 8:
            yield "dynamic initialisers: .init_array has more than one entry"


def kept(module):
    for line in run("nm", "-C", "--defined-only", "--format=sysv", module).splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) < 7:
            continue
        name, section = fields[0], fields[6]
        if name.startswith("_GLOBAL__sub_I"):
            yield f"dynamic initialiser: {name}"
        elif name.startswith("guard variable for"):
            yield f"local static: {name}"
        # Constants stand here too when g++ deduces their type: `constexpr std::array a = {...}` without <T, N>.
        elif section in (".data", ".bss", ".tbss", ".tdata") and name not in MAY_CHANGE + COMPILERS:
            yield f"global that changes: {name} in {section}"


def misnamed(module):
    if b"\0event.c\0" not in pathlib.Path(module).read_bytes():
        yield "the module's name is not event.c, by which mod_http2 and <IfModule event.c> look for it"


path = sys.argv[1]
rule = "The module exports its record alone, is named event.c, and can be unloaded and loaded again."
tree.finish(rule, [*exported(path), *reload_hazards(path), *kept(path), *misnamed(path)])

"""What the command lines of the benchmarks have in common."""

import argparse
import atexit
import os
import pathlib
import shutil
import signal
import sys
import tempfile

from rig import REPOSITORY, tables

from lab.idlers import descriptor_limit


def parser_of(description):
    default = os.environ.get
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5, help="rounds per load (5)")
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement (5)")
    parser.add_argument("--warmup", type=int, default=1, help="seconds of the same load before it (1)")
    parser.add_argument("--factor", default="2", help="AsyncRequestWorkerFactor (2, as by default)")
    parser.add_argument("--module", default=default("MPM_MODULE", REPOSITORY / "build/release/mod_mpm_event.so"),
                        help="ours ($MPM_MODULE, or build/release/mod_mpm_event.so)")
    parser.add_argument("--httpd", default=default("MPM_HTTPD", "/usr/sbin/apache2"), help="$MPM_HTTPD, or %(default)s")
    parser.add_argument("--libexec", default=default("MPM_LIBEXEC", "/usr/lib/apache2/modules"),
                        help="the folder of its modules, stock's MPM among them ($MPM_LIBEXEC, or %(default)s)")
    parser.add_argument("--nginx", default=default("MPM_NGINX", REPOSITORY / "build/bench/nginx/usr/sbin/nginx"),
                        help="$MPM_NGINX, or the one that scripts/bench has unpacked")
    return parser


def find_modules(parser, options, names):
    """Sets options.modules: from the name of each server to the file of its MPM, or to the program. Without nginx the
    others can be measured."""
    libexec = pathlib.Path(options.libexec)
    files = {"stock": libexec / "mod_mpm_event.so", "ours": pathlib.Path(options.module).resolve(),
             "worker": libexec / "mod_mpm_worker.so", "nginx": pathlib.Path(options.nginx).resolve()}  # fmt: skip
    options.modules = {name: files[name] for name in names}
    for wanted in (options.httpd, *(file for name, file in options.modules.items() if name != "nginx")):
        if not pathlib.Path(wanted).exists():
            parser.error(f"{wanted} does not exist")
    if not shutil.which("wrk"):
        parser.error("wrk is missing (Debian: apt-get install wrk)")
    if "ours" in names:
        options.modules["ours"] = copied(options.modules["ours"])


def copied(module):
    """A copy that lasts as long as this program: a build meanwhile must not change what is measured. It has the name
    by which profiles know the module."""
    folder = tempfile.TemporaryDirectory(prefix="mpm-bench-module-")
    atexit.register(folder.cleanup)
    return pathlib.Path(shutil.copy(module, pathlib.Path(folder.name, "mod_mpm_event.so")))


def prepare():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that no server is left behind
    descriptor_limit()


def tell(loads, measured, trouble):
    """Prints a table for each load. Ends with 1 if anything failed or had to be left out."""
    for load in loads:
        if measured[load.name]:
            print("\n".join(tables.plain(load, measured[load.name])), end="\n\n")
    if missing := trouble.left_out | trouble.failed:
        sys.exit("\n".join(f"{load}, {name}: {why}" for (load, name), why in missing.items()))

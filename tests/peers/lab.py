"""A folder in which one side of one suite runs: a copy of httpd's tests, a folder of modules in which the MPM is the
side's own, and a server program that keeps everything inside."""

import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import threading
import time

HTTPD = os.environ.get("MPM_HTTPD", "/usr/sbin/apache2")
APXS = os.environ.get("MPM_APXS", "/usr/bin/apxs")
LIBEXEC = pathlib.Path(os.environ.get("MPM_LIBEXEC", "/usr/lib/apache2/modules"))
MPM = "mod_mpm_event.so"
PATH = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"

# Both suites expect not to be root, and both leave the choice of a user to whoever starts them.
UNPRIVILEGED = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []

# Takes in what the servers leave behind and reaps it at once, as the first process of an ordinary system does. Where the
# first process takes its time, the programs that mod_cgid's daemon leaves at a restart stay zombies, and mod_cgid waits
# for each of them, with a worker, as if it still ran.
REAPER = ["tini", "-s", "--"]

# The variant in which children come and go all the time.
FEW = {
    "StartServers": 1,
    "ServerLimit": 8,
    "ThreadsPerChild": 4,
    "MinSpareThreads": 4,
    "MaxSpareThreads": 8,
    "MaxRequestWorkers": 32,
    "MaxConnectionsPerChild": 11,
}
VARIANTS = {"plain": {}, "few": FEW}

_handed_out = set()
_handing_out = threading.Lock()


def free_ports(count):
    """The first of `count` ports in a row on which nobody listens, below those that the kernel gives to clients. The
    suites take numbers, not sockets, so another program can still come in between; therefore each run of the script
    looks somewhere else first. What is handed out here is not handed out twice."""
    with _handing_out:
        for _ in range(1000):
            first = random.randrange(15000, 32000 - count)
            block = range(first, first + count)
            if _handed_out.isdisjoint(block) and all(map(_is_free, block)):
                _handed_out.update(block)
                return first
    raise RuntimeError("no block of free ports")


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


class Lab:
    """One side of one suite in one variant. `first` are directives before the configuration, which a test can
    override; `last` come after it."""

    def __init__(self, root, module, first, last):
        self.root = pathlib.Path(root)
        self.modules = self.root / "modules"
        self.log = self.root / "output.log"
        self.modules.mkdir(parents=True)
        (self.root / "run").mkdir()
        for path in LIBEXEC.glob("*.so"):
            if path.name != MPM:
                (self.modules / path.name).symlink_to(path)
        # A copy: the user who runs the suite may not be allowed to read where it was built.
        shutil.copy(module, self.modules / MPM)
        base = {"DefaultRuntimeDir": self.root / "run", "PidFile": self.root / "run/httpd.pid", **first}
        self.httpd = self._program("httpd", f"exec {HTTPD} {_options('-C', base)} \"$@\" {_options('-c', last)}")
        self.apxs = self._program("apxs", self._apxs())

    def _apxs(self):
        """Each file of the perl framework asks apxs, a perl program, dozens of times: what it said is kept."""
        answers = self.root / "answers"
        answers.mkdir()
        return f"""\
case "$*" in
"-q LIBEXECDIR") echo {self.modules};;
"-q SBINDIR") echo {self.root};;
"-q PROGNAME" | "-q TARGET") echo httpd;;
"-q "*)
  [ -e "{answers}/$2" ] || {APXS} -q "$2" >"{answers}/$2" || exit
  cat "{answers}/$2";;
*) exec {APXS} "$@";;
esac"""

    def _program(self, name, body):
        path = self.root / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def copy(self, source, name):
        """A copy of a folder of httpd's sources, for the suite to write into."""
        target = self.root / name
        shutil.copytree(source, target, symlinks=True)
        return target

    def hand_over(self):
        """To be called when the folder is furnished: from now on it belongs to the user who runs the suite."""
        if UNPRIVILEGED:
            subprocess.run(["chown", "-R", "nobody:nogroup", self.root], check=True)

    def run(self, command, cwd, seconds, **variables):
        """The exit status of a command, 124 if it took longer than `seconds`. What it printed is in the log."""
        environment = {"PATH": PATH, "HOME": str(self.root), "LC_ALL": "C.UTF-8", "TZ": "UTC", **variables}
        limited = ["timeout", "-k", "10", str(seconds), *UNPRIVILEGED, *REAPER, *map(str, command)]
        with open(self.log, "ab") as log:
            return subprocess.run(
                limited, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            ).returncode

    def processes(self):
        """Those whose command line names this folder: all servers of the suite, since their programs lie in it or
        their configuration does."""
        mine, marker = [], os.fsencode(str(self.root) + "/")
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    if marker in (entry / "cmdline").read_bytes():
                        mine.append(int(entry.name))
                except OSError:
                    continue
        return mine

    def stop(self):
        """Ends what the suite left behind, and says how much that was."""
        left = self.processes()
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.processes():
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    continue
            for _ in range(50):
                if not self.processes():
                    return len(left)
                time.sleep(0.1)
        return len(left)

    def crashes(self):
        """Lines of the error logs on children that ended by a signal nobody sent on purpose."""
        words = ("exit signal Segmentation", "exit signal Abort", "exit signal Bus", "exit signal Illegal")
        found = []
        for path in self.root.rglob("error_log*"):
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [line for line in text.splitlines() if any(word in line for word in words)]
        return found


def _options(letter, directives):
    return " ".join(f"{letter} '{name} {value}'" for name, value in directives.items())

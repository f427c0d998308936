"""Debian's own /etc/apache2, with nothing exchanged but the module file.

In a mount namespace of its own the file that mpm_event.load names *is* the module under test. Where the kernel does not
allow that, the copy of mpm_event.load names it instead.
"""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import proc
from lab.httpd import STOCK
from lab.ports import free_ports
from lab.wait import SANITIZER, eventually

ETC = Path("/etc/apache2")


class DebianTree:
    def __init__(self, module):
        self.root = Path(tempfile.mkdtemp(prefix="mpm-lab-debian-"))
        self.root.chmod(0o755)
        (self.port,) = free_ports(1)
        self.etc = self.root / "apache2"
        shutil.copytree(ETC, self.etc, symlinks=True)
        for folder in ("run", "log", "lock"):
            (self.root / folder).mkdir()
        self._adapt()
        self._enter, self._holder, self._seen = [], None, set()
        self.exchange(module)

    def _adapt(self):
        """A port and folders of its own; everything else stays as Debian has it."""
        for path in [self.etc / "ports.conf", *(self.etc / "sites-available").glob("000-default.conf")]:
            text = re.sub(r"^Listen 80$", f"Listen 127.0.0.1:{self.port}", path.read_text(), flags=re.M)
            path.write_text(text.replace("*:80>", f"*:{self.port}>"))
        envvars = self.etc / "envvars"
        text = re.sub(r"=/var/(run|log|lock)/apache2\$SUFFIX", rf"={self.root}/\1", envvars.read_text())
        if SANITIZER:
            text += f"\nexport LD_PRELOAD={SANITIZER} ASAN_OPTIONS=detect_leaks=0\n"
        envvars.write_text(text)

    def exchange(self, module):
        """From now on this module is what Debian's configuration loads."""
        self.release()
        script = f"mount --bind {module} {STOCK} && echo ready && exec sleep infinity"
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
        self._holder = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if self._holder.stdout.readline() == "ready\n":
            self._enter = ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--"]
            return
        self.release()
        load = self.etc / "mods-available/mpm_event.load"
        load.write_text(re.sub(r"\S+\.so", str(module), load.read_text()))

    def release(self):
        if self._holder:
            self._holder.kill()
            self._holder.wait()
            self._holder.stdout.close()
        self._enter, self._holder = [], None

    def ctl(self, *arguments):
        """apache2ctl of Debian, with this tree."""
        environment = {"PATH": os.environ["PATH"], "APACHE_CONFDIR": str(self.etc), "LANG": "C"}
        environment["APACHE_ENVVARS"] = str(self.etc / "envvars")
        command = [*self._enter, "apache2ctl", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)

    @property
    def pid_file(self):
        return self.root / "run/apache2.pid"

    def pid(self):
        return int(self.pid_file.read_text())

    def log(self):
        path = self.root / "log/error.log"
        return path.read_text() if path.exists() else ""

    def processes(self):
        return proc.mentioning(f"-d {self.etc}")

    def wait_until_gone(self, within=10):
        def gone():
            for pid in self._seen:  # a detached server is our child (see fixtures)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            self._seen |= set(self.processes())
            return not self.processes()

        eventually(gone, within, what="the end of all processes")

    def close(self):
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 15)
        try:
            self.wait_until_gone()
            assert "AddressSanitizer" not in self.log() and "runtime error" not in self.log(), self.log()
        finally:
            self.release()
            shutil.rmtree(self.root, ignore_errors=True)

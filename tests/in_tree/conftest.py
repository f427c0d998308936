"""Tests of the MPM inside httpd's own source tree, which is built as its users build it, but for what takes long:
optimisation, and all that the second build can have from the first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = REPOSITORY / "build/in-tree"
SOURCE = REPOSITORY / "build/httpd-source"
OF_SHARED = "-DONLY_IN_THE_SHARED_BUILD"
"""Changes nothing that is compiled, so that ccache has it."""

KINDS = {"static": [], "shared": ["--enable-mpms-shared=event", f"NOTEST_CXXFLAGS={OF_SHARED}"]}
"""How configure is asked for each build, beside COMMON."""

COMMON = ["--with-mpm=event", "CFLAGS=-O0", "CXXFLAGS=-O0 -g0", f"--cache-file={WORK / 'config.cache'}"]
"""Not optimised, which takes half the time; the second one need not find out again what the first one did."""

MODULES = "alias authz_core cgid dir env info mime setenvif status unique_id headers"
"""What the chosen system tests load."""

LINKED_IN = "log_config logio unixd version"
"""As in Debian's httpd."""

CACHING = {**os.environ, "PATH": "/usr/lib/ccache:" + os.environ["PATH"], "CCACHE_DIR": f"{REPOSITORY}/build/ccache"}
"""Both builds compile the same; where there is ccache, only the first one does."""

ALIKE = "LTCFLAGS=-prefer-pic -static"
"""Also what is linked in is compiled as for a shared library, so that it is the same."""

BY_SH = f"LIBTOOL=/bin/sh {subprocess.check_output(['apr-1-config', '--apr-libtool'], text=True).strip()}"
"""It asks for bash, and needs none: Debian's sh takes two thirds of the time."""

BY_COREUTILS = "INSTALL_DATA=install -m 644"
"""httpd starts libtool and a script for each header."""

# Debian's patches take both from its build.
DEBIANS = """CPPFLAGS=-DPLATFORM='"Debian"' -DBUILD_DATETIME='"unknown"'"""


class Tree:
    """A copy of httpd's source with our MPM in it."""

    def __init__(self, root):
        self.root = root
        self.mpm = root / "server/mpm/event"

    def run(self, log, *command):
        """Runs a command in the tree; what it printed goes to the file `log`, and is returned."""
        path = WORK / log
        with open(path, "w") as output:
            done = subprocess.run(command, cwd=self.root, env=CACHING, stdout=output, stderr=output,
                                  stdin=subprocess.DEVNULL)  # fmt: skip
        said = path.read_text(errors="replace")
        assert done.returncode == 0, f"{command[0]} failed, see {path}:\n{said[-3000:]}"
        return said

    def files_of_mpm(self):
        return {path.relative_to(self.mpm).as_posix() for path in self.mpm.rglob("*") if path.is_file()}


class Httpd:
    """An installed httpd, and what its build said."""

    def __init__(self, tree, kind):
        self.kind = kind
        self.prefix = WORK / kind
        self.said_by_configure = tree.run(
            f"{kind}.configure.log", "./configure", f"--prefix={self.prefix}", *COMMON, *KINDS[kind],
            "--with-apr=/usr/bin/apr-1-config", "--with-apr-util=/usr/bin/apu-1-config", "--enable-modules=none",
            "--enable-so", f"--enable-mods-static={LINKED_IN}", f"--enable-mods-shared={MODULES}", DEBIANS,
        )  # fmt: skip
        self.said_by_make = tree.run(f"{kind}.make.log", "make", "-s", f"-j{os.cpu_count()}", ALIKE, BY_SH)
        tree.run(f"{kind}.install.log", "make", "-s", "install", BY_COREUTILS, BY_SH)

    @property
    def module(self):
        return self.prefix / "modules/mod_mpm_event.so"

    def answer(self, question):
        """What httpd says to -V or -l, with its own configuration: patched by Debian, it looks elsewhere."""
        command = [self.prefix / "bin/httpd", "-f", self.prefix / "conf/httpd.conf", question]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def system_tests(self, *names):
        """Runs these files of tests/system on this httpd."""
        environment = {
            **os.environ,
            "MPM_HTTPD": str(self.prefix / "bin/httpd"),
            "MPM_LIBEXEC": str(self.prefix / "modules"),
            "MPM_APXS": str(self.prefix / "bin/apxs"),
            "MPM_MODULE": "static" if self.kind == "static" else str(self.module),
        }
        files = [REPOSITORY / "tests/system" / f"test_{name}.py" for name in names]
        pytest_on = [sys.executable, "-m", "pytest", "-v", "--color=no"]
        command = [*pytest_on, "-n", str(4 * os.cpu_count()), "-m", "not serial", *files]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="session")
def tree():
    source = Path(os.environ.get("MPM_HTTPD_SOURCE", SOURCE))
    if not source.exists():
        subprocess.run([REPOSITORY / "scripts/debian-source", "apache2", source], check=True, timeout=300)
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(source, WORK / "tree", symlinks=True)
    tree = Tree(WORK / "tree")
    subprocess.run([REPOSITORY / "scripts/into-httpd", tree.root], check=True, timeout=60)
    tree.run("buildconf.log", "./buildconf", "--with-apr=apr-1-config")
    return tree


@pytest.fixture(scope="session", params=KINDS)
def httpd(request, tree):
    """Built in the one tree, one after the other, with `make distclean` between."""
    before = tree.files_of_mpm()
    yield Httpd(tree, request.param)
    tree.run(f"{request.param}.distclean.log", "make", "-s", "distclean")
    assert tree.files_of_mpm() == before, "make distclean left something of the MPM's, or took it away"

"""What the README tells a newcomer to type: scripts/run, cmake --install, a2enmod."""

import contextlib
import fcntl
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import termios
import urllib.request
from pathlib import Path

import pytest
from lab import proc
from lab.httpd import DEBIANS_HTTPD, HTTPD, OURS, REPOSITORY
from lab.ports import free_ports
from lab.wait import SANITIZER, eventually

RUN = REPOSITORY / "scripts/run"
RELEASE = REPOSITORY / "build/release/mod_mpm_event.so"

RELEASED = pytest.mark.skipif(
    bool(SANITIZER) or not RELEASE.exists(), reason="scripts/run runs the release preset; to build it takes too long"
)

pytestmark = pytest.mark.skipif(HTTPD != DEBIANS_HTTPD, reason="another httpd than Debian's is tested")


@pytest.fixture
def folder():
    """A temporary folder that the user httpd drops to may enter."""
    made = tempfile.mkdtemp(prefix="mpm-lab-")
    os.chmod(made, 0o755)
    yield Path(made)
    shutil.rmtree(made)


def sit_at_the_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored if these tests were started in the background


@contextlib.contextmanager
def in_a_terminal(command, environment):
    """The command in a terminal of its own: (process, the terminal's other end)."""
    keyboard, screen = pty.openpty()
    process = subprocess.Popen(
        command, env=environment, stdin=screen, stdout=screen, stderr=screen, start_new_session=True,
        preexec_fn=sit_at_the_terminal,
    )  # fmt: skip
    os.close(screen)
    try:
        yield process, keyboard
    finally:
        process.terminate()
        process.wait(20)
        os.close(keyboard)


class Screen:
    """What a terminal has shown so far."""

    def __init__(self, keyboard):
        self.keyboard, self.text = keyboard, ""
        os.set_blocking(keyboard, False)

    def shows(self, sentence):
        with contextlib.suppress(BlockingIOError, OSError):
            self.text += os.read(self.keyboard, 65536).decode(errors="replace")
        return sentence in self.text


def asked(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return answer.read().decode()


@RELEASED
def test_run_serves_the_live_page_until_ctrl_c_and_leaves_nothing(folder):
    (port,) = free_ports(1)
    environment = {**os.environ, "PORT": str(port), "TMPDIR": str(folder)}
    with in_a_terminal([RUN], environment) as (process, keyboard):
        screen = Screen(keyboard)
        eventually(lambda: screen.shows("Ctrl-C ends it."), 60, what="the addresses on the screen")
        assert f"http://127.0.0.1:{port}/" in screen.text
        server = int(re.search(r"process (\d+)", screen.text)[1])
        assert str(RELEASE) in proc.maps(server)
        assert "/server-status?auto" in asked(port, "/")
        assert "ConnsAsyncKeepAlive: " in asked(port, "/server-status?auto")
        family = [server, *proc.children_of(server)]
        assert len(family) > 2

        os.write(keyboard, b"\x03")
        eventually(lambda: screen.shows("Stopped") or process.poll() is not None, 15, what="the end")
        assert process.wait(15) == 0
    assert [pid for pid in family if proc.alive(pid)] == []
    assert proc.mentioning(str(folder)) == []
    assert list(folder.iterdir()) == []


@RELEASED
def test_run_ends_its_server_when_nobody_reads_what_it_prints(folder):
    (port,) = free_ports(1)
    environment = {**os.environ, "PORT": str(port), "TMPDIR": str(folder)}
    with subprocess.Popen([RUN], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          start_new_session=True) as process:  # fmt: skip
        server = next(int(found[1]) for line in process.stdout if (found := re.search(r"process (\d+)\)", line)))
        family = [server, *proc.children_of(server)]
        process.stdout.close()
        process.terminate()
        process.wait(30)
    assert [pid for pid in family if proc.alive(pid)] == []
    assert list(folder.iterdir()) == []


def test_run_says_that_the_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([RUN], env={**os.environ, "PORT": str(port)}, capture_output=True, text=True, timeout=60,
                              check=False)  # fmt: skip
    assert done.returncode == 1
    assert f"127.0.0.1:{port} already" in done.stderr


def test_install_puts_the_module_below_destdir(folder):
    destination = subprocess.check_output(["apxs", "-q", "LIBEXECDIR"], text=True).strip()
    subprocess.run(["cmake", "--install", OURS.parent], env={**os.environ, "DESTDIR": str(folder)}, check=True,
                   capture_output=True)  # fmt: skip
    installed = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert installed == [Path(destination, "mod_mpm_event.so").relative_to("/")]


def test_our_conf_files_are_what_a2enmod_expects(folder):
    etc = folder / "apache2"
    shutil.copytree("/etc/apache2", etc, symlinks=True)
    for name in ("mpm_event.load", "mpm_event.conf"):
        shutil.copy(REPOSITORY / "conf" / name, etc / "mods-available" / name)
        (etc / "mods-enabled" / name).unlink(missing_ok=True)
    done = subprocess.run(["a2enmod", "mpm_event"], env={**os.environ, "APACHE_CONFDIR": str(etc)}, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    enabled = {path.name for path in (etc / "mods-enabled").glob("mpm_*")}
    assert enabled == {"mpm_event.load", "mpm_event.conf"}

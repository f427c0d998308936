"""One server, from the first answer to the last process: httpd with one MPM, or nginx."""

import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable

from rig import LeftOut, templates
from rig.clients import fetch

from lab import proc
from lab.build import built
from lab.httpd import free_ports
from lab.idlers import FOR_THE_REST, descriptor_limit
from lab.tls import certify

TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass(frozen=True)
class Need:
    """What a load asks of its server.

    connections: how many it holds at once. With the worker MPM a connection holds a thread for as long as it lives; as
    many threads as connections show what there is to reach without any hand-off. factor: AsyncRequestWorkerFactor, if
    not the one of the command line. parts: keys of templates.HTTPD_PARTS or NGINX_PARTS. apart: see apart(). more_slots: for old children.
    spare: MinSpareThreads. prepare: called with the server before it starts.
    """

    connections: int
    children: int = 2
    threads: int = 64
    factor: int = 0
    more_slots: int = 0
    spare: int = 1
    parts: tuple = ()
    apart: bool = False
    prepare: Callable | None = None


def apart(wanted, processor):
    """What to put before a command. With one connection, it depends on where the scheduler happens to put the client
    and the thread that serves it: on one processor a request takes a third of the time that it takes on two. So the
    server has the first one then, and the client the second."""
    return ["taskset", "-c", str(processor)] if wanted and os.cpu_count() > 1 else []


class Server:
    """What httpd and nginx have in common. A subclass writes its configuration and says what command starts it."""

    def __init__(self, options, name, need):
        self.options, self.name, self.need = options, name, need
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="mpm-bench-"))
        self.port, self.other_port = free_ports(2)
        self.environment = dict(os.environ)

    def __enter__(self):
        try:
            self.furnish()
            # If this program is killed, its servers end; a Ctrl-C in the terminal is for this program alone.
            command = ["setpriv", "--pdeathsig", "TERM", *apart(self.need.apart, 0), *self.command()]
            self.process = subprocess.Popen(command, start_new_session=True, env=self.environment)
        except BaseException:
            shutil.rmtree(self.root)
            raise
        try:
            self.wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=30)
        with contextlib.suppress(ProcessLookupError):  # whoever is left, also of a control process that has died
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def furnish(self):
        self.root.chmod(0o755)
        (self.root / "htdocs").mkdir()
        (self.root / "htdocs/1k.txt").write_bytes(b"0123456789abcde\n" * 64)
        (self.root / "htdocs/index.html").write_bytes(b"hello\n")
        with open(self.root / "htdocs/big.bin", "wb") as big:
            big.truncate(64 << 20)
        if "tls" in self.need.parts:
            certify(self)
        if self.need.prepare:
            self.need.prepare(self)
        self.configuration.write_text(self.configured())

    @property
    def out(self):
        """What the servers of the system tests call it."""
        return self.root

    @property
    def configuration(self):
        return self.root / "server.conf"

    def at(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def tls_at(self, path):
        return f"https://127.0.0.1:{self.other_port}{path}"

    def children_now(self):
        return sorted(proc.children_with_zombies(self.process.pid))

    def threads_now(self):
        return [int(thread) for pid in self.children for thread in os.listdir(f"/proc/{pid}/task")]

    def wait_until_up(self):
        """Until so many children as shall be there have all their threads, so that none starts during a measurement."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                fetch(self.port).close()
                if self.complete():
                    self.children = self.children_now()
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name}: no server came up\n{self.log()}")

    def complete(self):
        counts = [proc.threads_of(pid) for pid in self.children_now()]
        return len(counts) == self.need.children and len(set(counts)) == 1 and counts[0] >= self.threads_of_a_child()

    def log(self):
        path = self.root / "error.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def use(self):
        """CPU seconds and context switches of the children so far."""
        self.check_children()
        cpu = sum(proc.cpu_ticks(pid) for pid in self.children) / TICKS
        return cpu, sum(switches_of(pid) for pid in self.children)

    def check_children(self):
        if self.children_now() != self.children or not all(proc.alive(pid) for pid in self.children):
            time.sleep(1.5)  # httpd looks after its children once a second, and then says what happened to them
            last = self.log().strip().rpartition("\n")[2]
            raise RuntimeError(f"a child of {self.name} ended during the measurement: {last}")

    def unaccepted(self, port):
        """Connections in the accept queue of the socket that listens there: ss(8) shows it as its Recv-Q.

        /proc/net/tcp has it too, but lists all connections: with 50,000 that takes longer than may be taken here.
        """
        command = ["ss", "-Hltn", f"sport = :{port}"]
        rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        return sum(int(row.split()[1]) for row in rows)

    def connections(self):
        """How many connections the server still has."""
        return sum(1 for _, _, state, inode in proc.tcp_rows(self.port) if inode and state != proc.LISTENING)

    def resident_kb(self):
        """Memory of the children, once it has stopped changing."""
        before, now = -1, self.resident_now()
        while before != now:
            time.sleep(0.2)
            before, now = now, self.resident_now()
        return now

    def resident_now(self):
        self.check_children()
        return sum(proc.resident_kb(pid) for pid in self.children)

    def restart_gracefully(self):
        self.process.send_signal(self.GRACEFUL)

    def settle(self):
        """Waits until a graceful restart is over: new children, all complete, and no old one left."""
        deadline = time.monotonic() + 30
        while set(self.children_now()) & set(self.children) or not self.complete():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name}: a graceful restart did not end\n{self.log()}")
            time.sleep(0.02)
        self.children = self.children_now()


class Httpd(Server):
    GRACEFUL = signal.SIGUSR1

    def command(self):
        return [self.options.httpd, "-f", self.configuration, "-DFOREGROUND"]

    def threads(self):
        return self.need.threads if self.name != "worker" else max(64, self.need.connections // self.need.children + 8)

    def threads_of_a_child(self):
        return self.threads() + 1

    def configured(self):
        event = self.name != "worker"
        places = dict(root=self.root, port=self.port, other_port=self.other_port, libexec=self.options.libexec)
        if "handlers" in self.need.parts:
            places["lab"] = built("mod_lab")
        factor = self.need.factor or self.options.factor
        return templates.HTTPD.format(
            symbol="mpm_event_module" if event else "mpm_worker_module",
            module=self.options.modules[self.name],
            parts="".join(templates.HTTPD_PARTS[part].format(**places) for part in self.need.parts),
            slots=self.need.children + self.need.more_slots,
            spare=self.need.spare,
            children=self.need.children,
            threads=self.threads(),
            workers=self.need.children * self.threads(),
            most_spare=(self.need.children + 1) * self.threads(),
            factor=f"AsyncRequestWorkerFactor {factor}" if event else "",
            **places,
        )


class Nginx(Server):
    GRACEFUL = signal.SIGHUP

    def furnish(self):
        """Nobody has installed it, and with it what it needs."""
        program = self.options.modules["nginx"]
        if not program.exists():
            raise LeftOut(f"there is no {program}; scripts/bench unpacks one")
        said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
        if missing := re.findall(r"(\S+) => not found", said):
            raise LeftOut(f"nginx needs {', '.join(missing)}, which is not here")
        super().furnish()

    def command(self):
        return [self.options.modules["nginx"], "-p", self.root, "-c", self.configuration, "-e", self.root / "error.log"]

    def threads_of_a_child(self):
        return 1

    def configured(self):
        if unknown := [part for part in self.need.parts if part not in templates.NGINX_PARTS]:
            raise LeftOut(f"nginx has nothing like {', '.join(unknown)}")
        places = dict(root=self.root, port=self.port, other_port=self.other_port)
        limit = descriptor_limit()
        parts = "".join(templates.NGINX_PARTS[part].format(**places) for part in self.need.parts)
        user = "user www-data;" if os.getuid() == 0 else ""
        return templates.NGINX.format(parts=parts, user=user, children=self.need.children,
                                      descriptors=limit, most=limit - FOR_THE_REST, **places)  # fmt: skip


def switches_of(pid):
    """Context switches of all threads of a process so far, of their own will or not."""
    count = 0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            status = (thread / "status").read_text()
            count += sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)
    return count


def server(options, name, need):
    return (Nginx if name == "nginx" else Httpd)(options, name, need)

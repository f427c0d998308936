"""A real apache2 with its own ServerRoot, and everything one may ask it.

Environment: MPM_MODULE the module under test (default build/release/mod_mpm_event.so; "stock": the
server's own; "static": ours, linked into the server); MPM_HTTPD the server binary; MPM_LIBEXEC the
folder of its modules; MPM_APXS its apxs; MPM_POLLSET the pollset that its APR gives; MPM_PRELOAD a
sanitizer runtime to preload; MPM_REPORTS a folder that gets what ThreadSanitizer reports.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from lab import proc, races
from lab.build import built
from lab.client import Client
from lab.config import BASE_MODULES, TEMPLATE
from lab.faults import Faults
from lab.ports import free_ports
from lab.status import Status, process_rows, worker_rows
from lab.wait import SANITIZER, eventually, lag_so_far

REPOSITORY = Path(__file__).resolve().parents[3]
DEBIANS_HTTPD = "/usr/sbin/apache2"
HTTPD = os.environ.get("MPM_HTTPD", DEBIANS_HTTPD)
LIBEXEC = Path(os.environ.get("MPM_LIBEXEC", "/usr/lib/apache2/modules"))
STOCK = LIBEXEC / "mod_mpm_event.so"
REPORTS = os.environ.get("MPM_REPORTS")
POLLSET = os.environ.get("MPM_POLLSET", "epoll")
_NAMED = os.environ.get("MPM_MODULE", REPOSITORY / "build/release/mod_mpm_event.so")
STATIC = _NAMED == "static"
STOCK_AS_OURS = _NAMED == "stock"
OURS = STOCK if STOCK_AS_OURS else Path(HTTPD if STATIC else _NAMED).resolve()
"""The file that holds the MPM under test."""

HAS_STOCK = STOCK_AS_OURS or (not STATIC and STOCK.exists() and STOCK.resolve() != OURS)
"""Whether this httpd can run stock's MPM beside ours: one with ours inside cannot."""

STARTS = {"foreground": ["-DFOREGROUND"], "attached": ["-DNO_DETACH"], "detached": ["-k", "start"]}
"""The modes in which a server is started. Attached is a daemon but for its fork."""

ENDS_WITH_THE_TESTS = ["setpriv", "--pdeathsig", "TERM"]
"""Before a command: SIGTERM comes when the tests are killed. What Python itself could do before it starts a command
takes a copy of the whole process."""


class Httpd:
    def __init__(self, directives="", *, mpm="ours", modules=(), lab_modules=(), ports=1, mode="foreground",
                 environment=None, user="www-data", group="www-data", defines=(), crashes_expected=False,
                 may_be_slow_to_stop=False, faults=False):  # fmt: skip
        self.root = Path(tempfile.mkdtemp(prefix="mpm-lab-"))
        self.root.chmod(0o755)
        for folder in ("run", "logs", "htdocs", "out"):
            (self.root / folder).mkdir()
        (self.root / "out").chmod(0o777)
        if mpm == "stock" and not HAS_STOCK:
            raise unittest.SkipTest("this httpd has no stock MPM to compare with")
        self.module = {"ours": OURS, "stock": STOCK}[mpm]
        self.directives, self.modules, self.lab_modules = directives, modules, lab_modules
        self.mode, self.user, self.group, self.defines = mode, user, group, defines
        self.faults = Faults(self.root, HTTPD) if faults else None
        self.environment = dict(environment or {}) | (self.faults.environment if faults else {})
        self.is_stock = STOCK_AS_OURS or mpm == "stock"
        self.crashes_expected = crashes_expected or self.is_stock  # stock's children crash at some stops
        self.may_be_slow_to_stop = may_be_slow_to_stop or self.is_stock
        self.ports = free_ports(ports)
        self.launcher = ()  # words of a command that becomes the server
        self.process = None
        self.pid = None
        self.exit_code = None
        self._asker = None
        self._seen_pids = set()
        self.put("index.html", b"hello\n")

    # ---- life ----------------------------------------------------------------------------------------------

    @property
    def port(self):
        return self.ports[0]

    @property
    def pid_file(self):
        return self.root / "run/httpd.pid"

    @property
    def out(self):
        """A folder that children may write to."""
        return self.root / "out"

    def command(self, *arguments):
        defines = [word for define in self.defines for word in ("-D", define)]
        return [HTTPD, "-d", str(self.root), "-f", str(self.root / "httpd.conf"), *defines, *arguments]

    def configure(self, directives=None):
        """Writes the configuration; {root}, {out}, {port}, {port1}… in the directives are filled in."""
        if directives is not None:
            self.directives = directives
        names = {"root": self.root, "out": self.out, "port": self.port}
        names |= {f"port{index}": port for index, port in enumerate(self.ports)}
        text = re.sub(r"\{(\w+)\}", lambda m: str(names.get(m[1], m[0])), self.directives)
        modules = {name: LIBEXEC / f"mod_{name}.so" for name in (*BASE_MODULES, *self.modules)}
        modules |= {name.removeprefix("mod_"): built(name) for name in self.lab_modules}
        if not STATIC:
            modules = {"mpm_event": self.module} | modules
        lines = [f'LoadModule {name}_module "{path}"' for name, path in modules.items()]
        listen = "\n".join(f"Listen 127.0.0.1:{port}" for port in self.ports)
        values = dict(root=self.root, user=self.user, group=self.group, listen=listen)
        config = TEMPLATE.format(modules="\n".join(lines), directives=text, **values)
        (self.root / "new.conf").write_text(config)
        (self.root / "new.conf").rename(self.root / "httpd.conf")  # the server may be reading it

    def environ(self):
        own = {key: value.replace("{root}", str(self.root)) for key, value in self.environment.items()}
        environment = {"PATH": os.environ["PATH"], "LANG": "C", **own}
        if SANITIZER:
            preload = [SANITIZER, environment.get("LD_PRELOAD", "")]
            environment["LD_PRELOAD"] = " ".join(filter(None, preload))
            faults = ":handle_segv=0:handle_abort=0:handle_sigbus=0" if self.crashes_expected else ""
            given = os.environ.get("ASAN_OPTIONS", "detect_leaks=0")
            environment["ASAN_OPTIONS"] = f"{given}{faults}:log_path={self.out}/asan"
            environment["UBSAN_OPTIONS"] = f"print_stacktrace=1:log_path={self.out}/ubsan"
            environment["TSAN_OPTIONS"] = f"{races.OPTIONS}{faults}:log_path={self.out}/tsan"
        return environment

    def run(self, *arguments, timeout=30):
        """Runs the server binary with this configuration to its end, e.g. `run("-t")`."""
        self.configure()
        command = self.command(*arguments)
        return subprocess.run(command, env=self.environ(), capture_output=True, text=True, timeout=timeout)

    def start(self):
        self.configure()
        self._launch()
        assert self._came_up(), f"apache2 did not start:\n{self.console()}\n{self.log_tail()}"
        mapped = {Path(path).resolve() for path in proc.maps(self.pid) if path.startswith("/")}
        assert self.module.resolve() in mapped, f"{self.module} is not mapped"
        assert self.is_stock or not HAS_STOCK or STOCK.resolve() not in mapped, "the stock MPM is mapped"
        assert not SANITIZER or Path(SANITIZER).resolve() in mapped, "no sanitizer"
        return self

    def _launch(self):
        self.exit_code = None
        command = self.command(*STARTS[self.mode])
        environment = self.environ()
        if preload := environment.pop("LD_PRELOAD", None):  # for the server, not for what starts it
            command = ["env", f"LD_PRELOAD={preload}", *command]
        with open(self.root / "logs/console", "ab") as console:
            self.process = subprocess.Popen(
                [*ENDS_WITH_THE_TESTS, *self.launcher, *command], env=environment, cwd=self.root, stdin=subprocess.DEVNULL,
                stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip
        if self.mode != "detached":
            self.pid = self.process.pid
            return
        assert self.process.wait(20) == 0, f"-k start failed:\n{self.console()}\n{self.log_tail()}"
        self.pid = eventually(lambda: int(self.pid_file.read_text()), 10, what="a pid file")

    def _came_up(self):
        def answering():
            if self.ended():
                return "ended"
            with Client(self.port, timeout=5) as client:
                return client.get("/", close=True).status == 200 and "up"

        return eventually(answering, 20, every=0.01, what="an answer from the server") == "up"

    def ended(self):
        """Reaps the parent if it is gone; remembers its exit code (negative: the signal)."""
        if self.exit_code is not None:
            return True
        if self.mode != "detached":
            self.exit_code = self.process.poll()
        else:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code is not None

    def wait_for_end(self, within=10):
        """The exit code of the parent."""
        eventually(self.ended, within, what="the end of the parent process")
        return self.exit_code

    def send_signal(self, number):
        os.kill(self.pid, number)

    def stop(self, how=signal.SIGTERM, within=10):
        self.forget_asker()
        self.send_signal(how)
        return self.wait_for_end(within)

    def close(self):
        """Ends the server; returns what was wrong with it, as a list of sentences."""
        wrong = []
        self.forget_asker()
        if self.pid and not self.ended():
            self.processes_seen()
            with contextlib.suppress(OSError):
                self.send_signal(signal.SIGTERM)
            try:
                self.wait_for_end(15)
            except AssertionError:
                wrong.append("the parent did not end within 15 s of SIGTERM")
                os.kill(self.pid, signal.SIGKILL)
                self.wait_for_end(5)
        try:
            eventually(lambda: not self.processes(), 3)
        except AssertionError:
            wrong.append(f"processes left behind: {self.processes()}")
            for pid in self.processes():
                os.kill(pid, signal.SIGKILL)
        for pid in self._seen_pids:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if segments := proc.shared_segments(self._seen_pids | {self.pid}):
            wrong.append(f"shared memory left behind: {segments}")
        self._keep_reports()
        return wrong + self._bad_news()

    def _bad_news(self):
        log = self.console() + self.log_text()
        for report in [*self.out.glob("asan*"), *self.out.glob("ubsan*")]:
            log += report.read_text(errors="replace")
        signs = {
            "ERROR: AddressSanitizer": "AddressSanitizer found something",
            "runtime error": "UBSan found something",
            "AH03455": "a slot that should be empty is in use",
        }
        if not self.crashes_expected:
            signs |= dict.fromkeys(("AH00051", "AH00052"), "a child crashed")
        if not self.may_be_slow_to_stop and lag_so_far() < 1:
            signs |= {"AH00045": "a child had to be asked twice", "AH00046": "a child had to be killed"}
        lines = log.splitlines()
        bad = [f"{meaning}: {line}" for sign, meaning in signs.items() for line in lines if sign in line]
        bad += [f"ThreadSanitizer found something: {report.text}" for report in self._races() if not report.known]
        return bad[:5]

    def _races(self):
        """What ThreadSanitizer reported; of a stock MPM that is there for comparison, nothing."""
        return [] if self.is_stock and not STOCK_AS_OURS else list(races.reports(self.out))

    def _keep_reports(self):
        """For who wants to see all of a run together."""
        if REPORTS and self._races():
            for path in self.out.glob("tsan.*"):
                shutil.copy(path, Path(REPORTS) / f"{path.name}.{self.root.name}")

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)

    # ---- processes -----------------------------------------------------------------------------------------

    def processes(self):
        return proc.mentioning(f"-d {self.root} ")

    def children(self):
        found = proc.children_of(self.pid)
        self._seen_pids.update(found)
        return found

    processes_seen = children

    def child(self):
        (only,) = self.children()
        return only

    def holds(self, client):
        """Whether a process of the server still has the socket of this client open."""
        return proc.has_server_end(client.server_port, client.port)

    def lets_in(self):
        """Whether a child waits for new connections: its pollset has a listening socket."""
        listening = {inode for port in self.ports for _, _, state, inode in proc.tcp_rows(port) if state == proc.LISTENING}
        return any(proc.polled_inodes(child) & listening for child in self.children())

    def sockets_held(self):
        """How many connections to the server's ports are open in some process of it."""
        rows = [row for port in self.ports for row in proc.tcp_rows(port)]
        living = sum(1 for _, _, state, inode in rows if inode and state != proc.LISTENING)
        return living + sum(proc.ended_but_open(child) for child in self.children())

    def quiet(self):
        """Waits until nobody is connected; the asker goes too."""
        self.forget_asker()
        eventually(lambda: self.sockets_held() == 0, what="the end of all connections")
        return self

    def ready(self, workers=None):
        """Waits until all workers (default: of StartServers children) are up."""
        if workers is None:
            values = dict(re.findall(r"^\s*(StartServers|ThreadsPerChild)\s+(\d+)", self.directives, re.M))
            workers = int(values.get("StartServers", 1)) * int(values.get("ThreadsPerChild", 8))

        def up():
            status = self.status()
            return status.IdleWorkers + status.BusyWorkers >= workers

        eventually(up, 10, what=f"{workers} workers")
        return self

    # ---- talking -------------------------------------------------------------------------------------------

    def put(self, name, content):
        path = self.root / "htdocs" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o644)
        os.utime(path, (1e9, 1e9))  # the ETag of a file that is new is a weak one: headers would differ in length
        return content

    def client(self, **options):
        return Client(options.pop("port", self.port), **options)

    def get(self, path="/", **options):
        """One request on a connection of its own."""
        port = options.pop("port", self.port)
        with Client(port) as client:
            return client.get(path, close=True, **options)

    def idle_client(self, path="/", **options):
        """A client whose first request was answered and that is now silent."""
        client = self.client(**options)
        try:
            answer = client.get(path)
        except BaseException:
            client.close()
            raise
        assert answer.status == 200 and not answer.closes(), f"{answer}"
        return client

    def status(self):
        """?auto over the asker's kept-alive connection: the asker is one connection and one busy worker."""
        for attempt in (1, 2):
            try:
                self._asker = self._asker or Client(self.port, timeout=5)
                answer = self._asker.get("/server-status?auto")
                break
            except OSError:
                self.forget_asker()
                if attempt == 2:
                    raise
        assert answer.status == 200, answer
        if answer.closes():
            self.forget_asker()
        return Status.parse(answer.text)

    def forget_asker(self):
        if self._asker:
            self._asker.close()
            self._asker = None

    def page(self):
        return self.get("/server-status").text

    def rows(self):
        return process_rows(self.page())

    def workers(self):
        return worker_rows(self.page())

    # ---- restarting ----------------------------------------------------------------------------------------

    def graceful(self, within=10):
        return self._restart(signal.SIGUSR1, within)

    def restart(self, within=10):
        return self._restart(signal.SIGHUP, within)

    def _restart(self, number, within):
        """Sends the signal and waits until a new generation runs and answers; returns its number.

        An old child answers with its own generation while it accepts; the log says when the new one runs.
        """
        eventually(lambda: self.log_lines("AH00489"), what="AH00489 in the log")
        started = len(self.log_lines("AH00489"))
        self.forget_asker()
        self.send_signal(number)
        eventually(lambda: len(self.log_lines("AH00489")) > started, within, what="AH00489 in the log")

        def answering():
            now = Status.parse(self.get("/server-status?auto").text).generation
            return now == started and now

        return eventually(answering, within, every=0.01, what=f"an answer from generation {started}")

    # ---- logs ----------------------------------------------------------------------------------------------

    @property
    def error_log(self):
        return self.root / "logs/error.log"

    def log_text(self):
        return self.error_log.read_text(errors="replace") if self.error_log.exists() else ""

    def log_lines(self, pattern=""):
        return [line for line in self.log_text().splitlines() if re.search(pattern, line)]

    def log_tail(self, count=40):
        return "\n".join(self.log_text().splitlines()[-count:])

    def console(self):
        path = self.root / "logs/console"
        return path.read_text(errors="replace") if path.exists() else ""

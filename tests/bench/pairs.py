#!/usr/bin/python3
"""Whole-server benchmark in pairs: the same httpd, configuration and traffic, in turn with each MPM.

    tests/bench/pairs.py                                 every load, five rounds of five seconds
    tests/bench/pairs.py --loads 16,512 --pairs 7        two loads, seven rounds
    tests/bench/pairs.py --pairs 1 --seconds 1           does it work at all?
    tests/bench/pairs.py --worker --csv runs.csv         worker as well; every single run to a file

A round measures each server once, on a server started for it, and every other round goes the other way round, so that
a machine that slows down or speeds up favours nobody. Printed are medians, and the median of the ratios to stock
within one round. Nothing else should run on the machine meanwhile.

Loads: a number is so many keep-alive connections without a pause (1: client and server on a processor each); "new" is
64 clients with a connection per request; "blocking" is 64 connections to a handler that sleeps half a millisecond;
"beside" is one connection to a server that computes two long requests for each processor meanwhile, whose processor
time is in the figure; "idle" is the memory of 2000 kept-alive connections after one request each.

"failed" are requests that ended in a closed connection, an error or two seconds of silence. "unaccepted" are clients
that were still in the listening socket's queue halfway through: a server that is full may look fast because it serves
the same clients over and over. --factor says how many it takes.

Needs wrk, an httpd and its modules; see --help for where they are looked for.
"""

import argparse
import contextlib
import csv
import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent import futures

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/system"))
from lab.build import built  # noqa: E402
from lab.wrk import Wrk, failed  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
LOADS = ("1", "16", "64", "512", "1000", "new", "blocking", "beside", "idle")
CLIENTS = {"new": 64, "blocking": 64, "beside": 1}
IDLE_CONNECTIONS = 2000

# Two children, no more and no less: what is measured is how they serve, not how they come and go.
CONFIGURATION = """\
ServerRoot {root}
DefaultRuntimeDir {root}
PidFile {root}/httpd.pid
ServerName localhost
Listen 127.0.0.1:{port} http
LoadModule {symbol} {module}
<IfModule !mod_unixd.c>
  LoadModule unixd_module {libexec}/mod_unixd.so
</IfModule>
LoadModule authz_core_module {libexec}/mod_authz_core.so
{handlers}
User www-data
Group www-data
ErrorLog {root}/error.log
LogLevel warn
Timeout 60
KeepAlive On
KeepAliveTimeout 300
MaxKeepAliveRequests 0
EnableMMAP Off
ServerLimit 2
StartServers 2
ThreadLimit {threads}
ThreadsPerChild {threads}
MaxRequestWorkers {workers}
MinSpareThreads 1
MaxSpareThreads {workers}
{factor}
DocumentRoot {root}/htdocs
<Directory />
  AllowOverride None
  Require all granted
</Directory>
"""

# For the loads that are not about files; from the system tests.
HANDLERS = """\
LoadModule lab_module {lab}
<Location /sleep>
  SetHandler lab-sleep
</Location>
<Location /spin>
  SetHandler lab-spin
</Location>
"""

# What is measured under each kind of load: name, heading, format.
RATES = (
    ("rate", "req/s", "{:.0f}"),
    ("cpu", "CPU us/req", "{:.1f}"),
    ("switches", "switches/req", "{:.2f}"),
    ("p99", "p99 ms", "{:.2f}"),
    ("failed", "failed", "{:.0f}"),
    ("unaccepted", "unaccepted", "{:.0f}"),
)
COUNTS = ("failed", "unaccepted")  # of which nobody wants to know the ratio
MEMORY = (("memory", "kB/idle conn", "{:.2f}"),)


def clients(load):
    return CLIENTS[load] if load in CLIENTS else int(load)


def metrics(load):
    return MEMORY if load == "idle" else RATES


def apart(load, processor):
    """What to put before a command. With one connection, it depends on where the scheduler happens to put the client and
    the thread that serves it: on one processor a request takes a third of the time that it takes on two. So the server
    has the first one then, and the client the second."""
    return ["taskset", "-c", str(processor)] if load == "1" and os.cpu_count() > 1 else []


class Server:
    """One httpd with one MPM, from the first answer to the last process."""

    def __init__(self, options, name, load):
        self.options, self.name, self.load = options, name, load
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="mpm-bench-"))
        self.port = free_port()

    def __enter__(self):
        self.root.chmod(0o755)
        (self.root / "htdocs").mkdir()
        (self.root / "htdocs/1k.txt").write_bytes(b"0123456789abcde\n" * 64)
        configuration = self.root / "httpd.conf"
        configuration.write_text(self.configuration())
        command = [*apart(self.load, 0), self.options.httpd, "-f", configuration, "-DFOREGROUND"]
        self.process = subprocess.Popen(command, start_new_session=True)  # a Ctrl-C is for this program alone
        try:
            self.children = self.wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.root)

    def configuration(self):
        event = self.name != "worker"
        # With the worker MPM a connection holds a thread for as long as it lives: as many threads as connections show
        # what there is to reach without any hand-off.
        connections = 0 if self.load == "idle" else clients(self.load)
        threads = 64 if event else max(64, connections // 2 + 8)
        # All idle connections must fit.
        factor = IDLE_CONNECTIONS // 64 if self.load == "idle" else self.options.factor
        return CONFIGURATION.format(
            root=self.root,
            port=self.port,
            symbol="mpm_event_module" if event else "mpm_worker_module",
            module=self.options.modules[self.name],
            libexec=self.options.libexec,
            handlers=HANDLERS.format(lab=built("mod_lab")) if self.load in ("blocking", "beside") else "",
            threads=threads,
            workers=2 * threads,
            factor=f"AsyncRequestWorkerFactor {factor}" if event else "",
        )

    @property
    def url(self):
        return self.at("/sleep?us=500" if self.load == "blocking" else "/1k.txt")

    def at(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def wait_until_up(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            pids = children_of(self.process.pid)
            with contextlib.suppress(OSError):
                fetch(self.port).close()
                # Each thread is counted, so that none is started during the measurement.
                if len(pids) == 2 and len({len(threads_of(pid)) for pid in pids}) == 1:
                    return pids
            time.sleep(0.05)
        log = self.root / "error.log"
        sys.exit(f"{self.name}: no server came up\n{log.read_text() if log.exists() else ''}")

    def use(self):
        """CPU seconds and context switches of the children so far."""
        if children_of(self.process.pid) != self.children:
            sys.exit(f"{self.name}: a child ended during the measurement")
        cpu = switches = 0
        for pid in self.children:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            cpu += int(fields[11]) + int(fields[12])
            for thread in threads_of(pid):
                with contextlib.suppress(OSError):
                    status = (thread / "status").read_text()
                    switches += sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)
        return cpu / TICKS, switches

    def unaccepted(self):
        """Connections in the accept queue of the listening socket (proc(5), net/tcp: its rx_queue)."""
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(f":{self.port:04X}") and fields[3] == "0A":
                return int(fields[4].partition(":")[2], 16)
        return 0

    def resident_kb(self):
        """Memory of the children, once it has stopped changing."""
        before, now = -1, self.resident_now()
        while before != now:
            time.sleep(0.2)
            before, now = now, self.resident_now()
        return now

    def resident_now(self):
        total = 0
        for pid in self.children:
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1])
        return total


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children_of(pid):
    return sorted(int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def threads_of(pid):
    return list(pathlib.Path(f"/proc/{pid}/task").iterdir())


def fetch(port):
    """One request on a new connection, which stays open."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = b""
    while len(answer.partition(b"\r\n\r\n")[2]) < 1024:
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionError(f"closed in the middle of the answer: {answer[:200]!r}")
        answer += piece
    return connection


def run_wrk(server, seconds):
    options = {"before": apart(server.load, 1), "anew": server.load == "new"}
    with Wrk(server.url, clients(server.load), seconds, **options) as wrk:
        time.sleep(seconds / 2)
        unaccepted = server.unaccepted()
        return {**wrk.result(), "unaccepted": unaccepted}


@contextlib.contextmanager
def computing(server):
    """While this lasts, the server has two requests for each processor that compute for a second, again and again."""
    count = 2 * os.cpu_count()
    command = ["wrk", "-t1", f"-c{count}", "-d1h", "--timeout", "30s", server.at("/spin?ms=1000")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as wrk:
        try:
            yield
        finally:
            wrk.kill()


def measure_beside(server, options):
    with computing(server):
        return measure_rate(server, options)


def measure_rate(server, options):
    run_wrk(server, options.warmup)
    cpu, switches = server.use()
    got = run_wrk(server, options.seconds)
    cpu_after, switches_after = server.use()
    requests = max(1, got["requests"])
    return {
        "rate": got["requests"] * 1e6 / got["us"],
        "cpu": (cpu_after - cpu) * 1e6 / requests,
        "switches": (switches_after - switches) / requests,
        "p99": got["p99_us"] / 1e3,
        "failed": failed(got),
        "unaccepted": got["unaccepted"],
        **{f"failed_{kind}": count for kind, count in got["failed"].items()},
    }


def measure_memory(server, _options):
    with futures.ThreadPoolExecutor(64) as clients:
        for connection in clients.map(fetch, [server.port] * 256):  # so that every worker has worked
            connection.close()
        before = server.resident_kb()
        connections = list(clients.map(fetch, [server.port] * IDLE_CONNECTIONS))
        after = server.resident_kb()
    for connection in connections:
        connection.close()
    return {"memory": (after - before) / IDLE_CONNECTIONS}


MEASURES = {"idle": measure_memory, "beside": measure_beside}


def measure(options, name, load):
    with Server(options, name, load) as server:
        return MEASURES.get(load, measure_rate)(server, options)


def measure_rounds(options, load):
    """One dictionary per round, from server to result."""
    names = [name for name in options.modules if not (load == "idle" and name == "worker")]
    rounds = []
    for number in range(options.pairs):
        results = {}
        for name in names if number % 2 == 0 else reversed(names):
            results[name] = measure(options, name, load)
            figures = "  ".join(f"{head} {form.format(results[name][key])}" for key, head, form in metrics(load))
            print(f"  {load:>8}  round {number + 1}/{options.pairs}  {name:<7}{figures}", file=sys.stderr, flush=True)
        rounds.append(results)
    return rounds


def ratio(rounds, name, key):
    """The median of name/stock within the rounds, or nothing to say."""
    found = [r[name][key] / r["stock"][key] for r in rounds if r["stock"][key] > 0]
    return f"x{statistics.median(found):.2f}" if found and name != "stock" else ""


def table(load, rounds):
    heads = ["load", "server"]
    for _key, head, _form in metrics(load):
        heads += [head, ""]
    rows = [heads]
    for name in rounds[0]:
        row = [load if name == "stock" else "", name]
        for key, _head, form in metrics(load):
            row += [form.format(statistics.median(r[name][key] for r in rounds)),
                    "" if key in COUNTS else ratio(rounds, name, key)]
        rows.append(row)
    widths = (10, 8, *[width for _ in metrics(load) for width in (13, 7)])
    for row in rows:
        left = "".join(cell.ljust(width) for cell, width in zip(row[:2], widths))
        yield (left + "".join(cell.rjust(width) for cell, width in zip(row[2:], widths[2:]))).rstrip()


def write_csv(path, measured):
    keys = sorted({key for rounds in measured.values() for r in rounds for result in r.values() for key in result})
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["load", "round", "server", *keys])
        for load, rounds in measured.items():
            for number, results in enumerate(rounds, 1):
                for name, result in results.items():
                    out.writerow([load, number, name, *[result.get(key, "") for key in keys]])


def parse_options():
    default = os.environ.get
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5, help="rounds per load (5)")
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement (5)")
    parser.add_argument("--warmup", type=int, default=1, help="seconds of the same load before it (1)")
    parser.add_argument("--loads", default=",".join(LOADS), help=f"of {', '.join(LOADS)}, or any other number")
    parser.add_argument("--factor", default="2", help="AsyncRequestWorkerFactor (2, as by default)")
    parser.add_argument("--module", default=default("MPM_MODULE", REPOSITORY / "build/release/mod_mpm_event.so"),
                        help="ours ($MPM_MODULE, or build/release/mod_mpm_event.so)")
    parser.add_argument("--worker", action="store_true", help="measure httpd's worker MPM too, with a thread for "
                        "each connection")
    parser.add_argument("--httpd", default=default("MPM_HTTPD", "/usr/sbin/apache2"), help="$MPM_HTTPD, or %(default)s")
    parser.add_argument("--libexec", default=default("MPM_LIBEXEC", "/usr/lib/apache2/modules"),
                        help="the folder of its modules, stock's MPM among them ($MPM_LIBEXEC, or %(default)s)")
    parser.add_argument("--csv", help="write every single measurement to this file")
    options = parser.parse_args()
    options.loads = options.loads.split(",")
    for load in options.loads:
        if load not in LOADS and not (load.isdigit() and int(load) > 0):
            parser.error(f"{load}: not a load")
    libexec = pathlib.Path(options.libexec)
    options.modules = {"stock": libexec / "mod_mpm_event.so", "ours": pathlib.Path(options.module).resolve()}
    if options.worker:
        options.modules["worker"] = libexec / "mod_mpm_worker.so"
    for wanted in (options.httpd, *options.modules.values()):
        if not pathlib.Path(wanted).exists():
            parser.error(f"{wanted} does not exist")
    if not shutil.which("wrk"):
        parser.error("wrk is missing (Debian: apt-get install wrk)")
    return options


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that no server is left behind
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    measured = {}
    for load in options.loads:
        measured[load] = measure_rounds(options, load)
        if options.csv:
            write_csv(options.csv, measured)
    for load, rounds in measured.items():
        print("\n".join(table(load, rounds)), end="\n\n")


if __name__ == "__main__":
    main()

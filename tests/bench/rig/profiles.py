"""Where the processors were, by perf(1): the MPM's own part of a request, function by function."""

import collections
import contextlib
import functools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from rig import LeftOut, clients
from rig.idling import ENDED, holding
from rig.loads import CPU, EVENT, Load, Metric, RATE, by_wrk, with_use
from rig.servers import Need

HERTZ = 1999
MODULE = "mod_mpm_event.so"
LOCK_WAITS = re.compile(r"lll_lock_w")  # glibc's, for who has to wait and whom to wake (Debian: libc6-dbg)
FUTEX = re.compile(r"(^|_)futex(_|$)")  # the kernel's part of the same
FRAME = re.compile(r"^\s+[0-9a-f]+ (.*) \((.*)\)$", re.MULTILINE)  # function and file
OWN = Metric("own", "MPM's own us/req", "{:.3f}")
LOCKING = Metric("locking", "lock waits, % of CPU", "{:.2f}", rated=False)


class Profile:
    """Samples of all processors while its block lasts; those of other processes are not looked at.

    stacks: with the calls that led there.
    """

    def __init__(self, stacks=False):
        self._options = ["-g"] if stacks else []
        if not shutil.which("perf"):
            raise LeftOut("perf is missing (Debian: linux-perf)")
        self._folder = tempfile.TemporaryDirectory(prefix="mpm-bench-perf-")
        self._file = pathlib.Path(self._folder.name, "perf.data")

    def __enter__(self):
        """Returns when perf samples: it may take its time to start."""
        (theirs, ours), (answers, acknowledge) = os.pipe(), os.pipe()
        command = ["perf", "record", "-q", "-a", "-e", "cpu-clock", "-F", str(HERTZ), "-o", self._file, *self._options,
                   "--delay=-1", f"--control=fd:{theirs},{acknowledge}"]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                         pass_fds=(theirs, acknowledge))  # fmt: skip
        os.close(theirs)
        os.close(acknowledge)
        self._pipes = (ours, answers)  # perf fails if one is closed
        try:
            with contextlib.suppress(BrokenPipeError):
                os.write(ours, b"enable\n")
                os.read(answers, 1)  # nothing comes if perf has ended
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._complaint = self._process.communicate()[1]
        for pipe in self._pipes:
            os.close(pipe)

    def samples(self, threads):
        """(file, function) -> how many of the samples of these threads were in it."""
        return self._count(functions_of, threads, "report", "--sort", "pid,dso,symbol", "-n", "-q", "--stdio", "-t", "|")

    def stacks(self, threads):
        """(file, functions), the innermost first -> how many of the samples of these threads were there."""
        return self._count(stacks_of, threads, "script", "-F", "tid,ip,sym,dso")

    def _count(self, what, threads, *command):
        """`what` finds pairs of what was seen and how often in what this command of perf's says."""
        with self._folder:
            perf = ["perf", *command, "-i", self._file]
            said = subprocess.run(perf, capture_output=True, text=True, check=False)
        found = collections.Counter()
        for seen, times in what(said.stdout, {str(thread) for thread in threads}):
            found[seen] += times
        if not found:
            raise LeftOut(f"perf saw nothing: {(self._complaint or said.stderr).strip()[:200]}")
        return found


def functions_of(report, threads):
    """perf's "pid" is the number of the thread."""
    for line in report.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) >= 5 and fields[2].partition(":")[0] in threads:
            yield (fields[3], re.sub(r"^\[.\] ", "", fields[4])), int(fields[1])


def stacks_of(script, threads):
    """A paragraph for each sample: its thread, and a line for each call."""
    for sample in script.split("\n\n"):
        thread, *calls = sample.split("\n")
        if thread.strip() in threads and (frames := FRAME.findall("\n".join(calls))):
            yield (frames[0][1], tuple(function for function, _ in frames)), 1


def lock_waits(samples):
    """How many samples were in what waits for locks, and wakes who waits: glibc's functions and the kernel's."""
    kernel = {name: count for (file, name), count in samples.items() if file.startswith("[kernel")}
    glibc = sum(count for (_, name), count in samples.items() if LOCK_WAITS.search(name))
    if not glibc and all(name.startswith("0x") for name in kernel):
        raise LeftOut("perf knows the functions of neither glibc (Debian: libc6-dbg) nor the kernel (kptr_restrict)")
    return glibc + sum(count for name, count in kernel.items() if FUTEX.search(name))


def own_cost(server, options, *, active, idle):
    """The CPU time of a request, divided as the samples are: what the MPM's own code took, and waits for locks."""
    with clients.idlers(server, idle) as idlers:
        by_wrk(server, max(1, options.warmup), connections=active)
        with Profile() as profile:
            got = with_use(server, lambda: by_wrk(server, options.seconds, connections=active))
    samples = profile.samples(server.threads_now())
    each = got["cpu"] / samples.total()
    own = {name: count for (file, name), count in samples.most_common() if file == MODULE}
    locking = 100 * lock_waits(samples) / samples.total()
    listed = {name: count * each for name, count in own.items()}
    return {**got, "own": sum(own.values()) * each, "locking": locking, "ended": idlers.ended, "list": listed}


def growth(name, says, need, active, idle):
    measure = functools.partial(own_cost, active=active, idle=idle)
    return Load(name, says, need, measure, (OWN, LOCKING, CPU, RATE, ENDED), EVENT)


def by_threads(threads):
    need = Need(64, threads=threads, factor=64 // threads + 2)
    return growth(f"threads-{threads}", f"64 keep-alive connections, {threads} threads in each child", need, 64, 0)


def by_connections(count, active=10):
    says = f"{active} keep-alive connections" + (f" beside {count - active} idle ones" if count > active else "")
    return growth(f"conns-{count}", says, holding(active, count - active), active, count - active)

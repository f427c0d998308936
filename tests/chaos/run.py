#!/usr/bin/python3
"""Load, slow and hostile clients, restarts, kills and changes of limits, all at once, for a chosen time.

    tests/chaos/run.py                           a minute with a seed that is printed
    tests/chaos/run.py --seed 7 --seconds 60     the same steps at the same times again
    tests/chaos/run.py --seeds 1-20              a minute for each
    tests/chaos/run.py --late                    with calls of the server that take a while now and then
    MPM_MODULE=stock tests/chaos/run.py          what stock makes of it

The status is 0 only if each request had its whole answer or a clean refusal, the status page agreed with the kernel
whenever the server was at rest, and nothing was left behind. What is allowed to break a connection stands in breaks.py,
what is looked at in invariants.py. The server is chosen by the variables of the system tests.
"""

import argparse
import contextlib
import multiprocessing
import pathlib
import queue
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))

import invariants  # noqa: E402
from actions import Actions  # noqa: E402
from breaks import Breaks, was_refused  # noqa: E402
from lags import Lags  # noqa: E402
from schedule import SERVER_LIMIT, THREAD_LIMIT, plan  # noqa: E402
from visitors import PATIENCE, Pace, digest_of, visit  # noqa: E402

from lab import late, proc, tls, wait  # noqa: E402
from lab.config import SLEEP  # noqa: E402
from lab.httpd import Httpd  # noqa: E402
from lab.sites import big_file  # noqa: E402
from lab.wait import eventually  # noqa: E402

PROCESSES, VISITORS = 3, 8
"""Processes of clients, and clients in each."""

FIXED = SLEEP + tls.HTTPS + f"ServerLimit {SERVER_LIMIT}\nThreadLimit {THREAD_LIMIT}\nLogLevel info mpm_event:debug\n"
AT_FIRST = (
    "StartServers 2\nThreadsPerChild 8\nMaxRequestWorkers 16\nMinSpareThreads 16\nMaxSpareThreads 32\n"
    "MaxConnectionsPerChild 0\nMaxKeepAliveRequests 0\nKeepAliveTimeout 5\n"
)


@dataclass(frozen=True)
class Site:
    """What visitors know of the server."""

    port: int
    tls_port: int
    digests: dict


@dataclass
class Outcome:
    steps: Counter
    done: list
    """The steps in words, with their time."""
    counts: Counter
    wrong: list
    """What must not be, one sentence each."""
    killed: set
    """Children that were ended on purpose."""
    most_children: int
    lag: float
    """Seconds by which the machine let a sleeper wait too long."""
    excused: int = 0
    late: int = 0
    """Requests that were refused, as far as a late machine can tell."""

    def __str__(self):
        done = ", ".join(f"{count} {name}" for name, count in sorted(self.steps.items()))
        return (f"{self.counts['answered']} answered, {self.counts['refused']} refused, {self.late} more as the machine was "
                f"late, {self.excused} broken by the end of their child, {len(self.wrong)} wrong; at most "
                f"{self.most_children} children; the machine {self.lag:.2f} s late ({done})")  # fmt: skip


def run(seed, seconds, calls_are_late=False):
    server = Httpd(FIXED + AT_FIRST, modules=tls.MODULES, lab_modules=("mod_lab", "mod_labchild"), ports=2,
                   crashes_expected=True, environment=late.environment() if calls_are_late else None)  # fmt: skip
    server.fixed = FIXED
    wait.METER = (lags := Lags()).meter
    try:
        tls.certify(server)
        large = big_file(server, "large.bin", 2 << 20)
        server.start().ready()
        digests = {"/": digest_of(b"hello\n"), "/sleep": digest_of(b"slept\n"), "/large.bin": digest_of(large)}
        outcome = _live(server, Site(server.port, server.ports[1], digests), seed, seconds, lags)
        outcome.wrong += server.close() + invariants.bad_lines(server, outcome.killed)
        if outcome.wrong:
            _keep(seed, outcome, server)
        return outcome
    finally:
        server.close()
        server.remove()
        wait.METER = None
        lags.stop()


def _keep(seed, outcome, server):
    """What was done, and the error log, for whoever wants to know why."""
    path = pathlib.Path(__file__).resolve().parents[2] / f"build/chaos/{seed}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*map(str, outcome.wrong), *outcome.done, server.log_text()]))


def _live(server, site, seed, seconds, lags):
    breaks, wrong = Breaks(), []
    actions = Actions(server, breaks)
    descriptors = _settled(server)
    steps = plan(seed, seconds)
    with _visitors(site, seed) as (pace, results):  # first: what forks has one thread
        with invariants.Watch(server, lags) as watch:
            for step in _in_time(steps):
                if step.name == "calm":
                    _look_at_rest(server, actions, pace, wrong)
                else:
                    actions.do(step)
            actions.finish()
            pace.end()
            results.wait()
            wrong += _afterwards(server, descriptors, invariants.AT_REST_WITHIN + actions.sleep_left())
    return _judge(Outcome(
        steps=Counter(step.name for step in steps),
        done=actions.done,
        counts=results.counts,
        wrong=wrong + watch.wrong[:5] + actions.trouble + results.trouble,
        killed=actions.killed,
        most_children=watch.most,
        lag=lags.worst,
    ), results.failures, breaks, lags)  # fmt: skip


def _judge(outcome, failures, breaks, lags):
    for failure in failures:
        lag = lags.around(failure.failed)
        if was_refused(failure, lag):
            outcome.late += 1
        elif breaks.excuse(failure, lag):
            outcome.excused += 1
        else:
            outcome.wrong.append(str(failure))
    return outcome


class Results:
    """What the visitors say at the end."""

    def __init__(self, answers):
        self._answers = answers
        self.counts, self.failures, self.trouble = Counter(), [], []

    def wait(self):
        for _ in range(PROCESSES):
            try:
                counts, failures, trouble = self._answers.get(timeout=3 * PATIENCE)
            except queue.Empty:
                self.trouble.append("a process of clients hangs")
                return
            self.counts += counts
            self.failures += failures
            self.trouble += trouble


@contextlib.contextmanager
def _visitors(site, seed):
    """Runs the clients; gives their Pace, and what waits for their Results."""
    forking = multiprocessing.get_context("fork")
    pace, answers = Pace(forking), forking.Queue()
    processes = [forking.Process(target=visit, args=(site, pace, f"{seed}.{number}", VISITORS, answers), daemon=True)
                 for number in range(PROCESSES)]  # fmt: skip
    for process in processes:
        process.start()
    try:
        yield pace, Results(answers)
    finally:
        for process in processes:
            process.kill()
            process.join()


def _in_time(steps):
    began = time.monotonic()
    for step in steps:
        time.sleep(max(0.0, began + step.at - time.monotonic()))
        yield step


def _look_at_rest(server, actions, pace, wrong):
    pace.pause()
    try:
        actions.finish()
        eventually(lambda: pace.busy() == 0, PATIENCE, every=0.02, what="the end of all requests")
        invariants.at_rest(server, invariants.AT_REST_WITHIN + actions.sleep_left())
    except AssertionError as trouble:
        wrong.append(f"at rest: {trouble}\n    {invariants.evidence(server)}")
    finally:
        pace.resume()


def _settled(server):
    """The descriptors of the control process, when the server is as it was configured at first."""
    invariants.at_rest(server)
    return len(proc.descriptors(server.pid))


def _afterwards(server, descriptors, within):
    """Everything is as it was before; what is not, in sentences."""
    if server.ended():
        return [f"the server ended with {server.exit_code}:\n{server.console()}{server.log_tail(5)}"]
    server.configure(FIXED + AT_FIRST)
    try:
        server.graceful()
        eventually(lambda: invariants.at_rest(server, within) == 1, within, what="nobody connected")
        eventually(lambda: len(proc.descriptors(server.pid)) == descriptors, 5,
                   what=f"the {descriptors} descriptors of the beginning")  # fmt: skip
    except AssertionError as trouble:
        return [f"afterwards: {trouble}"]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, help="for the same steps again")
    parser.add_argument("--seeds", help="FIRST-LAST, one run after the other")
    parser.add_argument("--late", action="store_true", help="calls of the server take a while now and then")
    parser.add_argument("--seconds", type=float, default=60, help="length of a run (60)")
    options = parser.parse_args()
    seeds = [options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 30)]
    if options.seeds:
        first, last = map(int, options.seeds.split("-"))
        seeds = range(first, last + 1)
    failed = 0
    for seed in seeds:
        outcome = run(seed, options.seconds, options.late)
        print(f"seed {seed}, {options.seconds:g} s: {outcome}", flush=True)
        print("".join(f"  {sentence}\n" for sentence in outcome.wrong[:20]), end="", flush=True)
        failed += bool(outcome.wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""The whole performance matrix: stock event, this MPM, the worker MPM and nginx, in alternation, under every load.

    scripts/bench                            installs and builds what is missing, then everything; more than an hour
    scripts/bench --quick                    one short round of everything, with smaller crowds: does it work at all?
    scripts/bench --only 64,512 --pairs 7    two loads, seven rounds
    scripts/bench --list                     the names of the loads
    scripts/bench --record                   everything, and keep it in docs/performance for later runs to compare with

A round measures each server once, on a server started for it, and every other round goes the other way round. The
report goes to the standard output and, with charts and every single run as CSV, to build/bench. What cannot be
measured here is left out, and the report says why. Nothing else should run on the machine meanwhile.
"""

import dataclasses
import pathlib
import sys

from rig import REPOSITORY, command, idling, loads, locks, profiles, restarting, rounds, slowness
from rig.goals import goals
from rig.report import Report, last_record

RECORD = REPOSITORY / "docs/performance"


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How big the crowds are, and the points of the curves."""

    idle: int = 10_000
    crowd: int = 50_000
    sleepless: int = 1000
    threads: tuple = (8, 32, 128, 512)
    connections: tuple = (10, 100, 1000, 10_000, 50_000)


SMALL = Sizes(idle=500, crowd=2000, sleepless=100, threads=(8, 128), connections=(10, 1000))


def matrix(sizes):
    return [
        *(loads.keep_alive(count) for count in (1, 16, 64, 512, 1000)),
        loads.anew("new", 32),
        loads.tls(64),
        loads.tls(512),
        loads.http2(32, 8),
        loads.idle("idle", sizes.idle),
        idling.crowd("crowd", sizes.crowd),
        idling.wakeups("wakeups", sizes.sleepless),
        slowness.sleepers(64),
        slowness.mixed(64, 200, 20),
        restarting.restart(64),
        *(profiles.by_threads(threads) for threads in sizes.threads),
        *(profiles.by_connections(count) for count in sizes.connections),
        locks.locks(64),
        locks.locks(512),
    ]


def parse_options():
    parser = command.parser_of(__doc__)
    parser.add_argument("--only", metavar="NAME,…", help="only these loads; a name without its number means all such")
    parser.add_argument("--servers", default=",".join(loads.ALL), metavar="NAME,…", help="only these of %(default)s")
    parser.add_argument("--quick", action="store_true", help="one round of one second, and smaller crowds")
    parser.add_argument("--list", action="store_true", help="name the loads and end")
    parser.add_argument("--record", action="store_true", help="keep figures and charts in docs/performance")
    parser.add_argument("--out", type=pathlib.Path, default=REPOSITORY / "build/bench",
                        help="folder for report, charts and runs (build/bench)")
    options = parser.parse_args()
    if options.quick:
        options.pairs, options.seconds, options.warmup = 1, 1, 0
    options.sizes = SMALL if options.quick else Sizes()
    options.loads = chosen(parser, options.only, matrix(options.sizes))
    if options.list:
        print("\n".join(f"{load.name:<14}{load.says}" for load in options.loads))
        sys.exit()
    servers = options.servers.split(",")
    if unknown := set(servers) - set(loads.ALL):
        parser.error(f"no such server: {', '.join(sorted(unknown))}")
    if options.record and (options.quick or options.only or set(servers) != set(loads.ALL)):
        parser.error("a part of the matrix, or a quick one, is no record")
    command.find_modules(parser, options, servers)
    return options


def chosen(parser, only, all_loads):
    wanted = only.split(",") if only else []
    for name in wanted:
        if not any(name in (load.name, load.name.partition("-")[0]) for load in all_loads):
            parser.error(f"{name}: not a load; there are {', '.join(load.name for load in all_loads)}")
    return [load for load in all_loads if not wanted or load.name in wanted or load.name.partition("-")[0] in wanted]


def run(options, report):
    """Measures everything, and returns what the report says. Whatever ends it, that has the loads until then."""
    try:
        for load in options.loads:
            report.measured[load.name] = rounds.measure_load(options, load, report.trouble)
    except KeyboardInterrupt:
        print("Stopped; the report has what was measured until now.", file=sys.stderr)
        sys.exit(130)
    finally:
        text = report.markdown(last_record(RECORD))
        print(text, flush=True)
        report.write(options.out, text)
    return text


def main():
    options = parse_options()
    command.prepare()
    asked = {load.name for load in options.loads}
    report = Report(options, [goal for goal in goals(options.sizes) if goal.load in asked])
    text = run(options, report)
    failed = {name for _, name in report.trouble.failed}
    if options.record and "ours" not in failed:  # the report says in which round another server failed
        report.keep(RECORD, text)
    if failed:
        sys.exit(f"Something failed: {', '.join(sorted(failed))}." + (" No record." if "ours" in failed else ""))


if __name__ == "__main__":
    main()

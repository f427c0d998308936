#!/usr/bin/python3
"""Whole-server benchmark in pairs: the same httpd, configuration and traffic, in turn with each MPM.

    tests/bench/pairs.py                                 every load, five rounds of five seconds
    tests/bench/pairs.py --loads 16,512 --pairs 7        two loads, seven rounds
    tests/bench/pairs.py --pairs 1 --seconds 1           does it work at all?
    tests/bench/pairs.py --worker --csv runs.csv         worker as well; every single run to a file

A round measures each server once, on a server started for it, and every other round goes the other way round, so that
a machine that slows down or speeds up favours nobody. Printed are medians, and the median of the ratios to stock
within one round. Nothing else should run on the machine meanwhile. scripts/bench measures more, and writes a report.

Loads: a number is so many keep-alive connections without a pause (1: client and server on a processor each); "new" is
64 clients with a connection per request; "blocking" is 64 connections to a handler that sleeps half a millisecond;
"beside" is one connection to a server that computes two long requests for each processor meanwhile, whose processor
time is in the figure; "idle" is the memory of 2000 kept-alive connections after one request each.

"failed" are requests that ended in a closed connection, an error or two seconds of silence. "unaccepted" are clients
that were still in the listening socket's queue halfway through: a server that is full may look fast because it serves
the same clients over and over. --factor says how many it takes.

Needs wrk, an httpd and its modules; see --help for where they are looked for.
"""

from rig import command, loads, rounds, tables

LOADS = ("1", "16", "64", "512", "1000", *(load.name for load in loads.SMALL))


def parse_options():
    parser = command.parser_of(__doc__)
    parser.add_argument("--loads", default=",".join(LOADS), help=f"of {', '.join(LOADS)}, or any other number")
    parser.add_argument("--worker", action="store_true", help="measure httpd's worker MPM too, with a thread for "
                        "each connection")
    parser.add_argument("--csv", help="write every single measurement to this file")
    options = parser.parse_args()
    for name in options.loads.split(","):
        if not loads.named(name):
            parser.error(f"{name}: not a load")
    options.loads = [loads.named(name) for name in options.loads.split(",")]
    command.find_modules(parser, options, ("stock", "ours", "worker") if options.worker else ("stock", "ours"))
    return options


def main():
    options = parse_options()
    command.prepare()
    measured, trouble = {}, rounds.Trouble()
    for load in options.loads:
        measured[load.name] = rounds.measure_load(options, load, trouble)
        if options.csv:
            tables.write_csv(options.csv, measured)
    command.tell(options.loads, measured, trouble)


if __name__ == "__main__":
    main()

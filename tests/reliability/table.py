#!/usr/bin/python3
"""What stock loses and ours does not: each situation on both, one after the other, as a table.

    tests/reliability/table.py                    all of it, six minutes
    tests/reliability/table.py --only restarts    the situations with such a name
    tests/reliability/table.py --brief            shorter ones

The status is 0 only if ours kept every promise; a time that it did not keep is marked as such. Which module is ours,
and which server runs it, say the variables of the system tests. Nothing else should run on the machine meanwhile.
"""

import argparse
import contextlib
import dataclasses
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))

import children  # noqa: E402
import load  # noqa: E402
import restarts  # noqa: E402

from lab.httpd import Httpd  # noqa: E402

SITUATIONS = {
    "512 busy clients: requests lost": load.busy_clients(512),
    "1000 busy clients: requests lost": load.busy_clients(1000),
    "30 requests at once, 8 workers: answered": load.all_workers_busy,
    "64 slow readers: a small request meanwhile": load.slow_readers(secure=False),
    "64 slow readers over TLS": load.slow_readers(secure=True),
    "18 restarts under 32 busy clients: requests lost": restarts.under_busy_clients,
    "10 restarts, 40 clients with 5 ms of thought: requests lost": restarts.with_think_time,
    "10 restarts: longest wait of a new request": restarts.longest_wait,
    "10 restarts with buckets, new connections: requests lost": restarts.with_buckets,
    "4 restarts, long requests, ServerLimit 3: new answered / long whole": restarts.long_requests,
    "MaxConnectionsPerChild 200, new connections": children.recycled,
    "a child killed every 300 ms": children.killed,
    "wall clock an hour ahead: idle connections left": children.clock_forward,
    "wall clock an hour back: a timeout of one second": children.clock_backward,
}


@contextlib.contextmanager
def servers(mpm, wrong):
    """Gives serve(directives, prepare=…), whose servers end with the block; `prepare` is called before the start.

    What a server leaves behind is added to `wrong`.
    """
    with contextlib.ExitStack() as ends:

        def serve(directives, prepare=None, **options):
            server = Httpd(directives, mpm=mpm, **options)
            ends.callback(server.remove)
            ends.callback(lambda: wrong.extend(server.close()))
            if prepare:
                prepare(server)
            return server.start().ready()

        yield serve


def see(situation, mpm, brief):
    wrong = []
    with servers(mpm, wrong) as serve:
        seen = situation(serve, brief)
    return dataclasses.replace(seen, text=f"{seen.text}; {wrong}", right=False, clean=False) if wrong else seen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="a part of the situation's name")
    parser.add_argument("--brief", action="store_true")
    options = parser.parse_args()
    kept = True
    print("| Situation | Stock | Ours |\n|---|---|---|", flush=True)
    for name, situation in SITUATIONS.items():
        if options.only in name:
            stock, ours = (see(situation, mpm, options.brief) for mpm in ("stock", "ours"))
            late = "" if ours.in_time else " (late)"
            print(f"| {name} | {stock.text} | {ours.text}{late if ours.right else ' (broken promise)'} |", flush=True)
            kept = kept and ours.right
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

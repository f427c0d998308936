"""How often threads find a lock taken, and how long they wait, counted by a library that is preloaded into the server.

Where there are more threads than processors the time is mostly that of whoever has the processor: a holder that is not
running, a waiter whose turn it is not. How often is the better figure.
"""

import functools
import pathlib
import struct
import subprocess

from rig.loads import EVENT, Load, Metric, RATE, by_wrk, with_use
from rig.servers import Need

WAITS = Metric("waits", "waits/1000 req", "{:.2f}")
WAITED = Metric("waited", "waited us/req", "{:.3f}")
COUNTS = struct.Struct("qq")


def preload(server):
    """Before the server starts: the library, and the file that it counts into."""
    library = server.root / "locks.so"
    source = pathlib.Path(__file__).with_suffix(".c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", source, "-o", library], check=True)
    (server.root / "waits").write_bytes(bytes(COUNTS.size))
    server.environment |= {"LD_PRELOAD": str(library), "MPM_BENCH_WAITS": str(server.root / "waits")}


def counted(server, traffic):
    """What the traffic came to, and what was counted meanwhile."""
    before = COUNTS.unpack((server.root / "waits").read_bytes())
    got = traffic()
    waits, nanoseconds = (now - then for now, then in zip(COUNTS.unpack((server.root / "waits").read_bytes()), before))
    return {**got, "waits": waits, "nanoseconds": nanoseconds}


def waiting(server, options, *, connections):
    by_wrk(server, max(1, options.warmup), connections=connections)
    traffic = functools.partial(by_wrk, server, options.seconds, connections=connections)
    got = with_use(server, lambda: counted(server, traffic))
    requests = max(1, got["requests"])
    return {**got, "waits": 1000 * got["waits"] / requests, "waited": got["nanoseconds"] / 1e3 / requests}


def locks(connections):
    need = Need(connections, prepare=preload)
    measure = functools.partial(waiting, connections=connections)
    return Load(f"locks-{connections}", f"waiting for locks, {connections} keep-alive connections", need, measure,
                (WAITS, WAITED, RATE), EVENT)  # fmt: skip

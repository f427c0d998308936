"""What a graceful restart costs the second in which it happens."""

import functools
import threading

from rig.loads import ALL, Load, Metric, by_wrk
from rig.servers import Need

EARLY = 0.1
COST = Metric("cost", "% lost", "{:.1f}", rated=False)
CALM = Metric("calm", "req/s without", "{:.0f}")
DURING = Metric("during", "req/s in its second", "{:.0f}")
FAILED = Metric("failed", "ended connections", "{:.0f}", rated=False)


def restarting(server, options, *, connections):
    """Seconds of the same traffic, by wrk: every other one has a graceful restart a tenth after its beginning.

    A calm second stands on both sides of each of the others. It begins only when the restart before it is over, so
    that no child is still starting in it.
    """
    second = functools.partial(by_wrk, server, 1, connections=connections)
    second()
    calm, during, failed = [second()["rate"]], [], 0
    for _ in range(options.seconds):
        signal = threading.Timer(EARLY, server.restart_gracefully)
        signal.start()
        got = second()
        signal.join()
        server.settle()
        during.append(got["rate"])
        failed += got["failed"]
        calm.append(second()["rate"])
    usual, hit = sum(calm) / len(calm), sum(during) / len(during)
    return {"calm": usual, "during": hit, "cost": 100 * (1 - hit / usual), "failed": failed}


def restart(connections):
    """Slots for the old children beside the new ones; and so many spare threads wanted that both come again."""
    says = f"{connections} keep-alive connections in the second of a graceful restart"
    measure = functools.partial(restarting, connections=connections)
    return Load("restart", says, Need(connections, more_slots=4, spare=65), measure, (CALM, DURING, COST, FAILED), ALL)

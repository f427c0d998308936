"""mod_heartbeat, mod_heartmonitor, mod_lbmethod_heartbeat: a front server shares requests out by published figures."""

import signal
from collections import Counter

import pytest

from lab.client import crowd
from lab.config import SLEEP, one_child, several
from lab.load import Load
from lab.wait import eventually
from peers.relay import Relay, multicast_works, tell_monitor

ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
FRONT = (
    several(1, 32, most=1, slots=3, spare=(1, 32))
    + "HeartbeatListen 224.0.0.1:{port}\nHeartbeatMaxServers 10\n<Location /heartbeat>\nSetHandler heartbeat\n</Location>\n"
    "<Location /manager>\nSetHandler balancer-manager\n</Location>\nProxyPass /app/ balancer://them/\n"
)
FRONT_MODULES = (
    "proxy", "proxy_http", "proxy_balancer", "slotmem_shm", "heartmonitor", "lbmethod_heartbeat",
)  # fmt: skip


@pytest.fixture
def relay():
    with Relay() as made:
        yield made


class Cluster:
    """A front server, and one back end of `sizes` threads on each address."""

    def __init__(self, start, relay, sizes):
        self.relay = relay
        self.back = [self._back_end(start, address, size) for address, size in zip(ADDRESSES, sizes)]
        members = "".join(
            f"BalancerMember http://{address}:{server.port} retry=5\n" for address, server in zip(ADDRESSES, self.back)
        )
        balancer = f"<Proxy balancer://them>\n{members}ProxySet lbmethod=heartbeat\n</Proxy>\n"
        self.front = start(FRONT + balancer, modules=FRONT_MODULES)
        relay.report_to(self.front.port)
        self.hear_again()

    def _back_end(self, start, address, size):
        listen = "" if address == ADDRESSES[0] else f"Listen {address}:{{port}}\n"
        sizes = several(1, size, most=1, slots=3, spare=(1, size))
        beats = f"HeartbeatAddress 127.0.0.1:{self.relay.port_of(address)}\n"
        name = f"Header always set X-Back-End {address}\n"
        return start(sizes + listen + beats + name + SLEEP, modules=("heartbeat", "headers"), lab_modules=("mod_lab",))

    def hear_again(self, which=ADDRESSES):
        """Waits until each of these has published its figures once more, and the front knows them."""
        before = {address: self.relay.heard.get(address, 0) for address in which}
        eventually(lambda: all(self.relay.heard.get(address, 0) > count + 1 for address, count in before.items()), 15)

    def shares(self, requests):
        """How many of these requests each back end answers."""
        with self.front.client() as client:
            return Counter(client.get("/app/").headers["x-back-end"] for _ in range(requests))


def test_each_server_publishes_how_many_workers_it_has(alike):
    def scenario(start):
        with Relay() as relay:
            cluster = Cluster(start, relay, (40, 8, 16))
            for server in cluster.back:
                server.forget_asker()
            idle = [{"ready": size, "busy": 0} for size in (40, 8, 16)]
            eventually(lambda: [relay.figures[address] for address in ADDRESSES] == idle, 15)
            with crowd(cluster.back[1].client(timeout=30) for _ in range(5)) as busy:
                for client in busy:
                    client.ask("/sleep?ms=8000")
                eventually(lambda: relay.figures[ADDRESSES[1]] == {"ready": 3, "busy": 5}, 15)
            return True

    assert alike(scenario)


def test_who_publishes_more_idle_workers_gets_more_requests(alike):
    def scenario(start):
        with Relay() as relay:
            cluster = Cluster(start, relay, (40, 8, 8))
            shares = cluster.shares(200)
            assert sum(shares.values()) == 200
            # Each has a share, and the big one far more than half of them.
            return all(shares[address] for address in ADDRESSES), shares[ADDRESSES[0]] > 80

    assert alike(scenario) == (True, True)


def test_a_back_end_without_an_idle_worker_gets_no_more_requests(alike):
    def scenario(start):
        with Relay() as relay:
            cluster = Cluster(start, relay, (8, 8, 8))
            busy = cluster.back[0]
            busy.forget_asker()
            with crowd(busy.client(timeout=30) for _ in range(8)) as clients:
                for client in clients:
                    client.ask("/sleep?ms=10000")
                eventually(lambda: relay.figures[ADDRESSES[0]]["ready"] == 0, 15)
                cluster.hear_again(ADDRESSES[1:])
                return cluster.shares(60)[ADDRESSES[0]] == 0

    assert alike(scenario)


def test_the_cluster_answers_while_one_restarts_gracefully_and_another_stops_gracefully(start, relay):
    # On ours only: stock closes kept-alive connections of the front with a request in them.
    cluster = Cluster(start, relay, (16, 16, 16))
    with Load(cluster.front.port, clients=8, path="/app/", think=0.002) as load:
        eventually(lambda: load.ok > 200, 15)
        cluster.back[1].graceful()
        cluster.hear_again(ADDRESSES[1:2])
        cluster.back[2].forget_asker()
        assert cluster.back[2].stop(signal.SIGWINCH, within=30) == 0
        seen = load.ok
        eventually(lambda: load.ok > seen + 300, 20)
    assert load.failed == 0, load.outcomes
    assert set(cluster.shares(60)) == set(ADDRESSES[:2])


def test_a_server_alone_beats_on_after_a_graceful_restart(alike):
    def scenario(start):
        with Relay() as relay:
            beats = f"HeartbeatAddress 127.0.0.1:{relay.port_of('127.0.0.1')}\n"
            server = start(one_child(8, slots=2) + beats, modules=("heartbeat",))
            server.graceful()
            server.forget_asker()
            before = relay.heard.get("127.0.0.1", 0)
            eventually(lambda: relay.heard.get("127.0.0.1", 0) > before + 1, 15)
            eventually(lambda: relay.figures["127.0.0.1"] == {"ready": 8, "busy": 0}, 15)
            return True

    assert alike(scenario)


@pytest.mark.skipif(not multicast_works(), reason="no multicast here")
def test_the_monitor_hears_datagrams_and_writes_down_what_they_say(alike):
    def scenario(start):
        storage = "HeartbeatListen 224.0.0.1:{port}\nHeartbeatMaxServers 0\nHeartbeatStorage {out}/beats\n"
        server = start(one_child(8) + storage, modules=("heartmonitor",))

        def written():
            tell_monitor(server.port, "127.0.0.2", b"v=1&ready=7&busy=1")
            path = server.out / "beats"
            return path.exists() and "127.0.0.2 &ready=7&busy=1&" in path.read_text()

        return eventually(written, 20, every=0.1)

    assert alike(scenario)

"""mod_proxy_http, mod_proxy_balancer, mod_proxy_hcheck: a front server before one to three others."""

import re
from collections import Counter

from lab.client import crowd
from lab.config import SLEEP, one_child, several
from lab.load import Load
from lab.wait import eventually, patience
from peers.http import conversation, plain
from peers.log import numbers

PROXY = ("proxy", "proxy_http")
BALANCER = (*PROXY, "proxy_balancer", "lbmethod_byrequests", "slotmem_shm")
REFLECT = "<Location /reflect>\nSetHandler reflector\n</Location>\n"


def back_end(start, directives="", **options):
    server = start(
        one_child(8, 20) + REFLECT + SLEEP + directives,
        modules=("reflector", "headers"), lab_modules=("mod_lab",), **options,
    )  # fmt: skip
    server.put("big.txt", b"0123456789" * 300_000)
    return server


def named(start, name):
    return back_end(start, f"Header always set X-Back-End {name}\n")


def front(start, target, directives="", modules=PROXY):
    return start(one_child(8, 20) + directives + f"ProxyPass /app/ {target}\n", modules=modules)


def members(*servers, more=""):
    lines = "".join(f"BalancerMember http://127.0.0.1:{server.port} {more}\n" for server in servers)
    return f"<Proxy balancer://them>\n{lines}</Proxy>\n"


MANAGER = "<Location /manager>\nSetHandler balancer-manager\n</Location>\nProxyPass /manager !\n"


def test_mod_proxy_http_passes_requests_and_answers_on(alike):
    def scenario(start):
        server = front(start, f"http://127.0.0.1:{back_end(start).port}/")
        return conversation(
            server,
            {"path": "/app/"},
            {"path": "/app/", "method": "HEAD"},
            {"path": "/app/missing"},
            {"path": "/app/reflect", "method": "POST", "body": b"r" * 200_000},
            {"path": "/app/big.txt", "headers": {"Range": "bytes=5-14"}},
            {"path": "/app/big.txt"},
            {"path": "/app/", "close": True},
        )

    answers = alike(scenario)
    assert [status for status, _, _ in answers] == [200, 200, 404, 200, 206, 200, 200]
    assert [len(body) for _, _, body in answers] == [6, 0, len(answers[2][2]), 200_000, 10, 3_000_000, 6]


def test_mod_proxy_http_says_alike_that_nobody_answers(alike):
    def scenario(start):
        server = front(start, "http://127.0.0.1:1/")
        return [plain(server.get("/app/")) for _ in range(2)], sorted(numbers(server) & {"AH00957", "AH01114"})

    answers, log = alike(scenario)
    assert [status for status, _, _ in answers] == [503, 503] and log == ["AH00957", "AH01114"]


def test_mod_proxy_http_gives_up_alike_on_a_back_end_that_is_slow(alike):
    def scenario(start):
        server = front(start, f"http://127.0.0.1:{back_end(start).port}/", "ProxyTimeout 3\n")
        return plain(server.get("/app/sleep?ms=8000")), plain(server.get("/app/"))

    slow, quick = alike(scenario)
    assert slow[0] == 502 and quick[0] == 200


def test_mod_proxy_http_keeps_and_reuses_its_connections(alike):
    def scenario(start):
        behind = back_end(start)
        server = front(start, f"http://127.0.0.1:{behind.port}/")
        behind.forget_asker()
        for _ in range(20):
            assert server.get("/app/").status == 200
        return behind.sockets_held()

    assert alike(scenario) == 1


def test_no_request_through_mod_proxy_http_fails_while_the_front_restarts_gracefully(start):
    # On ours only: stock closes connections on which a request is under way.
    behind = named(start, "one")
    server = start(
        several(1, 16, most=1, slots=3, spare=(1, 16)) + f"ProxyPass /app/ http://127.0.0.1:{behind.port}/\n",
        modules=PROXY,
    )  # fmt: skip
    with Load(server.port, clients=8, path="/app/", think=0.005) as load:
        for _ in range(3):
            seen = load.ok
            server.graceful()
            eventually(lambda seen=seen: load.ok > seen + 50, 10)
    assert load.failed == 0, load.outcomes


def test_mod_proxy_balancer_shares_requests_by_count(alike):
    def scenario(start):
        servers = [named(start, name) for name in "abc"]
        server = front(start, "balancer://them/", members(*servers) + MANAGER, BALANCER)
        with server.client() as client:
            counts = Counter(client.get("/app/").headers["x-back-end"] for _ in range(30))
        manager = server.get("/manager").text
        return counts, len(re.findall(r"Init Ok", manager))

    counts, usable = alike(scenario)
    assert counts == {"a": 10, "b": 10, "c": 10} and usable == 3


def test_mod_proxy_balancer_keeps_a_session_where_it_is(alike):
    def scenario(start):
        servers = [named(start, name) for name in "ab"]
        lines = "".join(f"BalancerMember http://127.0.0.1:{s.port} route={n}\n" for s, n in zip(servers, "ab"))
        sticky = f"<Proxy balancer://them>\n{lines}ProxySet stickysession=ROUTE\n</Proxy>\n"
        server = front(start, "balancer://them/", sticky, BALANCER)
        return [server.get("/app/", headers={"Cookie": f"ROUTE=x.{name}"}).headers["x-back-end"] for name in "abbaab"]

    assert alike(scenario) == list("abbaab")


def test_mod_proxy_balancer_goes_on_without_a_member_that_is_gone(alike):
    def scenario(start):
        servers = [named(start, name) for name in "ab"]
        server = front(start, "balancer://them/", members(*servers, more="retry=60") + MANAGER, BALANCER)
        servers[0].stop()
        answers = [server.get("/app/") for _ in range(10)]
        return [(a.status, a.headers["x-back-end"]) for a in answers], "Init Err" in server.get("/manager").text

    assert alike(scenario) == ([(200, "b")] * 10, True)


def test_slow_answers_through_mod_proxy_balancer_all_come_at_full_load(alike):
    def scenario(start):
        servers = [named(start, name) for name in "ab"]
        server = front(start, "balancer://them/", members(*servers), BALANCER)
        with crowd(server.client() for _ in range(24)) as clients:
            for client in clients:
                client.ask("/app/sleep?ms=100")
            return Counter(client.answer().status for client in clients)

    assert alike(scenario) == {200: 24}


def test_mod_proxy_hcheck_takes_a_member_out_and_back(alike):
    def scenario(start):
        behind = [named(start, name) for name in "ab"]
        for server in behind:
            server.put("health", b"fine\n")
        checks = "hcmethod=GET hcuri=/health hcinterval=200ms hcfails=2 hcpasses=2"
        server = front(start, "balancer://them/", members(*behind, more=checks) + MANAGER, (*BALANCER, "proxy_hcheck"))

        def out_of_service():
            return len(re.findall(r"<td>Init HcFl", server.get("/manager").text))

        assert out_of_service() == 0
        (behind[0].root / "htdocs/health").rename(behind[0].root / "htdocs/ill")
        eventually(lambda: out_of_service() == 1, 15)
        ill = {server.get("/app/").headers["x-back-end"] for _ in range(8)}
        (behind[0].root / "htdocs/ill").rename(behind[0].root / "htdocs/health")
        eventually(lambda: out_of_service() == 0, 15)
        well = {server.get("/app/").headers["x-back-end"] for _ in range(8)}
        return ill, well

    assert alike(scenario) == ({"b"}, {"a", "b"})


def test_the_checks_of_mod_proxy_hcheck_go_on_in_the_children_of_a_graceful_restart(alike):
    def scenario(start):
        behind = named(start, "a")
        checks = members(behind, more="hcmethod=GET hcuri=/ hcinterval=200ms")
        modules = (*BALANCER, "proxy_hcheck")
        server = front(start, "balancer://them/", checks, modules)
        server.graceful()
        before = behind.status()["Total Accesses"]
        # Asking counts, too: once for each look.
        looks = [0]

        def checked():
            looks[0] += 1
            return behind.status()["Total Accesses"] - before >= looks[0] + 3

        eventually(checked, 15, every=0.05)
        return True

    # Whether a check is under way when its child is told to end, which is logged, depends on a moment.
    assert alike(scenario, unlike={"AH03303"})


def test_a_client_of_mod_proxy_http_that_stops_reading_delays_nobody(start):
    server = front(start, f"http://127.0.0.1:{back_end(start).port}/")
    with crowd(server.client(receive_buffer=65536, timeout=60) for _ in range(3)) as stalled:
        for client in stalled:
            client.ask("/app/big.txt")
        for _ in range(20):
            with server.client(timeout=patience(5)) as client:
                assert client.get("/app/", close=True).status == 200
        for client in stalled:
            assert len(client.answer().body) == 3_000_000

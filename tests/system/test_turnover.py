"""More busy clients than the limit admits: all of them are served, and no request is lost on the way."""

from lab.config import one_child
from lab.load import Endless, Load
from lab.wait import eventually


def test_clients_beyond_the_limit_get_their_turn_although_those_before_them_never_pause(serve):
    server = serve(one_child(4, 1) + "KeepAliveTimeout 30\nMaxKeepAliveRequests 0\n")
    loads = [Load(server.port, 1, keep_alive=True) for _ in range(24)]  # 8 are admitted at once
    for load in loads:
        load.__enter__()
    try:
        eventually(lambda: all(load.ok >= 20 for load in loads), 20)
    finally:
        for load in loads:
            load.stop()
    assert sum(load.failed + load.dropped for load in loads) == 0


def test_a_client_that_pipelines_without_end_on_the_only_worker_is_asked_to_leave_when_another_one_waits(serve):
    server = serve(one_child(1, 1) + "MaxKeepAliveRequests 0\n")
    with Endless(server.port) as endless:
        eventually(lambda: endless.answers > 0)
        assert server.get("/").status == 200
        eventually(lambda: endless.closed)


def test_nobody_is_asked_to_leave_while_nobody_waits(serve):
    server = serve(one_child(4, 2) + "KeepAliveTimeout 30\nMaxKeepAliveRequests 0\n")
    with server.client() as client:
        for _ in range(200):
            assert not client.get("/").closes()

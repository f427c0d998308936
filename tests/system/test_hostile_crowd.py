"""Fifty thousand connections that do nothing."""

import resource

import pytest

from lab.config import several
from lab.idlers import FOR_THE_REST, Idlers, descriptor_limit
from lab.siege import QUIET_LOG, Siege
from lab.wait import SANITIZER, eventually

pytestmark = pytest.mark.serial

CROWD = 50_000
CHILDREN, THREADS, FACTOR = 5, 32, 600
EACH_CHILD = THREADS * (1 + FACTOR)
KILOBYTES_EACH = 14


def all_are_kept(server):
    status = server.status()
    assert status.ConnsAsyncKeepAlive == CROWD, status
    return True


@pytest.fixture
def descriptors():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = descriptor_limit()
    yield limit
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.skipif(bool(SANITIZER), reason="a sanitizer's memory is not the server's")
def test_fifty_thousand_idle_connections_are_held_beside_others_and_all_returned(serve, descriptors):
    if descriptors < EACH_CHILD + FOR_THE_REST:
        pytest.skip(f"a process may have only {descriptors} descriptors (ulimit -n)")
    sizes = several(CHILDREN, THREADS, most=CHILDREN, spare=(1, CHILDREN * THREADS))
    server = serve(sizes + f"AsyncRequestWorkerFactor {FACTOR}\nKeepAliveTimeout 300\n" + QUIET_LOG)
    with Siege(server, kilobytes=CROWD * KILOBYTES_EACH) as siege:
        with Idlers(server.port, CROWD, each=EACH_CHILD) as idlers:
            if not server.is_stock:
                eventually(lambda: all_are_kept(server))
            siege.others_are_answered()
            assert CROWD <= siege.most_descriptors <= CROWD + 5
        assert idlers.ended == 0
        eventually(lambda: server.sockets_held() <= 1, 30, what="the end of all of them")

"""Fixtures of the system and parity tests. `serve(…)` starts a real apache2; it must leave nothing behind."""

import ctypes

import pytest

from lab import wait
from lab.httpd import OURS, Httpd
from lab.lag import Lag

SERVERS = pytest.StashKey[list]()
PR_SET_CHILD_SUBREAPER = 36


def pytest_configure(config):
    config.addinivalue_line("markers", "serial: measures time; run without other tests beside it")
    config.addinivalue_line("markers", "hostile: takes all it can get; run beside others of its kind only")
    # A detached server becomes our child again, so its exit code can be read.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@pytest.fixture(scope="session", autouse=True)
def module_under_test():
    assert OURS.exists(), f"{OURS} is missing: build it, or name another with MPM_MODULE"
    return OURS


@pytest.fixture
def new_server(request):
    """Makes servers that are not started yet."""
    servers = request.node.stash.setdefault(SERVERS, [])

    def make(directives="", **options):
        server = Httpd(directives, **options)
        servers.append(server)
        return server

    yield make
    wrong = [sentence for server in servers for sentence in server.close()]
    assert not wrong, "after the test:\n" + "\n".join(wrong)


@pytest.fixture
def serve(new_server):
    """Starts servers, and waits until all their workers are up."""

    def start(directives="", **options):
        return new_server(directives, **options).start().ready()

    return start


@pytest.fixture(scope="session")
def lag():
    meter = Lag()
    yield meter
    meter.stop()


@pytest.fixture(autouse=True)
def machine_lag(lag):
    """How late the machine itself is while a test runs (see lab.wait.patience)."""
    lag.begin()
    wait.METER = lag
    yield
    wait.METER = None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    for server in item.stash.get(SERVERS, []):
        if report.failed and server.root.exists():
            report.sections.append((f"error log of {server.root}", server.log_tail()))
            report.sections.append((f"console of {server.root}", server.console()[-2000:]))
        if call.when == "teardown":
            server.remove()

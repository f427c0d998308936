"""Fixtures of the system and parity tests. `serve(…)` starts a real apache2; it must leave nothing behind."""

import ctypes
import warnings

import pytest

from lab.httpd import OURS, Httpd
from lab.wait import Early

SERVERS = pytest.StashKey[list]()
PR_SET_CHILD_SUBREAPER = 36


def pytest_configure(config):
    config.addinivalue_line("markers", "serial: measures time; run without other tests beside it; may be tried three times")
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


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """A test that measures time may fail twice because the machine was busy; a late server is late every time."""
    if not pyfuncitem.get_closest_marker("serial"):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    for attempt in (1, 2, 3):
        try:
            pyfuncitem.obj(**arguments)
            return True
        except Early:
            raise
        except AssertionError as late:
            if attempt == 3:
                raise
            warnings.warn(f"attempt {attempt} of {pyfuncitem.name}: {str(late).splitlines()[0]}")
            for server in pyfuncitem.stash.get(SERVERS, []):
                server.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    for server in item.stash.get(SERVERS, []):
        if report.failed and server.root.exists():
            report.sections.append((f"error log of {server.root}", server.log_tail()))
            report.sections.append((f"console of {server.root}", server.console()[-2000:]))
        if call.when == "teardown":
            server.remove()

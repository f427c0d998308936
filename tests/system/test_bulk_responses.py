"""Slow readers of big files hold no worker, in whichever way httpd reads the file, over HTTP and over TLS."""

import signal

import pytest

from lab import proc
from lab.client import crowd
from lab.config import one_child, several
from lab.sites import MEGABYTE, big_file, slowest_small_request
from lab.tls import HTTPS, MODULES, certify, context
from lab.wait import eventually, patience

SIZE = 8 * MEGABYTE
WAYS = {
    "mapped": "EnableMMAP On\nEnableSendfile Off\n",  # httpd's defaults
    "read": "EnableMMAP Off\nEnableSendfile Off\n",
    "tls": "EnableMMAP On\nEnableSendfile Off\n",
    "tls-sendfile": "EnableMMAP Off\nEnableSendfile On\n",
}


class Site:
    """A server with a big file, and how its clients connect."""

    def __init__(self, server, tls):
        self.server, self.tls = server, tls
        self.content = big_file(server)

    def reader(self, path="/big.bin", **options):
        """A client that has asked for something big, and reads nothing yet."""
        way = {"port": self.server.ports[1], "tls": context()} if self.tls else {}
        client = self.server.client(receive_buffer=65536, timeout=60, **way)
        client.ask(path, **options)
        return client


@pytest.fixture(params=WAYS)
def site(request, new_server):
    def start(directives, **options):
        server = new_server(WAYS[request.param] + directives + HTTPS, modules=MODULES, ports=2, **options)
        return Site(certify(server).start().ready(), request.param.startswith("tls"))

    return start


def test_what_was_asked_for_behind_a_slow_download_is_answered_in_order(site):
    here = site(one_child(4))
    with here.reader() as client:
        eventually(lambda: here.server.status().BusyWorkers == 1)
        client.ask("/big.bin", headers={"Range": "bytes=100-299,5000000-5199999"})
        client.ask("/")
        assert client.answer().body == here.content
        ranges = client.answer()
        assert ranges.status == 206
        assert here.content[100:300] in ranges.body and here.content[5000000:5200000] in ranges.body
        assert client.answer().body == b"hello\n"


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(site):
    here = site(one_child(4, 10) + 'CustomLog {out}/access "%s %U"\n')
    server = here.server.quiet()
    descriptors = len(proc.descriptors(server.child()))
    with crowd(here.reader() for _ in range(10)) as clients:
        for client in clients:
            assert client.skip(MEGABYTE) == MEGABYTE
    eventually(lambda: server.sockets_held() == 0)
    eventually(lambda: (server.out / "access").read_text().count("200 /big.bin") == 10)
    eventually(lambda: len(proc.descriptors(server.child())) == descriptors)


def test_downloads_arrive_whole_through_a_graceful_stop(site):
    here = site(several(2, 4, most=2, slots=4, spare=(1, 8)))
    with crowd(here.reader(close=True) for _ in range(6)) as clients:
        eventually(lambda: here.server.status().BusyWorkers == 1)
        here.server.forget_asker()
        here.server.send_signal(signal.SIGWINCH)
        assert all(client.answer().body == here.content for client in clients)
    assert here.server.wait_for_end() == 0


def received_until_the_end(client):
    """How many bytes came before the connection ended, in whichever way but silence."""
    got = 0
    try:
        while more := client.more():
            got += len(more)
    except TimeoutError:
        raise
    except OSError:  # a reset, or TLS without its close_notify
        pass
    return got


def test_a_file_that_becomes_shorter_while_it_is_sent_ends_its_connection_and_no_other(site):
    here = site(one_child(4))
    if here.server.directives.startswith("EnableMMAP On") and here.server.is_stock:
        pytest.skip("a mapped file that becomes shorter is a SIGBUS")
    child = here.server.child()
    with here.reader() as client:
        eventually(lambda: here.server.status().BusyWorkers == 1)
        (here.server.root / "htdocs/big.bin").open("r+b").truncate(MEGABYTE)
        assert received_until_the_end(client) < SIZE
    assert here.server.get("/").status == 200
    assert here.server.child() == child


def test_a_slow_reader_is_closed_after_timeout(site):
    here = site(one_child(4) + "Timeout 1\n")
    with here.reader():
        eventually(lambda: here.server.status().BusyWorkers == 1)
        eventually(lambda: here.server.status().ConnsTotal == 1, 8)


def handled_by(start, handler, directives=""):
    """A server whose big file is passed by a handler of mod_labfiles."""
    location = f'<Location "/big.bin">\nSetHandler {handler}\n</Location>\n'
    return start(one_child(4) + directives + location, lab_modules=("mod_labfiles",))


def test_a_file_in_two_buckets_that_share_its_descriptor_arrives_whole(site):
    here = handled_by(site, "lab-halves")
    middle = SIZE // 2
    with here.reader() as client:
        assert client.answer().body == here.content[:middle] + b"----" + here.content[middle:]


def test_a_response_begins_while_the_handler_that_has_passed_it_works_on(site):
    here = handled_by(site, "lab-works-on")
    hang = here.server.root / "htdocs/big.bin.hang"
    hang.touch()
    with here.reader() as client:
        try:
            client.head_size()
        finally:
            hang.unlink()
        assert client.skip(SIZE) == SIZE


@pytest.mark.parametrize("handler", ["lab-later", "lab-ends-later"])
def test_a_file_for_which_its_request_is_suspended_is_not_kept(site, handler):
    here = handled_by(site, handler)
    with here.reader() as client:
        client.head_size()
        # The last bytes may wait in httpd's filters, FlushMaxThreshold and a little: no callback flushes them.
        most = SIZE - MEGABYTE // 8
        assert client.skip(most) == most


@pytest.mark.serial
def test_readers_that_ran_into_timeout_hold_no_worker_while_their_connections_close(site):
    here = site(one_child(4, 20) + "Timeout 1\n")
    with crowd(here.reader() for _ in range(12)) as readers:
        slowest = slowest_small_request(here.server, 2.5)
        assert all(client.skip(SIZE) < SIZE for client in readers), "Timeout was not reached"
    assert slowest < patience(0.3), f"a small request took {slowest:.2f} s"


def test_a_reader_that_goes_on_after_timeout_gets_no_more_of_the_file_and_is_logged_once(site):
    here = site(one_child(4) + 'Timeout 1\nCustomLog "{out}/access" "%U %X"\n')
    with here.reader() as client:
        eventually(lambda: here.server.status().ConnsAsyncWriting == 1)
        eventually(lambda: here.server.status().ConnsAsyncWriting == 0)
        assert client.skip(SIZE) < SIZE
    here.server.quiet()
    lines = (here.server.out / "access").read_text().splitlines()
    assert [line for line in lines if line.startswith("/big.bin")] == ["/big.bin X"]  # X: broken off


@pytest.mark.parametrize("way", ["mapped", "read"])
def test_a_connection_goes_on_after_a_file_that_was_passed_in_a_callback(serve, way):
    server = handled_by(serve, "lab-later", WAYS[way])
    content = big_file(server, size=300_000)  # as much as a kernel takes at once
    with server.client() as client:
        assert client.get("/big.bin").body == content
        if server.is_stock:
            return  # the module never gives the connection back
        assert client.get("/").text == "hello\n"
    eventually(lambda: server.status().ConnsTotal == 1)

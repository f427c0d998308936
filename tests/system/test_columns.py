"""The async columns of the status page tell what is true at this moment."""

import pytest

from lab.client import crowd
from lab.config import SLEEP, one_child, several
from lab.sites import MEGABYTE, big_file, stalled_reader
from lab.status import worker_rows
from lab.version import since
from lab.wait import eventually, holds_for

AT_ONCE = 0.1
pytestmark = pytest.mark.serial
NO_ASYNC = dict(ConnsAsyncKeepAlive=0, ConnsAsyncWriting=0, ConnsAsyncClosing=0)
# Enough room for 101 connections in one child.
ROOMY = one_child(8, factor=20) + "KeepAliveTimeout 60\nTimeout 60\n"


def reads(server, **figures):
    """Waits at most AT_ONCE until ?auto reads so."""

    def now():
        status = server.status()
        shown = {key: status[key] for key in figures}
        assert shown == figures, f"{shown} instead of {figures}"
        return True

    eventually(now, AT_ONCE, what="?auto")


def test_a_hundred_idle_connections_read_as_a_hundred_kept_alive_within_100_ms(serve):
    server = serve(ROOMY)
    server.status()
    with crowd(server.idle_client() for _ in range(100)):
        reads(server, ConnsAsyncKeepAlive=100, ConnsTotal=101)
        holds_for(lambda: server.status().ConnsAsyncKeepAlive == 100, 0.5)
    reads(server, ConnsAsyncKeepAlive=0, ConnsTotal=1, ConnsAsyncClosing=0)


def test_one_idle_connection_more_or_less_shows_at_once(serve):
    server = serve(ROOMY)
    server.status()
    with server.idle_client():
        reads(server, ConnsAsyncKeepAlive=1, ConnsTotal=2)
        with server.idle_client():
            reads(server, ConnsAsyncKeepAlive=2, ConnsTotal=3)
        reads(server, ConnsAsyncKeepAlive=1, ConnsTotal=2)
    reads(server, ConnsAsyncKeepAlive=0, ConnsTotal=1)


def test_clients_that_do_not_read_count_as_writing_and_hold_no_worker(serve):
    server = serve(ROOMY)
    big_file(server)
    server.status()
    with crowd(stalled_reader(server) for _ in range(50)):
        eventually(lambda: server.sockets_held() == 51)
        reads(server, ConnsAsyncWriting=50, ConnsTotal=51, BusyWorkers=1)
        holds_for(lambda: server.status().ConnsAsyncWriting == 50, 0.5)
    reads(server, ConnsAsyncWriting=0, ConnsTotal=1, ConnsAsyncClosing=0)


def test_downloads_that_end_on_kept_alive_connections_move_to_the_keep_alive_column(serve):
    server = serve(ROOMY)
    big_file(server)
    server.status()
    with crowd(stalled_reader(server) for _ in range(10)) as clients:
        reads(server, ConnsAsyncWriting=10)
        for client in clients:
            assert len(client.answer().body) == 8 * MEGABYTE
        reads(server, ConnsAsyncWriting=0, ConnsAsyncKeepAlive=10, ConnsTotal=11)


def test_connections_that_the_server_ended_count_as_closing_until_the_client_goes(serve):
    server = serve(ROOMY)
    server.status()
    with crowd(server.client() for _ in range(20)) as clients:
        for client in clients:
            assert client.get("/", close=True).status == 200
            client.end_of_stream(2)
        reads(server, ConnsAsyncClosing=20, ConnsTotal=21, ConnsAsyncKeepAlive=0, BusyWorkers=1)
    reads(server, ConnsAsyncClosing=0, ConnsTotal=1)


@pytest.mark.parametrize("farewell", ["close", "reset", "half_close"])
def test_however_a_client_leaves_its_connection_leaves_the_columns(serve, farewell):
    server = serve(ROOMY)
    server.status()
    clients = [server.idle_client() for _ in range(30)]
    for client in clients:
        getattr(client, farewell)()
    reads(server, ConnsAsyncKeepAlive=0, ConnsAsyncWriting=0, ConnsAsyncClosing=0, ConnsTotal=1)
    assert server.sockets_held() == 1
    for client in clients:
        client.close()


def test_a_reset_in_the_middle_of_a_download_leaves_the_columns(serve):
    server = serve(ROOMY)
    big_file(server)
    server.status()
    clients = [stalled_reader(server) for _ in range(20)]
    reads(server, ConnsAsyncWriting=20)
    for client in clients:
        client.reset()
    reads(server, ConnsAsyncWriting=0, ConnsAsyncClosing=0, ConnsTotal=1)


def test_the_columns_of_all_children_add_up(serve):
    server = serve(several(2, 8, most=2, spare=(16, 24)) + "AsyncRequestWorkerFactor 10\nKeepAliveTimeout 60\n")
    server.status()
    with crowd(server.idle_client() for _ in range(60)):
        reads(server, ConnsAsyncKeepAlive=60, ConnsTotal=61, Processes=2)
        assert sum(row.keep_alive for row in server.rows()) >= 60


@since("2.4.63")
def test_after_a_mixed_crowd_has_gone_everything_reads_zero(serve):
    server = serve(ROOMY)
    big_file(server)
    server.status()
    idle = crowd(server.idle_client() for _ in range(20))
    with idle, crowd(stalled_reader(server) for _ in range(20)) as slow:
        reads(server, ConnsAsyncKeepAlive=20, ConnsAsyncWriting=20)
        for client in slow[:5]:
            client.answer()
        reads(server, ConnsAsyncKeepAlive=25, ConnsAsyncWriting=15, ConnsTotal=41)
    reads(server, ConnsTotal=1, ConnsAsyncWaitIO=0, **NO_ASYNC)


def test_a_worker_in_a_handler_counts_as_busy_and_its_connection_in_no_async_column(serve):
    server = serve(ROOMY + SLEEP, lab_modules=("mod_lab",))
    server.status()
    with server.client() as client:
        client.ask("/sleep?ms=2000")
        reads(server, BusyWorkers=2, ConnsTotal=2, **NO_ASYNC)
        assert client.answer().status == 200
        reads(server, BusyWorkers=1, ConnsTotal=2, ConnsAsyncKeepAlive=1)


def test_the_html_page_says_which_process_accepts(serve):
    server = serve(ROOMY)
    (row,) = server.rows()
    assert row.accepting and row.stopping == "no" and row.pid == server.child()
    assert row.busy + row.idle == 8


def test_the_acc_column_counts_the_requests_of_the_connection(serve):
    server = serve(ROOMY)
    with server.client() as client:
        client.get("/")
        client.get("/")
        rows = worker_rows(client.get("/server-status").text)
    (mine,) = [row for row in rows if row["M"] == "W"]
    assert int(mine["Acc"].split("/")[0]) == 3


def test_idle_keep_alive_connections_do_not_make_their_workers_busy(serve):
    server = serve(ROOMY)
    with crowd(server.idle_client() for _ in range(8)):
        reads(server, BusyWorkers=1, IdleWorkers=7)


def test_a_worker_shows_k_after_the_answer_on_a_kept_alive_connection_or_is_idle(serve):
    server = serve(ROOMY)
    with crowd(server.idle_client() for _ in range(8)):

        def one_works():
            board = server.status().board
            return board.count("W") == 1 and set(board) <= {"_", "K", "W"}

        eventually(one_works, AT_ONCE)


@since("2.4.63")
@pytest.mark.parametrize("path", ["/server-status?auto", "/server-status"])
def test_every_key_of_the_status_page_comes_once(serve, path):
    server = serve(ROOMY)
    status = server.status()  # a repeated key fails in Status.parse
    figures = "BusyWorkers GracefulWorkers IdleWorkers Processes Stopping ConnsTotal ConnsAsyncWaitIO"
    for key in f"{figures} ConnsAsyncWriting ConnsAsyncKeepAlive ConnsAsyncClosing".split():
        assert isinstance(status[key], int)
    assert server.get(path).status == 200

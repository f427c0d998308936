"""Every result that a module's hooks may give; test module mod_labconn speaks a protocol of its own."""

import time

import pytest

from lab import proc
from lab.client import crowd
from lab.config import location, one_child
from lab.version import since
from lab.wait import eventually, holds_for, patience


def speaking(serve, mode, directives="", **options):
    host = "<VirtualHost 127.0.0.1:{port1}>\nLabConnection " + mode + "\n</VirtualHost>\n"
    web = "<VirtualHost 127.0.0.1:{port}>\n</VirtualHost>\n"
    return serve(
        one_child(4, 20) + "AcceptFilter http none\n" + directives + web + host,
        ports=2, lab_modules=("mod_labconn", *options.pop("lab_modules", ())), **options,
    )  # fmt: skip


def talk(server, **options):
    return server.client(port=server.ports[1], **options)


@pytest.mark.parametrize("mode", ["untouched", "done", "error", "odd-state", "pre-done"])
def test_a_connection_whose_hook_leaves_no_state_is_closed_with_all_that_was_written(serve, mode):
    server = speaking(serve, mode).quiet()
    descriptors = len(proc.descriptors(server.child()))
    for _ in range(20):
        with talk(server) as client:
            assert client.more() == b"hello\n"
            client.end_of_stream(1)
    eventually(lambda: server.sockets_held() == 0)
    assert len(proc.descriptors(server.child())) == descriptors
    eventually(lambda: server.status().ConnsTotal == 1)


@pytest.mark.serial
def test_a_connection_that_ends_lingers_until_the_client_closes(serve):
    server = speaking(serve, "untouched")
    server.status()
    with talk(server) as client:
        assert client.more() == b"hello\n"
        client.end_of_stream(1)
        eventually(lambda: server.status().ConnsAsyncClosing == 1, 0.3)
        client.send(b"still there")
        holds_for(lambda: server.holds(client), 0.3)
    eventually(lambda: server.status().ConnsAsyncClosing == 0, 0.3)


def test_a_connection_that_the_module_leaves_alone_is_served_by_http(serve):
    server = speaking(serve, "declined")
    with talk(server) as client:
        for _ in range(3):
            assert client.get("/").status == 200


def test_a_module_that_answers_ok_without_knowing_this_mpm_is_closed_mod_echo(serve):
    server = serve(one_child(4, 20) + "<VirtualHost 127.0.0.1:{port1}>\nProtocolEcho On\n</VirtualHost>\n",
                   modules=("echo",), ports=2).quiet()  # fmt: skip
    for _ in range(5):
        with server.client(port=server.ports[1]) as client:
            client.send(b"one\n")
            assert client.more() == b"one\n"
            client.send(b"two\n")
            assert client.more() == b"two\n"
            client.half_close()
            client.end_of_stream(2)
    eventually(lambda: server.sockets_held() == 0)


def test_a_failing_pre_connection_closes_the_connection_and_nothing_else(serve):
    server = speaking(serve, "pre-forbidden").quiet()
    child = server.child()
    for _ in range(20):
        with talk(server) as client:
            try:
                assert client.more() == b""
            except ConnectionResetError:
                pass
    eventually(lambda: server.sockets_held() == 0)
    assert server.get("/").status == 200
    assert server.child() == child
    eventually(lambda: server.status().ConnsTotal == 1)


def test_an_aborted_connection_is_closed(serve):
    server = speaking(serve, "pre-aborted").quiet()
    for _ in range(10):
        with talk(server) as client:
            client.ask("/")
            while client.readable(patience(2)):
                try:
                    if not client.more():
                        break
                except ConnectionResetError:
                    break
            else:
                raise AssertionError("the aborted connection stays open")
    eventually(lambda: server.sockets_held() == 0)


# ---- ASYNC_WAITIO ------------------------------------------------------------------------------------------


@since("2.4.63")
@pytest.mark.parametrize("mode", ["echo", "echo-default"])
def test_a_connection_that_waits_for_reading_comes_back_when_data_comes(serve, mode):
    server = speaking(serve, mode)
    with talk(server) as client:
        for word in (b"one\n", b"two\n", b"three\n"):
            client.send(word)
            assert client.more() == word


@since("2.4.63")
@pytest.mark.serial
def test_connections_that_wait_for_io_are_counted_and_hold_no_worker(serve):
    server = speaking(serve, "echo", "Timeout 10\n")
    server.status()
    with crowd(talk(server) for _ in range(12)) as clients:
        for client in clients:
            client.send(b"hello\n")
            assert client.more() == b"hello\n"
        eventually(lambda: server.status().ConnsAsyncWaitIO == 12, 0.1)
        eventually(lambda: server.status().BusyWorkers == 1, 0.1)
        assert server.status().ConnsTotal == 13 and server.status().ConnsAsyncKeepAlive == 0
    eventually(lambda: server.status().ConnsAsyncWaitIO == 0, 0.1)


@since("2.4.63")
@pytest.mark.serial
def test_a_connection_that_waits_for_io_is_closed_after_timeout_and_not_after_keep_alive_timeout(serve):
    server = speaking(serve, "echo", "Timeout 1\nKeepAliveTimeout 300ms\n")
    with talk(server) as client:
        sent = client.send(b"hello\n")
        assert client.more() == b"hello\n"
        heard = time.monotonic()
        closed = client.end_of_stream(5)
    assert closed - sent >= 1.0 - 0.002
    assert closed - heard <= 1.0 + patience(0.15)


@since("2.4.63")
def test_what_a_module_left_unsent_while_its_connection_waited_arrives_before_the_end(serve):
    server = speaking(serve, "whisper", "Timeout 1\n")
    with talk(server) as client:
        assert client.more() == b"whispered\n"
        client.end_of_stream(5)


@since("2.4.63")
def test_a_connection_that_waits_for_io_is_not_closed_when_all_workers_are_busy(serve):
    server = speaking(serve, "echo", "Timeout 10\n<Location /sleep>\nSetHandler lab-sleep\n</Location>\n",
                      lab_modules=("mod_lab",))  # fmt: skip
    with talk(server) as waiting:
        waiting.send(b"one\n")
        assert waiting.more() == b"one\n"
        with crowd(server.client() for _ in range(8)) as busy:
            for client in busy:
                client.ask("/sleep?ms=500")
            for client in busy:
                assert client.answer().status == 200
        waiting.send(b"two\n")
        assert waiting.more() == b"two\n"


@since("2.4.63")
def test_a_connection_that_waits_for_writing_comes_back_at_once(serve):
    server = speaking(serve, "writable").quiet()
    for _ in range(10):
        with talk(server) as client:
            assert client.more() == b"writable\n"
            client.end_of_stream(1)
    eventually(lambda: server.sockets_held() == 0)


# ---- WRITE_COMPLETION --------------------------------------------------------------------------------------


@pytest.mark.serial
def test_a_protocol_of_its_own_can_use_write_completion_and_keep_alive(serve):
    server = speaking(serve, "keep", "KeepAliveTimeout 2\n")
    with talk(server) as client:
        assert client.more() == b"1 -\n"
        eventually(lambda: server.status().ConnsAsyncKeepAlive == 1, 0.2)
        client.send(b"a\n")
        assert client.more() == b"2 a\n"
        sent = client.send(b"b\n")
        assert client.more() == b"3 b\n"
        heard = time.monotonic()
        closed = client.end_of_stream(5)
    assert closed - sent >= 2 and closed - heard <= 2 + patience(0.15)


# ---- SUSPENDED ---------------------------------------------------------------------------------------------


@pytest.mark.serial
def test_a_suspended_connection_holds_no_worker_and_is_left_to_its_module(serve):
    server = speaking(serve, "suspended", "Timeout 1\nKeepAliveTimeout 300ms\n")
    with talk(server) as client:
        assert client.more() == b"hello\n"
        opened = time.monotonic()
        client.send(b"nobody reads this\n")

        def shown():
            now = server.status()
            return now.BusyWorkers, now.ConnsAsyncKeepAlive, now.ConnsTotal

        eventually(lambda: shown() == (1, 0, 2), 0.2)
        closed = client.end_of_stream(3)  # the module's own timed callback
        assert closed - opened <= patience(0.3)
        holds_for(lambda: server.holds(client), 0.5)
    server.forget_asker()
    assert server.stop() == 0


def test_a_forced_stop_runs_nothing_of_a_module_after_the_cleanups_of_its_child(serve):
    server = speaking(serve, "suspended", "LabHooksFile {out}/hooks\n", lab_modules=("mod_labhooks",))
    child = server.child()
    with talk(server) as suspended, server.idle_client():
        assert suspended.more() == b"hello\n"
        eventually(lambda: server.status().BusyWorkers == 1)
        server.forget_asker()
        assert server.stop() == 0
    ran = [line.split() for line in (server.out / "hooks").read_text().splitlines()]
    assert [hook for hook, pid, *_ in ran if int(pid) == child][-1] == "child_cleanup", ran


# ---- filters, sockets, ids ---------------------------------------------------------------------------------


@pytest.mark.serial
def test_a_clogging_input_filter_does_not_stop_keep_alive(serve):
    server = speaking(serve, "clogging", "KeepAliveTimeout 2\n")
    with talk(server) as client:
        for _ in range(5):
            assert client.get("/").status == 200
        asked = client.ask("/")
        answered = client.answer().at
        closed = client.end_of_stream(5)
    assert closed - asked >= 2 and closed - answered <= 2 + patience(0.15)


@pytest.mark.parametrize("handler", ["lab-close-socket", "lab-null-socket"])
def test_a_module_that_takes_the_socket_away_does_not_crash_the_child(serve, handler):
    server = serve(one_child(4, 20) + location("/take", handler),
                   lab_modules=("mod_lab",)).quiet()  # fmt: skip
    child = server.child()
    for _ in range(20):
        with server.client() as client:
            client.ask("/take")
            try:
                assert client.more() == b""
            except ConnectionResetError:
                pass
    assert server.get("/").status == 200
    assert server.child() == child
    eventually(lambda: server.sockets_held() <= 1)


def test_the_connection_id_names_the_slot_and_the_thread_that_serves_it(serve):
    server = serve(one_child(4, 20) + location("/ids", "lab-ids"), lab_modules=("mod_lab",))
    threads = {}
    with crowd(server.client() for _ in range(12)) as clients:
        for _ in range(4):
            for client in clients:
                client.ask("/ids")
            for client in clients:
                connection, _, thread = client.answer().text.split()
                threads.setdefault(thread, set()).add(connection)
    assert all(len(connections) == 1 for connections in threads.values()), threads
    assert {int(connection) for ids in threads.values() for connection in ids} <= set(range(4))


def test_unique_ids_stay_unique_on_kept_alive_connections_that_change_threads(serve):
    server = serve(one_child(4, 20) + "Header set X-Id %{UNIQUE_ID}e\n", modules=("unique_id", "headers"))
    seen = []
    with crowd(server.client() for _ in range(10)) as clients:
        for _ in range(10):
            for client in clients:
                client.ask("/")
            seen += [client.answer().headers["x-id"] for client in clients]
    assert len(set(seen)) == 100


def test_short_connections_of_every_kind_leave_nothing(serve):
    server = speaking(serve, "untouched").quiet()
    for index in range(400):
        client = talk(server) if index % 2 else server.client()
        match index % 5:
            case 0:
                client.ask("/")
            case 1:
                client.more() if index % 2 else client.ask("/")
            case 2:
                client.ask("/nothing-here", close=True)
            case 3:
                client.send(b"GET")
        client.reset() if index % 3 else client.close()
    eventually(lambda: server.sockets_held() == 0)
    eventually(lambda: server.status().ConnsTotal == 1 and server.status().BusyWorkers == 1, 0.5)

"""Restarts under load: generations, children, pid file; nothing left of the old generation."""

import errno
import os
import re
import signal
import time

import pytest

from lab import faults, proc
from lab.client import Client, crowd
from lab.config import CGID, SLEEP, one_child, several
from lab.hang import HANG, hold_requests, let_requests_go
from lab.load import Load
from lab.ports import free_ports
from lab.sites import MEGABYTE, big_file, stalled_reader
from lab.status import process_rows
from lab.wait import SANITIZER, THREAD_SANITIZER, eventually, holds_for, patience

TWO = several(2, 8, most=4, slots=6, spare=(8, 16)) + "KeepAliveTimeout 5\n"


def settled(server, children, generation=None):
    """Waits until there are only children of one (of this) generation, that many; returns the generation."""

    def now():
        server.forget_asker()
        rows = server.rows()
        status = server.status()
        assert len(server.children()) == children == len(rows), f"{server.children()} {rows}"
        assert status.Stopping == 0 and generation in (None, status.generation)
        assert not any(row.old_generation for row in rows)
        return True

    eventually(now, 15, every=0.05, what="one generation only")
    return server.status().generation


def test_twenty_graceful_restarts_under_load_fail_no_new_connection(serve):
    server = serve(TWO)
    before = set(server.children())
    with Load(server.port, clients=3) as fresh, Load(server.port, clients=2, keep_alive=True) as kept:
        for number in range(1, 21):
            assert server.graceful() == number
        eventually(lambda: fresh.ok > 50 and kept.ok > 50)
    assert fresh.failed == 0, fresh.outcomes
    assert kept.failed == 0, kept.outcomes
    assert kept.dropped == 0, "a client that asks again at once is not cut off in between"
    settled(server, 2, 20)
    assert not before & set(server.children())
    assert int(server.pid_file.read_text()) == server.pid
    assert len(server.log_lines("AH00493")) == 20


def test_ten_restarts_under_load_come_back_with_the_children_of_start_servers(serve):
    server = serve(TWO)
    with Load(server.port, clients=3, timeout=5) as load:
        for number in range(1, 11):
            answered = load.ok
            assert server.restart() == number
            eventually(lambda: load.ok > answered + 5, 5, what="requests answered by the new generation")
    settled(server, 2, 10)
    assert int(server.pid_file.read_text()) == server.pid
    assert len(server.log_lines("AH00494")) == 10


def test_a_storm_of_graceful_restarts_is_survived(serve):
    server = serve(TWO)
    with Load(server.port, clients=2, timeout=10) as load:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            server.send_signal(signal.SIGUSR1)
            holds_for(lambda: not server.ended(), 0.02)
    assert load.failed == 0, load.outcomes
    # Until the last of them has started anybody, it is the first children who answer.
    eventually(lambda: server.status().generation >= 1, 10)
    settled(server, 2)


def test_a_storm_of_restarts_of_both_kinds_is_survived(serve):
    server = serve(TWO)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        for number in (signal.SIGUSR1, signal.SIGHUP):
            server.send_signal(number)
            holds_for(lambda: not server.ended(), 0.03)
    # Until the last of them has started anybody, it is the first children who answer.
    eventually(lambda: server.status().generation >= 1, 10)
    settled(server, 2)


LISTENING = {
    "plain": "",
    "buckets": "ListenCoresBucketsRatio 1\n",
    "two addresses with buckets": "ListenCoresBucketsRatio 1\nListen 127.0.0.2:{port}\n",
}


@pytest.mark.skipif(THREAD_SANITIZER, reason="the control process has one thread")
@pytest.mark.parametrize("listening", LISTENING)
def test_the_parent_keeps_no_descriptor_of_older_generations(serve, listening):
    server = serve(TWO + LISTENING[listening])
    server.graceful()
    settled(server, 2, 1)
    # It clears a child's row before it closes its end of the lifeline.
    first = min((proc.descriptors(server.pid) for _ in range(20) if server.status()), key=len)
    for _ in range(8):
        server.graceful()
    settled(server, 2, 9)

    def as_many():
        last = proc.descriptors(server.pid)
        assert len(last) == len(first), f"{sorted(first.values())} became {sorted(last.values())}"
        return True

    eventually(as_many)


def test_a_child_of_a_later_generation_holds_no_more_pipes_than_one_of_the_first(serve):
    server = serve(one_child(4, slots=2))

    def pipes():
        return sum(target.startswith("pipe:") for target in proc.descriptors(server.child()).values())

    at_first = pipes()
    for _ in range(3):
        server.graceful()
    eventually(lambda: len(server.children()) == 1)
    assert pipes() == at_first


def assert_all_are_answered(port):
    """By every bucket: there are enough of them."""
    for _ in range(30):
        with Client(port, timeout=5) as client:
            assert client.get("/").status == 200


def test_listener_buckets_give_each_group_of_cores_a_socket_of_its_own(serve):
    server = serve(TWO + "ListenCoresBucketsRatio 1\n")
    cores = len(os.sched_getaffinity(0))
    listening = [row for row in proc.tcp_rows(server.port) if row[2] == proc.LISTENING]
    assert len(listening) == cores
    with Load(server.port, clients=4) as load:
        eventually(lambda: load.ok > 200)
    assert load.failed == 0


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one bucket is never too many")
def test_there_are_no_more_listener_buckets_than_children(serve):
    server = serve(one_child(4) + "ListenCoresBucketsRatio 1\n")
    assert_all_are_answered(server.port)  # with stock every other client waits for ever, for a child that has no row
    assert server.log_lines("ListenCoresBucketsRatio asks for")


# With IPv6, httpd's own socket for a wildcard address is [::], and those beside it are 0.0.0.0.
def test_every_bucket_keeps_its_socket_of_a_wildcard_address_over_graceful_restarts(serve):
    (port,) = free_ports(1)
    buckets = f"ListenCoresBucketsRatio 1\nListenBacklog 1024\nListen {port}\n"
    server = serve(TWO + buckets + SLEEP, lab_modules=("mod_lab",))
    sockets = proc.listening(port)
    assert len(sockets) == len(os.sched_getaffinity(0))
    with Load(port, clients=40, path="/sleep?ms=10") as load:
        for number in range(1, 5):
            answered = load.ok
            assert server.graceful() == number
            eventually(lambda: load.ok > answered + 100)
            assert proc.listening(port) == sockets
    assert load.failed == 0, load.outcomes


def test_every_bucket_serves_on_when_the_ratio_is_removed(serve):
    (port,) = free_ports(1)
    server = serve(TWO + f"ListenCoresBucketsRatio 1\nListen {port}\n")
    sockets = proc.listening(port)
    server.configure(TWO + f"Listen {port}\n")
    server.graceful()
    settled(server, 2, 1)
    assert proc.listening(port) == sockets
    for listening in (server.port, port):
        assert_all_are_answered(listening)


@pytest.mark.parametrize("address", ["127.0.0.1:", ""])
def test_every_bucket_listens_to_an_address_that_comes_as_the_ratio_goes(serve, address):
    (port,) = free_ports(1)
    server = serve(TWO + "ListenCoresBucketsRatio 1\n")
    server.configure(TWO + f"Listen {address}{port}\n")
    for generation in (1, 2):
        server.graceful()
        settled(server, 2, generation)
        # To the kernel, one socket without SO_REUSEPORT leaves no room for another.
        assert len(proc.listening(port)) == 1
        for listening in (server.port, port):
            assert_all_are_answered(listening)


def test_a_ratio_that_comes_with_a_restart_leaves_all_addresses_served(serve):
    server = serve(TWO, ports=2)
    server.configure(TWO + "ListenCoresBucketsRatio 1\n")
    server.restart()
    settled(server, 2, 1)
    for listening in server.ports:
        assert_all_are_answered(listening)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="nothing to be bound for other buckets")
def test_no_server_runs_with_a_bucket_that_lacks_a_socket(new_server):
    directives = TWO + "ListenCoresBucketsRatio 1\n"
    server = new_server(directives, faults=True).start().ready()
    server.ports += free_ports(1)
    server.configure()
    server.faults.fail("bind", errno.EADDRINUSE, skip=1, who=faults.PARENT)  # httpd's own succeeds
    server.send_signal(signal.SIGUSR1)
    assert server.wait_for_end() != 0
    assert server.log_lines("AH00072") and server.log_lines("AH00019")
    eventually(lambda: not server.processes())


def test_a_process_that_a_module_forks_holds_no_listening_socket_after_a_graceful_restart(serve):
    server = serve(TWO + "ListenCoresBucketsRatio 1\n" + CGID, modules=("cgid",))

    def daemon_alone():
        """The process beside two children of one generation."""
        rows = server.rows()
        daemons = set(server.children()) - {row.pid for row in rows}
        assert len(daemons) == 1 and len(rows) == 2, f"{daemons} {rows}"
        return daemons.pop()

    first = eventually(daemon_alone)
    server.graceful()
    second = eventually(daemon_alone)
    assert second != first
    eventually(lambda: not proc.listens(second, server.port), 3)
    assert proc.listens(server.pid, server.port) == len(os.sched_getaffinity(0))


def test_accept_filters_of_a_graceful_restart_hold_in_every_bucket(serve):
    server = serve(TWO + "ListenCoresBucketsRatio 1\nAcceptFilter http none\n")
    with crowd(server.client() for _ in range(20)) as clients:
        eventually(lambda: all(proc.has_server_end(server.port, client.port) for client in clients))
    server.configure(TWO + "ListenCoresBucketsRatio 1\nAcceptFilter http data\n")
    server.graceful()
    settled(server, 2, 1)
    with crowd(server.client() for _ in range(20)) as clients:
        holds_for(lambda: not any(proc.has_server_end(server.port, client.port) for client in clients), 0.5)


def test_the_old_children_serve_until_the_last_of_two_graceful_restarts_has_replaced_them(serve):
    server = serve(TWO + "LabHang {out}/hang\n", lab_modules=("mod_labhang",))
    hangs = [server.out / f"hang.config{restarts}" for restarts in (1, 2)]
    reached = [hang.with_name(f"{hang.name}.here") for hang in hangs]
    for hang in hangs:
        hang.touch()
    server.send_signal(signal.SIGUSR1)
    # Not before: an order that comes while the first is being carried out is one with it.
    eventually(reached[0].exists)
    server.send_signal(signal.SIGUSR1)
    hangs[0].unlink()
    eventually(reached[1].exists)
    # The second configuration is being read, and the first has started nobody.
    with Load(server.port, clients=2, timeout=5) as load:
        eventually(lambda: load.ok > 100)
        hangs[1].unlink()
        settled(server, 2, 2)
    assert load.failed == 0, load.outcomes


def test_the_old_generation_is_shown_while_it_lasts(serve):
    server = serve(one_child(8, slots=3))
    big_file(server)
    (old,) = server.children()
    with stalled_reader(server, close=True) as slow:
        eventually(lambda: server.holds(slow))
        server.graceful()

        def both():
            rows = {row.pid: row for row in server.rows()}
            assert len(rows) == 2 and rows[old].stopping == "yes (old gen)", rows
            assert rows[old].connections == 1 and rows[old].writing == 1, rows
            (new,) = set(rows) - {old}
            # While it has one worker only, which serves the page, it takes nobody else.
            assert rows[new].stopping == "no" and rows[new].accepting, rows
            status = server.status()
            assert status.Stopping == 1 and status.Processes == 2
            assert "G" in status.board, status.board
            return True

        eventually(both, 5)
        assert len(slow.answer().body) == 8 * MEGABYTE
    settled(server, 1, 1)
    assert not proc.alive(old)


def test_a_graceful_restart_lets_a_running_request_end(serve):
    server = serve(TWO + HANG, lab_modules=("mod_labhang",))
    hold_requests(server)
    with server.client() as client:
        client.ask("/hang")
        eventually(lambda: server.holds(client), what="the request in the hands of the old generation")
        server.graceful()
        eventually(lambda: len(server.log_lines("quiescing: pid")) >= 2)
        let_requests_go(server)
        answer = client.answer()
        assert answer.status == 200 and answer.closes()
        client.end_of_stream(2)


def test_a_graceful_restart_lets_idle_connections_go_soon(serve):
    server = serve(TWO)
    old = set(server.children())
    with crowd(server.idle_client() for _ in range(10)) as clients:
        server.graceful()
        for client in clients:
            client.end_of_stream(3)
    eventually(lambda: not old & set(server.children()), 4, what="the end of the old children")


def test_a_graceful_restart_does_not_wait_for_lingering_clients_longer_than_the_short_time(serve):
    server = serve(TWO)
    old = set(server.children())
    with crowd(server.client() for _ in range(10)) as clients:
        for client in clients:
            assert client.get("/", close=True).status == 200
        started = time.monotonic()
        server.graceful()
        eventually(lambda: not old & set(server.children()), 6, what="the end of the old children")
        assert time.monotonic() - started < patience(4)


def test_with_all_slots_taken_by_finishing_children_the_server_still_answers_afterwards(serve):
    server = serve(one_child(4, slots=2))
    big_file(server)
    with stalled_reader(server, close=True) as first:
        eventually(lambda: server.holds(first))
        server.graceful()
        assert server.get("/").status == 200
        assert len(first.answer().body) == 8 * MEGABYTE
    settled(server, 1, 1)


def test_a_restart_picks_up_a_changed_configuration(serve):
    server = serve(TWO)
    server.configure(TWO + "Alias /new {root}/htdocs/index.html\nThreadsPerChild 4\n")
    assert server.get("/new").status == 404
    server.graceful()
    # A child of the generation before accepts until the new ones serve.
    eventually(lambda: server.get("/new").status == 200)
    eventually(lambda: all(row.busy + row.idle == 4 for row in server.rows()))


def test_a_restart_with_a_broken_configuration_ends_the_server_as_httpd_does(new_server):
    server = new_server(TWO).start()
    server.configure("NoSuchDirective On\n")
    server.send_signal(signal.SIGUSR1)
    assert server.wait_for_end() != 0
    eventually(lambda: not server.processes())


def test_server_limit_and_thread_limit_cannot_change_at_a_restart(serve):
    # The child that gives up its row has a race to report to ThreadSanitizer (make_private), which takes seconds.
    server = serve(one_child(4), may_be_slow_to_stop=THREAD_SANITIZER)
    server.configure(one_child(4, slots=5).replace("ThreadLimit 4", "ThreadLimit 9"))
    server.graceful()
    assert len(server.status().board) == 1 * 4
    eventually(lambda: server.log_lines("ServerLimit.*restart|restart.*ServerLimit"))
    eventually(lambda: server.log_lines("ThreadLimit.*restart|restart.*ThreadLimit"))


def test_listening_ports_come_and_go_with_graceful_restarts(serve):
    server = serve(TWO)
    server.ports += free_ports(1)
    server.configure()
    server.graceful()
    assert server.get("/", port=server.ports[1]).status == 200
    removed = server.ports.pop()
    server.configure()
    server.graceful()
    assert server.get("/").status == 200
    eventually(lambda: not any(row[2] == proc.LISTENING for row in proc.tcp_rows(removed)), 3)
    with pytest.raises(ConnectionRefusedError):
        server.client(port=removed)


def test_the_last_of_several_sockets_does_not_block_old_children_that_accept_from_it(serve):
    """httpd makes a socket block if it is the only one, and children of both generations have it in common."""
    server = serve(TWO + HANG, lab_modules=("mod_labhang",), ports=2)
    (server.out / "hang.config1").touch()
    server.ports.pop()
    server.configure()
    server.send_signal(signal.SIGUSR1)
    eventually((server.out / "hang.config1.here").exists)
    for pid in server.children():
        assert [flags & os.O_NONBLOCK for flags in proc.flags_of_listeners(pid, server.port)] == [os.O_NONBLOCK]
    (server.out / "hang.config1").unlink()
    settled(server, 2, 1)
    assert server.get("/").status == 200


def test_connections_that_arrive_during_graceful_restarts_are_answered_without_a_stall(serve):
    server = serve(TWO)
    with Load(server.port, clients=2) as load:
        for number in range(1, 6):
            server.graceful()
    assert load.failed == 0
    assert load.longest < patience(1.5), load.longest


def test_children_are_told_apart_by_generation_in_the_log(serve):
    server = serve(one_child(4))
    server.graceful()
    settled(server, 1, 1)
    generations = [re.search(r"gen (\d+)", line)[1] for line in server.log_lines(r"Child \d+ started")]
    assert generations == ["0", "1"]


@pytest.mark.skipif(bool(SANITIZER), reason="memory figures mean nothing under a sanitizer")
def test_the_memory_of_the_parent_stays_flat_over_restarts(serve):
    server = serve(one_child(4))
    for _ in range(3):
        server.graceful()
    memory = proc.resident_kb(server.pid)
    for _ in range(8):
        server.graceful()
    assert proc.resident_kb(server.pid) - memory < 500


def test_the_html_page_can_be_read_between_restarts(serve):
    server = serve(TWO)
    for _ in range(5):
        with Client(server.port) as client:
            assert process_rows(client.get("/server-status").text)
        server.graceful()


def test_a_child_that_drains_is_shown_as_one_that_does_not_accept(serve):
    server = serve(several(1, 4, most=2, slots=3, spare=(1, 8)) + HANG, lab_modules=("mod_labhang",))
    old = server.child()
    hold_requests(server)
    with server.client() as client:
        client.ask("/hang")
        eventually(lambda: server.status().BusyWorkers == 2)
        server.graceful()

        def says_no():
            rows = {row.pid: row for row in process_rows(server.get("/server-status").text)}
            return old in rows and not rows[old].accepting

        eventually(says_no)
        let_requests_go(server)
        assert client.answer().status == 200


def test_idle_children_with_a_piped_log_are_succeeded_at_once_when_all_slots_are_taken(serve):
    server = serve(one_child(4) + 'CustomLog "|/bin/cat" %U\n')
    for generation in (1, 2, 3):
        server.quiet()
        server.send_signal(signal.SIGUSR1)
        eventually(lambda: len(server.log_lines("AH00489")) > generation)
        asked = time.monotonic()
        assert server.get("/").status == 200
        assert time.monotonic() - asked < patience(0.5), "not by the tick, which comes once a second"


def test_an_order_to_restart_at_once_during_a_graceful_one_begins_one_generation(serve):
    server = serve(TWO + 'CustomLog "|/bin/cat" %U\n' + SLEEP, lab_modules=("mod_lab",))
    server.forget_asker()
    with server.client() as client:
        client.ask("/sleep?ms=1500")  # so that it is waited for
        eventually(lambda: server.sockets_held() == 1)
        server.send_signal(signal.SIGUSR1)
        begun = "AH00489"
        eventually(lambda: not server.lets_in() or len(server.log_lines(begun)) > 1, what="the children accept no more")
        server.send_signal(signal.SIGHUP)
        eventually(lambda: len(server.log_lines(begun)) > 1, 15)
    status = eventually(server.status)
    assert status.ParentServerConfigGeneration - status.ParentServerMPMGeneration == 1

"""What the parent makes of the ways in which a child, or another process of its own, ends."""

import os
import signal

import pytest

from lab import proc
from lab.config import TWO_CHILDREN, location, one_child
from lab.wait import THREAD_SANITIZER, eventually, holds_for

SICK, FATAL = 7, 15  # APEXIT_CHILDSICK, APEXIT_CHILDFATAL
EXIT = location("/exit", "lab-exit")


def test_a_fatal_exit_of_a_child_ends_the_server(serve):
    server = serve(TWO_CHILDREN + EXIT, lab_modules=("mod_lab",))
    server.forget_asker()
    with server.client() as client:
        client.ask(f"/exit?code={FATAL}")
        code = server.wait_for_end(10)
    assert code == 0
    eventually(lambda: not server.processes(), 3)
    assert server.log_lines("AH00050")
    assert not server.log_lines("AH00491")


def test_a_program_of_a_module_ends_nothing_with_the_status_of_a_fatal_child(new_server):
    directives = "RewriteEngine on\nRewriteMap once prg:{root}/once\nRewriteRule ^/once$ ${once:x}\n"
    server = new_server(TWO_CHILDREN + directives, modules=("rewrite",))
    program = server.root / "once"
    program.write_text(f"#!/bin/sh\nread line\necho /index.html\nexit {FATAL}\n")
    program.chmod(0o755)
    server.start().ready(16)
    before = [row.pid for row in server.rows()]
    assert server.get("/once").status == 200
    eventually(lambda: server.log_lines("AH00050"))  # it is httpd that looks at the status first
    holds_for(lambda: server.get("/").status == 200, 1.2)  # the control process has had its tick
    assert [row.pid for row in server.rows()] == before


def test_a_fatal_exit_of_a_child_of_an_older_generation_is_ignored(serve):
    server = serve(one_child(4, slots=3) + EXIT, lab_modules=("mod_lab",))
    with server.client() as client:
        client.ask(f"/exit?code={FATAL}&ms=4000")
        eventually(lambda: server.status().BusyWorkers == 2)
        server.graceful()
        eventually(lambda: server.log_lines("AH00487"), 10)
    holds_for(lambda: server.get("/").status == 200, 1.2)


def test_a_sick_exit_of_a_child_is_survived_if_others_are_well(serve):
    server = serve(TWO_CHILDREN + EXIT, lab_modules=("mod_lab",))
    holds_for(lambda: server.get("/").status == 200, 1.2)  # the parent has seen a healthy child at its tick
    before = set(server.children())
    with server.client() as client:
        client.ask(f"/exit?code={SICK}")
        eventually(lambda: len(before & set(server.children())) == 1, 3)
    eventually(lambda: len(server.children()) == 2, 5)
    assert server.get("/").status == 200


def test_a_clean_exit_of_a_child_frees_its_slot_for_the_next(serve):
    server = serve(one_child(4) + EXIT, lab_modules=("mod_lab",))
    for _ in range(3):
        before = server.child()
        with server.client() as client:
            client.ask("/exit?code=0")
            eventually(lambda: before not in server.children(), 3)
        eventually(lambda: server.get("/").status == 200, 4)
    eventually(lambda: [row.slot for row in server.rows()] == [0])


@pytest.mark.skipif(THREAD_SANITIZER, reason="with ThreadSanitizer stock's httpd cannot start it again either")
def test_a_piped_logger_that_dies_is_started_again(serve):
    server = serve(one_child(4) + 'CustomLog "|/bin/sh -c \'cat >> {out}/access\'" "%U %s"\n')

    def logger():
        """The only one: that of httpd's first look at the configuration may not have ended yet."""
        found = [pid for pid in proc.children_of(server.pid) if _name(pid) == "sh"]
        return found if len(found) == 1 else []

    (first,) = eventually(logger)
    os.kill(first, signal.SIGKILL)
    (second,) = eventually(lambda: [pid for pid in logger() if pid != first], 5)

    def logged():
        server.get("/again")
        return "/again" in (server.out / "access").read_text()

    eventually(logged, 5)
    server.forget_asker()
    assert server.stop() == 0
    eventually(lambda: not proc.alive(second), 3)


def _name(pid):
    try:
        return open(f"/proc/{pid}/comm").read().strip()
    except OSError:
        return ""

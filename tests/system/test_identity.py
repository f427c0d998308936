"""What other code looks for: names, queries, module lists."""

import re
import subprocess
from pathlib import Path

import pytest
from lab.config import location, one_child
from lab.httpd import POLLSET, STATIC
from lab.wait import eventually


def test_the_server_calls_itself_event(serve):
    server = serve()
    assert server.status().ServerMPM == "event"


def test_version_says_event_threaded_and_forked(new_server):
    shown = new_server().run("-V").stdout
    assert re.search(r"Server MPM:\s+event", shown)
    assert re.search(r"threaded:\s+yes", shown)
    assert re.search(r"forked:\s+yes", shown)


def test_the_module_list_names_the_mpm(new_server):
    assert f"mpm_event_module ({'static' if STATIC else 'shared'})" in new_server().run("-M").stdout


def test_the_list_of_what_is_linked_in_names_event_c_if_the_mpm_is(new_server):
    linked_in = new_server().run("-l").stdout.split()
    assert ("event.c" in linked_in) == STATIC


def test_if_module_finds_both_names(new_server):
    server = new_server("".join(
        f"<IfModule {name}>\nDefine {word}\n</IfModule>\n"
        for name, word in (("event.c", "by_file"), ("mpm_event_module", "by_name"))
    ))  # fmt: skip
    shown = server.run("-t", "-D", "DUMP_RUN_CFG").stdout
    assert "Define: by_file" in shown and "Define: by_name" in shown


def test_mod_info_shows_the_module_as_event_c(serve):
    server = serve(location("/info", "server-info"), modules=("info",))
    page = server.get("/info").text
    assert "event.c" in page
    assert re.search(r"MPM Name:</strong>\s*<tt>event</tt>", page)
    assert "MPM Information:</strong> <tt>Max Daemons" in re.sub(r"\s+", " ", page)


def test_the_log_names_the_pollset_that_each_child_waits_in(serve):
    server = serve("StartServers 2\n")
    named = [re.search(r"Using (\w+) ", line)[1] for line in server.log_lines("AH02471")]
    assert named == [POLLSET] * 2


@pytest.mark.skipif(STATIC, reason="what is linked in stays where it is")
def test_the_module_is_not_mapped_twice_after_restarts(serve):
    server = serve(one_child(4))
    before = {line.split()[0] for line in _mappings(server)}
    for _ in range(3):
        server.graceful()
    eventually(lambda: len(server.children()) == 1)
    assert len(_mappings(server)) == len(before), "the module is mapped twice after restarts"


def test_log_level_of_the_module_can_be_set_by_name(serve):
    for level, is_said in (("warn", False), ("warn mpm_event:trace8", True)):
        server = serve(f"LogLevel {level}\n")
        server.graceful()
        assert bool(server.log_lines(r"\[mpm_event:(debug|trace)")) == is_said


def test_children_tell_their_births_and_deaths_in_the_form_that_upstreams_tests_read(serve):
    server = serve(one_child(4))
    (child,) = server.children()
    server.graceful()
    form = r"\[mpm_event:debug\].*Child (\d+) {}: pid {}, gen 0"
    assert server.log_lines(form.format("started", child))
    eventually(lambda: server.log_lines(form.format("stopped", child)), 5)


def _mappings(server):
    lines = Path(f"/proc/{server.pid}/maps").read_text().splitlines()
    return [line for line in lines if str(server.module) in line]


@pytest.mark.skipif(STATIC, reason="httpd exports its own symbols")
def test_the_installed_module_exports_one_symbol(module_under_test):
    shown = subprocess.run(
        ["nm", "-D", "--defined-only", str(module_under_test)], capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[-1] for line in shown.splitlines()] == ["mpm_event_module"]

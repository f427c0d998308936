"""Processes that modules start for a configuration, and that end with it: loggers, programs of rewrite maps. At a
graceful restart nobody may be served by a child that misses them. The requests are short."""

import pytest

from lab.config import TWO_CHILDREN
from lab.load import Load
from lab.wait import eventually

pytestmark = pytest.mark.serial  # a request that takes 0.3 s may miss them

LOGGER = 'LogFormat "%U %>s" short\nCustomLog "|/bin/sh -c \'exec cat >> {out}/access\'" short\n'
MAP = """RewriteEngine On
RewriteMap where prg:{out}/map
RewriteRule ^/map$ /goes-${where:key} [PT]
"""


CLIENTS = pytest.mark.parametrize(
    "ways", [{"think": 0.005}, {"keep_alive": True, "think": 0.15}], ids=["new connections", "kept alive"]
)


def restart_gracefully_under(load, server, times):
    for _ in range(times):
        before, answered = server.children(), load.ok
        server.graceful()
        eventually(lambda: not set(before) & set(server.children()), 10)
        eventually(lambda: load.ok > answered + 20)


@CLIENTS
def test_every_request_is_in_a_piped_log_through_graceful_restarts(new_server, ways):
    server = new_server(TWO_CHILDREN + LOGGER)
    server.put("asked.txt", b"asked")
    server.start().ready()
    with Load(server.port, clients=6, path="/asked.txt", **ways) as load:
        restart_gracefully_under(load, server, 5)
    assert load.failed == 0, load.outcomes
    log = server.out / "access"
    eventually(lambda: log.read_text().splitlines().count("/asked.txt 200") == load.ok, what=f"{load.ok} lines")


@CLIENTS
def test_the_program_of_a_rewrite_map_is_there_for_every_request_through_graceful_restarts(new_server, ways):
    server = new_server(TWO_CHILDREN + MAP, modules=("rewrite",))
    program = server.out / "map"
    program.write_text("#!/bin/sh\nwhile read -r key; do echo there; done\n")
    program.chmod(0o755)
    server.put("goes-there", b"there")
    server.start().ready()
    with Load(server.port, clients=6, path="/map", **ways) as load:
        restart_gracefully_under(load, server, 5)
    assert load.failed == 0, load.outcomes

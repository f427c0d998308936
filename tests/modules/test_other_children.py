"""Processes that modules start for a configuration, and that end with it: loggers, programs of rewrite maps, daemons.
At a graceful restart nobody may be served by a child that misses them. The requests are short."""

import time
from pathlib import Path

import pytest

from lab.config import TWO_CHILDREN
from lab.httpd import REPOSITORY
from lab.load import Load
from lab.wait import TOO_LATE, eventually, lag_so_far
from peers import fastcgi

pytestmark = pytest.mark.serial  # a request that takes 0.3 s may miss them

LOGGER = 'LogFormat "%U %>s" short\nCustomLog "|/bin/sh -c \'exec cat >> {out}/access\'" short\n'
MAP = """RewriteEngine On
RewriteMap where prg:{out}/map
RewriteRule ^/map$ /goes-${where:key} [PT]
"""
APART = REPOSITORY / "build/unpacked/usr/lib/apache2/modules"
"""Modules that Debian would switch on in its own apache2 if they were installed; scripts/test unpacks them there."""

DAEMONS = {
    "fcgid": "ScriptAlias /app {out}/app\nFcgidIPCDir {out}\nFcgidProcessTableFile {out}/table\n"
    "<Directory {out}>\nSetHandler fcgid-script\nOptions +ExecCGI\nRequire all granted\n</Directory>\n",
    "wsgi": "WSGIDaemonProcess app processes=2 threads=4 shutdown-timeout=1\nWSGIProcessGroup app\n"
    "WSGISocketPrefix {out}/socket\nWSGIScriptAlias /app {out}/app\n"
    "<Directory {out}>\nRequire all granted\n</Directory>\n",
}
APPS = {
    "fcgid": "#!/usr/bin/python3\n" + Path(fastcgi.__file__).read_text(),
    "wsgi": "def application(_, start):\n    start('200 OK', [('Content-Type', 'text/plain')])\n    return [b'whole']\n",
}


CLIENTS = pytest.mark.parametrize(
    "ways", [{"think": 0.005}, {"keep_alive": True, "think": 0.15}], ids=["new connections", "kept alive"]
)


def restart_gracefully_under(load, server, times, once=lambda: True):
    for _ in range(times):
        eventually(once, 15)
        before, answered = server.children(), load.ok
        server.graceful()
        eventually(lambda: not set(before) & set(server.children()), 10)
        eventually(lambda: load.ok > answered + 20)


def allowed_to_miss(clients):
    """What a helper of the old generation may not live to see: httpd gives it 0.3 s, and a machine may take longer."""
    return clients if lag_so_far() > TOO_LATE else 0


def has_been_quick(load):
    return load.slowest_since(time.monotonic() - 1) < 0.1


@CLIENTS
def test_every_request_is_in_a_piped_log_through_graceful_restarts(new_server, ways):
    server = new_server(TWO_CHILDREN + LOGGER)
    server.put("asked.txt", b"asked")
    server.start().ready()
    with Load(server.port, clients=6, path="/asked.txt", **ways) as load:
        restart_gracefully_under(load, server, 5)
    assert load.failed == 0, load.outcomes
    log = server.out / "access"
    least = load.ok - allowed_to_miss(6)
    eventually(lambda: least <= log.read_text().splitlines().count("/asked.txt 200"), what=f"{least} lines")
    assert log.read_text().splitlines().count("/asked.txt 200") <= load.ok


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
    assert load.failed <= allowed_to_miss(6), load.outcomes


@pytest.mark.parametrize("module", DAEMONS)
def test_the_daemons_of_a_module_answer_every_request_through_graceful_restarts(new_server, module):
    shared_object = APART / f"mod_{module}.so"
    if not shared_object.exists():
        pytest.skip(f"there is no {shared_object}; scripts/test unpacks it")
    load_it = f'LoadModule {module}_module "{shared_object}"\n'
    server = new_server(TWO_CHILDREN + load_it + DAEMONS[module], modules=("alias",))
    app = server.out / "app"
    app.write_text(APPS[module])
    app.chmod(0o755)
    server.start().ready()
    # mod_fcgid lets a request for which no process is free sleep for a second. It starts three, so no more than two ask.
    with Load(server.port, clients=2, path="/app", timeout=30) as load:
        restart_gracefully_under(load, server, 3, once=lambda: load.ok > 20 and has_been_quick(load))
    assert load.failed <= allowed_to_miss(2), load.outcomes

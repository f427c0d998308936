"""mod_watchdog's users, and the rest: md, systemd, lua, info, status with ExtendedStatus."""

import re
import socket
from collections import Counter

import pytest

from lab.client import crowd
from lab.config import SLEEP, location, one_child
from lab.httpd import LIBEXEC
from lab.wait import eventually
from peers import tls
from peers.http import conversation

# ---- mod_watchdog, mod_md ----------------------------------------------------------------------------------

MANAGED = (
    "MDStoreDir {out}/md\nMDCertificateAuthority http://127.0.0.1:1/\nMDCertificateAgreement accepted\n"
    "MDomain managed.example\nMDContactEmail nobody@managed.example\n<VirtualHost 127.0.0.1:{port1}>\n"
    "ServerName managed.example\nSSLEngine On\n</VirtualHost>\nLogLevel md:debug\n"
)


def test_mod_md_loads_and_its_watchdog_runs(alike):
    """The authority is not there, so the watchdog of mod_md fails to get a certificate, and says so."""

    def scenario(start):
        server = start(one_child(8, slots=2) + MANAGED, modules=(*tls.MODULES, "md"), ports=2)
        eventually(lambda: server.log_lines("AH10056"), 30, what="the word of mod_md's watchdog")
        return server.get("/").status

    # Which of its steps are logged before the stop depends on a moment.
    assert alike(scenario, unlike=ANY_OF_MD) == 200


ANY_OF_MD = {f"AH{number}" for number in range(10045, 10140)}


# ---- mod_systemd -------------------------------------------------------------------------------------------


@pytest.mark.skipif(not (LIBEXEC / "mod_systemd.so").exists(), reason="this httpd comes without mod_systemd")
def test_mod_systemd_tells_that_the_server_is_ready(alike, tmp_path):
    def scenario(start):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
            inbox.bind(str(tmp_path / "notify"))
            inbox.settimeout(20)
            server = start(one_child(8), modules=("systemd",), environment={"NOTIFY_SOCKET": str(tmp_path / "notify")})
            said = inbox.recv(1000)
            (tmp_path / "notify").unlink()
        return b"READY=1" in said, server.get("/").status

    assert alike(scenario) == (True, 200)


# ---- mod_lua -----------------------------------------------------------------------------------------------

LUA = """\
function handle(r)
  r.content_type = "text/plain"
  local body = r.method == "POST" and r:requestbody() or ""
  r:puts(r.method .. " " .. r.uri .. " " .. tostring(#body) .. "\\n")
  return apache2.OK
end
function hook(r)
  r.headers_out["X-Lua"] = "hooked"
  return apache2.DECLINED
end
"""


def with_lua(start, scope):
    directives = (
        f"LuaScope {scope}\nLuaMapHandler /lua {{root}}/htdocs/script.lua handle\n"
        "LuaHookFixups {root}/htdocs/script.lua hook\n"
    )
    return start(one_child(8, 20) + directives, modules=("lua",), before=lambda server: server.put("script.lua", LUA))


@pytest.mark.parametrize("scope", ["once", "conn", "thread"])
def test_scripts_of_mod_lua_answer_and_take_part(alike, scope):
    def scenario(start):
        return conversation(
            with_lua(start, scope),
            {"path": "/lua"},
            {"path": "/lua", "method": "POST", "body": b"b" * 5000},
            {"path": "/"},
        )

    answers = alike(scenario)
    assert [body for _, _, body in answers] == [b"GET /lua 0\n", b"POST /lua 5000\n", b"hello\n"]
    assert all(headers["x-lua"] == "hooked" for _, headers, _ in answers)


def test_scripts_of_mod_lua_answer_in_all_threads(start):
    # On ours only: without an idle worker stock closes kept-alive connections, some with a request in them.
    server = with_lua(start, "thread")
    with crowd(server.client() for _ in range(16)) as clients:
        for _ in range(20):
            for client in clients:
                client.ask("/lua")
            assert Counter(client.answer().text for client in clients) == {"GET /lua 0\n": 16}


# ---- mod_info, mod_status ----------------------------------------------------------------------------------


def test_mod_info_tells_the_same_of_all_modules(alike):
    def scenario(start):
        server = start(one_child(4) + location("/info", "server-info"), modules=("info", "proxy", "cgid"))
        page = server.get("/info").text
        modules = re.findall(r'<a name="(\w+\.c)">', page)
        # What is said of each module but the MPM; tests/parity compares that. Paths, ports and times differ.
        sections = {
            name: re.findall(r"<tt>([\w -]+)</tt>", text)
            for name, text in re.findall(r'<a name="(\w+\.c)">(.*?)(?=<hr)', page, re.S)
            if name != "event.c"
        }
        return modules, sections, sorted(set(server.get("/info?list").text.split()))

    modules, _, _ = alike(scenario)
    assert "event.c" in modules and "mod_proxy.c" in modules


def test_extended_status_counts_requests_exactly(alike):
    def scenario(start):
        server = start(one_child(8, 20))
        server.put("big.txt", b"0123456789" * 10_240)

        def figures():
            status = server.status()
            return status["Total Accesses"], status["Total kBytes"]

        before = figures()
        with server.client() as client:
            for _ in range(30):
                client.get("/big.txt")
        after = eventually(lambda: (now := figures())[1] >= before[1] + 3000 and now, 5)
        return after[0] > before[0] + 30 and after[1] <= before[1] + 3100

    assert alike(scenario)


def sleeping(server):
    return [row for row in server.workers() if "/sleep" in row["Request"]]


def test_extended_status_shows_what_each_worker_does(alike):
    def scenario(start):
        server = start(one_child(8, 20) + SLEEP, lab_modules=("mod_lab",))
        with crowd(server.client(timeout=30) for _ in range(3)) as clients:
            for number, client in enumerate(clients):
                client.ask(f"/sleep?ms=3000;{number}", host=f"host{number}")
            rows = eventually(lambda: len(found := sleeping(server)) == 3 and found)
            seen = sorted((row["M"], row["Client"], row["Protocol"], row["Request"]) for row in rows)
            for client in clients:
                assert client.answer().status == 200
        return seen, sorted(rows[0])

    seen, columns = alike(scenario)
    assert seen == [("W", "127.0.0.1", "http/1.1", f"GET /sleep?ms=3000;{n} HTTP/1.1") for n in range(3)]
    assert {"PID", "Acc", "M", "SS", "Req", "Dur", "Conn", "VHost"} <= set(columns)

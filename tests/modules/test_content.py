"""Modules that make or change content: dav, deflate, brotli, include, ext_filter, ratelimit, data, echo, buffer."""

import base64
import ctypes
import ctypes.util
import gzip
import time
from collections import Counter

import pytest

from lab.client import crowd
from lab.config import SLEEP, one_child
from lab.load import Load
from lab.wait import eventually, patience
from peers.http import conversation

TEXT = "".join(f"Line {number} of a text that can be compressed.\n" for number in range(100_000)).encode()
PROPERTIES = '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getcontentlength/><resourcetype/></prop></propfind>'
LOCK = (
    '<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>'
    "</lockinfo>"
)


def with_text(server):
    server.put("text.txt", TEXT)


# ---- mod_dav -----------------------------------------------------------------------------------------------


def test_mod_dav_keeps_what_it_is_given(alike):
    def scenario(start):
        def folder(server):
            (server.out / "dav").mkdir()
            (server.out / "dav").chmod(0o777)

        dav = (
            "DavLockDB {out}/locks\nAlias /dav {out}/dav\n<Directory {out}/dav>\nDav On\nRequire all granted\n"
            "</Directory>\n"
        )
        server = start(one_child(8, 20) + dav, modules=("dav", "dav_fs"), before=folder)
        with server.client() as client:
            client.ask("/dav/locked", method="PUT", body=b"mine")
            answers = [client.answer().status]
            client.ask("/dav/locked", method="LOCK", body=LOCK.encode(), headers={"Timeout": "Second-100"})
            token = client.answer().headers["lock-token"]
            client.ask("/dav/locked", method="PUT", body=b"not mine")
            answers.append(client.answer().status)
            client.ask("/dav/locked", method="PUT", body=b"mine again", headers={"If": f"({token})"})
            answers.append(client.answer().status)
            client.ask("/dav/locked", method="UNLOCK", headers={"Lock-Token": token})
            answers.append(client.answer().status)
        to = {"Destination": f"http://localhost:{server.port}/dav/moved"}
        rest = conversation(
            server,
            {"path": "/dav/new", "method": "PUT", "body": b"n" * 500_000},
            {"path": "/dav/folder", "method": "MKCOL"},
            {"path": "/dav/", "method": "PROPFIND", "body": PROPERTIES.encode(), "headers": {"Depth": "1"}},
            {"path": "/dav/new", "method": "COPY", "headers": to},
            {"path": "/dav/moved"},
            {"path": "/dav/moved", "method": "DELETE"},
            {"path": "/dav/moved"},
        )
        return answers, [(status, len(body)) for status, _, body in rest]

    locked, rest = alike(scenario)
    assert locked == [201, 423, 204, 204]
    assert [status for status, _ in rest] == [201, 201, 207, 201, 200, 204, 404] and rest[4][1] == 500_000


def test_mod_dav_takes_uploads_from_many_at_once(alike):
    def scenario(start):
        dav = "Alias /dav {out}\n<Directory {out}>\nDav On\nRequire all granted\n</Directory>\n"
        server = start(one_child(8, 20) + "DavLockDB {out}/locks\n" + dav, modules=("dav", "dav_fs"))
        with crowd(server.client(timeout=30) for _ in range(20)) as clients:
            for number, client in enumerate(clients):
                client.ask(f"/dav/file{number}", method="PUT", body=b"%d" % number * 50_000)
            statuses = Counter(client.answer().status for client in clients)
        return statuses, all((server.out / f"file{n}").read_bytes() == b"%d" % n * 50_000 for n in range(20))

    assert alike(scenario) == ({201: 20}, True)


# ---- mod_deflate, mod_brotli -------------------------------------------------------------------------------


def brotli_text(data):
    """Decompresses with the library that mod_brotli's own is built with."""
    library = ctypes.CDLL(ctypes.util.find_library("brotlidec") or "libbrotlidec.so.1")
    size = ctypes.c_size_t(len(TEXT) + 1)
    out = ctypes.create_string_buffer(size.value)
    library.BrotliDecoderDecompress.argtypes = [
        ctypes.c_size_t, ctypes.c_char_p, ctypes.POINTER(ctypes.c_size_t), ctypes.c_char_p,
    ]  # fmt: skip
    assert library.BrotliDecoderDecompress(len(data), data, ctypes.byref(size), out) == 1, "not brotli"
    return out.raw[: size.value]


COMPRESSION = {
    "gzip": ("deflate", "AddOutputFilterByType DEFLATE text/plain\nAddType text/plain .txt\n", gzip.decompress),
    "br": ("brotli", "AddOutputFilterByType BROTLI_COMPRESS text/plain\nAddType text/plain .txt\n", brotli_text),
}


@pytest.mark.parametrize("coding", COMPRESSION)
def test_a_large_response_that_is_compressed_arrives_whole(alike, coding):
    module, directives, decompressed = COMPRESSION[coding]

    def scenario(start):
        server = start(one_child(8, 20) + directives, modules=(module, "filter"), before=with_text)
        request = {"path": "/text.txt", "headers": {"Accept-Encoding": coding}}
        return conversation(server, request, request, {"path": "/text.txt"})

    first, second, whole = alike(scenario)
    for status, headers, body in (first, second):
        assert status == 200 and headers["content-encoding"] == coding
        assert len(body) < len(TEXT) / 4 and decompressed(body) == TEXT
    assert whole[2] == TEXT


@pytest.mark.parametrize("coding", COMPRESSION)
def test_clients_that_read_a_compressed_response_slowly_get_all_of_it(start, coding):
    module, directives, decompressed = COMPRESSION[coding]
    server = start(one_child(8, 20) + directives, modules=(module, "filter"), before=with_text)
    with crowd(server.client(receive_buffer=4096, timeout=60) for _ in range(4)) as slow:
        for client in slow:
            client.ask("/text.txt", headers={"Accept-Encoding": coding})
        assert [server.get("/").status for _ in range(20)] == [200] * 20
        for client in slow:
            assert decompressed(client.answer().body) == TEXT


# ---- mod_include, mod_ext_filter, mod_data, mod_echo -------------------------------------------------------

PAGE = """\
<!--#set var="word" value="set" --><!--#echo var="word" -->
<!--#include virtual="/part.txt" -->
<!--#include virtual="/sleep?ms=50" -->
<!--#if expr="v('REQUEST_METHOD') == 'GET'" -->got<!--#else -->not<!--#endif -->
<!--#include virtual="/missing" -->
<!--#flastmod virtual="/part.txt" -->
"""


def test_mod_include_puts_pages_together(alike):
    def scenario(start):
        def pages(server):
            server.put("page.shtml", PAGE)
            server.put("part.txt", "part\n")

        block = "<Directory {root}/htdocs>\nOptions +Includes\nAddOutputFilter INCLUDES .shtml\n</Directory>\n"
        server = start(one_child(8, 20) + block + SLEEP, modules=("include",), lab_modules=("mod_lab",), before=pages)
        return conversation(server, {"path": "/page.shtml"}, {"path": "/page.shtml"}, {"path": "/"})

    first, second, _ = alike(scenario)
    lines = first[2].decode().splitlines()
    assert first == second and lines[0] == "set" and lines[1] == "part" and "got" in lines
    assert "an error occurred" in first[2].decode()


def test_mod_ext_filter_sends_content_through_a_program(alike):
    def scenario(start):
        filters = (
            'ExtFilterDefine upper mode=output cmd="/usr/bin/tr a-z A-Z"\n<Location /text.txt>\nSetOutputFilter upper\n'
            "</Location>\n"
        )
        server = start(one_child(8, 20) + filters, modules=("ext_filter",), before=with_text)
        return conversation(server, {"path": "/text.txt"}, {"path": "/text.txt"}, {"path": "/"})

    first, second, plain_one = alike(scenario)
    assert first[2] == TEXT.upper() and second[2] == TEXT.upper() and plain_one[2] == b"hello\n"


def test_mod_data_makes_a_data_url(alike):
    def scenario(start):
        directives = "AddType text/plain .txt\n<Files short.txt>\nSetOutputFilter DATA\n</Files>\n"
        server = start(
            one_child(8, 20) + directives, modules=("data",), before=lambda server: server.put("short.txt", TEXT[:9000])
        )
        return conversation(server, {"path": "/short.txt"}, {"path": "/short.txt"})

    first, second = alike(scenario)
    kind, _, coded = first[2].decode().partition(",")
    assert kind.startswith("data:text/plain") and base64.b64decode(coded) == TEXT[:9000] and first == second


def test_mod_echo_echoes_until_the_client_is_done(alike):
    def scenario(start):
        host = "<VirtualHost 127.0.0.1:{port1}>\nProtocolEcho On\n</VirtualHost>\n"
        server = start(one_child(8, 20) + host, modules=("echo",), ports=2)
        heard = []
        with crowd(server.client(port=server.ports[1]) for _ in range(4)) as clients:
            for word in (b"one\n", b"two\n", b"three\n"):
                for client in clients:
                    client.send(word)
                heard += [client.more() for client in clients]
            for client in clients:
                client.half_close()
                client.end_of_stream(5)
        return heard

    assert alike(scenario) == [b"one\n"] * 4 + [b"two\n"] * 4 + [b"three\n"] * 4


# ---- mod_ratelimit -----------------------------------------------------------------------------------------


def test_mod_ratelimit_holds_its_rate(alike):
    def scenario(start):
        limit = "<Location /text.txt>\nSetOutputFilter RATE_LIMIT\nSetEnv rate-limit 400\n</Location>\n"
        server = start(one_child(8, 20) + limit, before=lambda server: server.put("text.txt", TEXT[:600_000]),
                       modules=("ratelimit",))  # fmt: skip
        with server.client(timeout=30) as client:
            asked = client.ask("/text.txt")
            answer = client.answer()
            again = client.get("/")
        return answer.status, answer.body == TEXT[:600_000], again.status, held(answer.at - asked)

    status, whole, again, took = alike(scenario)
    assert (status, whole, again) == (200, True, 200) and took


def held(seconds):
    """Whether 600 kB at 400 KiB a second took about 1.4 s: never less than 1, and not for ever."""
    return 1.0 <= seconds <= 1.5 + patience(2)


def test_responses_at_a_limited_rate_delay_nobody_else(start):
    limit = "<Location /text.txt>\nSetOutputFilter RATE_LIMIT\nSetEnv rate-limit 400\n</Location>\n"
    server = start(one_child(8, 20) + limit, before=lambda server: server.put("text.txt", TEXT[:400_000]),
                   modules=("ratelimit",))  # fmt: skip
    with crowd(server.client(timeout=30) for _ in range(4)) as limited:
        began = time.monotonic()
        for client in limited:
            client.ask("/text.txt")
        with Load(server.port, clients=2) as load:
            eventually(lambda: load.ok > 50, 10)
        assert load.failed == 0
        for client in limited:
            assert client.answer().body == TEXT[:400_000]
        assert time.monotonic() - began <= 1 + patience(4)


def test_mod_buffer_and_mod_reflector_pass_a_body_both_ways(alike):
    def scenario(start):
        directives = (
            "<Location /reflect>\nSetHandler reflector\nSetOutputFilter BUFFER\nSetInputFilter BUFFER\n</Location>\n"
        )
        server = start(one_child(8, 20) + directives, modules=("buffer", "reflector"))
        return conversation(server, {"path": "/reflect", "method": "POST", "body": TEXT[:70_000]})

    ((status, _, body),) = alike(scenario)
    assert status == 200 and body == TEXT[:70_000]


def test_random_numbers_are_others_at_each_start(new_server):
    """Lua's are random(3)'s, which the MPM has to seed."""

    def first_of_a_server():
        server = new_server(one_child(2) + "LuaMapHandler ^/random$ {out}/random.lua\n", modules=("lua",))
        (server.out / "random.lua").write_text("function handle(r) r:puts(math.random(1000000000)) end\n")
        return server.start().ready().get("/random").text

    numbers = [first_of_a_server() for _ in range(2)]
    assert all(number.isdecimal() for number in numbers), numbers
    assert numbers[0] != numbers[1]

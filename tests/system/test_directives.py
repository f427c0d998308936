"""Directives: bad values are named and refused, numbers out of range are corrected with stock's warnings."""

import re

import pytest

from lab.version import since

WHOLE = ("StartServers", "ServerLimit", "MinSpareThreads", "MaxSpareThreads", "MaxRequestWorkers", "MaxClients",
         "ThreadsPerChild", "ThreadLimit", "GracefulShutdownTimeout", "ListenBacklog", "ListenCoresBucketsRatio",
         "SendBufferSize", "ReceiveBufferSize")  # fmt: skip
NO_WHOLE_NUMBER = ("abc", "5x", "1e9", "2.5", "nan", "inf", "0x10", "+-1", '"5 "')
NO_DECIMAL = ("nan", "inf", "-inf", "abc", "1.5x", "1,5", "1e3", "0x2", ".", '" 2"')

TUNED = ("ServerLimit", "ThreadLimit", "ThreadsPerChild", "MaxRequestWorkers", "StartServers", "MinSpareThreads")

# What is out of range, in one configuration each. The later ones are many corrections that build on each other.
OUT_OF_RANGE = {
    "ServerLimit above the cap": "ServerLimit 30000",
    "ServerLimit zero": "ServerLimit 0",
    "ServerLimit negative": "ServerLimit -5",
    "ThreadLimit above the cap": "ThreadLimit 200000",
    "ThreadLimit zero": "ThreadLimit 0",
    "ThreadsPerChild above ThreadLimit": "ThreadsPerChild 65",
    "ThreadsPerChild zero": "ThreadsPerChild 0",
    "MaxRequestWorkers below ThreadsPerChild": "MaxRequestWorkers 7",
    "MaxRequestWorkers no multiple": "MaxRequestWorkers 31",
    "MaxRequestWorkers above ServerLimit": "MaxRequestWorkers 40",
    "MaxClients no multiple": "MaxClients 31",
    "StartServers zero": "StartServers 0",
    "MinSpareThreads negative": "MinSpareThreads -1",
    "MaxSpareThreads negative": "MaxSpareThreads -1",
    "many too high": "ServerLimit 3\nThreadLimit 200000\nThreadsPerChild 300000\nMaxRequestWorkers 999999999",
    "all too low": "\n".join(f"{name} 0" for name in TUNED),
}


def corrections(text):
    """What is told: AH number, level if there is one, directives and figures. The sentences are each module's own."""
    told = []
    for line in text.splitlines():
        if found := re.search(r"(?:\[mpm_event:(\w+)\].*)?AH00(49[7-9]|50\d|51\d|520): (.*)", line):
            level, number, sentence = found.groups()
            directives = set(re.findall(r"|".join(TUNED), sentence))
            told.append((number, level, directives, set(re.findall(r"-?\b\d+", sentence))))
    return told


def refusal(server):
    done = server.run("-t")
    assert done.returncode != 0, f"accepted: {server.directives}"
    return done.stderr


@pytest.mark.parametrize("name", [*WHOLE, pytest.param("ListenTCPDeferAccept", marks=since("2.4.66"))])
def test_a_value_that_is_no_whole_number_is_refused_by_name(new_server, name):
    server = new_server()
    for value in NO_WHOLE_NUMBER:
        server.directives = f"{name} {value}"
        said = refusal(server)
        assert "Syntax error on line" in said and f"{name}: '{value.strip(chr(34))}' is not a whole number" in said


@pytest.mark.parametrize("name", WHOLE)
def test_a_value_that_overflows_is_refused_by_name(new_server, name):
    server = new_server()
    for value in ("2147483648", "-2147483649", "99999999999999999999999"):
        server.directives = f"{name} {value}"
        assert f"{name}: '{value}' is out of range" in refusal(server)


def test_a_factor_that_is_no_decimal_is_refused_by_name(new_server):
    server = new_server()
    for value in NO_DECIMAL:
        server.directives = f"AsyncRequestWorkerFactor {value}"
        assert f"AsyncRequestWorkerFactor: '{value.strip(chr(34))}' is not a decimal number" in refusal(server)


def test_a_factor_must_be_positive_and_must_fit(new_server):
    server = new_server()
    for value in ("0", "0.000", "-1", "-0.5"):
        server.directives = f"AsyncRequestWorkerFactor {value}"
        said = refusal(server)
        assert f"AsyncRequestWorkerFactor: '{value}'" in said and "must be a positive number" in said
    server.directives = "AsyncRequestWorkerFactor 1e300"
    assert "AsyncRequestWorkerFactor: '1e300'" in refusal(server)
    server.directives = "AsyncRequestWorkerFactor " + "9" * 400
    assert "is out of range" in refusal(server)


@pytest.mark.parametrize("factor", ["2", "+2", "0.5", ".25", "1.", "2.75", "0.0001", "100"])
def test_any_positive_decimal_is_a_factor(new_server, factor):
    done = new_server(f"AsyncRequestWorkerFactor {factor}").run("-t")
    assert done.returncode == 0, done.stderr


def test_httpds_own_rules_for_a_number_still_hold(new_server):
    for directive in ("ListenBacklog 0", "SendBufferSize 100", "ReceiveBufferSize 100", "ListenCoresBucketsRatio -1"):
        said = {mpm: new_server(directive, mpm=mpm).run("-t").stderr for mpm in ("ours", "stock")}
        assert "must be" in said["ours"] and said["ours"].splitlines()[-1] == said["stock"].splitlines()[-1]


@pytest.mark.parametrize("name", [*WHOLE, "AsyncRequestWorkerFactor"])
def test_a_directive_outside_the_server_configuration_is_refused(new_server, name):
    server = new_server()
    for opening, closing in (("<VirtualHost *>", "</VirtualHost>"), ("<Directory />", "</Directory>"),
                             ("<Location />", "</Location>"), ("<Files x>", "</Files>")):  # fmt: skip
        server.directives = f"{opening}\n{name} 2\n{closing}"
        said = refusal(server)
        assert re.search(rf"{name} (cannot occur within|not allowed in) {opening.split()[0]}", said), said


def test_a_directive_takes_exactly_one_value(new_server):
    for name in (*WHOLE, "AsyncRequestWorkerFactor"):
        for values in ("", " 2 3"):
            assert f"{name} takes one argument" in refusal(new_server(f"{name}{values}"))


@pytest.mark.parametrize("asked", OUT_OF_RANGE.values(), ids=OUT_OF_RANGE.keys())
def test_the_console_is_told_the_corrections_that_stock_makes(new_server, asked):
    said = {mpm: new_server(asked, mpm=mpm).run("-t") for mpm in ("ours", "stock")}
    assert said["ours"].returncode == said["stock"].returncode == 0
    assert corrections(said["ours"].stderr) == corrections(said["stock"].stderr)
    assert corrections(said["stock"].stderr) or "MaxSpareThreads" in asked


@pytest.mark.parametrize("asked", [OUT_OF_RANGE["many too high"], OUT_OF_RANGE["all too low"]], ids=["high", "low"])
def test_the_log_is_told_the_corrections_that_stock_makes_after_a_restart(serve, asked):
    told = {}
    for mpm in ("ours", "stock"):
        server = serve(mpm=mpm, crashes_expected=mpm == "stock")
        assert corrections(server.log_text()) == []
        server.configure(asked)
        server.graceful()
        told[mpm] = corrections(server.log_text())
        assert corrections(server.console()) == []
    assert told["ours"] == told["stock"]
    assert {"501", "506"} <= {number for number, *_ in told["ours"]}
    assert {level for _, level, *_ in told["ours"]} == {"warn"}


def test_a_server_that_starts_tells_the_console_once_and_the_log_once(serve):
    asked = "MaxRequestWorkers 31\nStartServers 0"
    told = {}
    for mpm in ("ours", "stock"):
        server = serve(asked, mpm=mpm, crashes_expected=mpm == "stock")
        told[mpm] = corrections(server.console()), corrections(server.log_text())
    assert told["ours"] == told["stock"]
    assert [number for number, *_ in told["ours"][0]] == ["513", "517"]
    assert [number for number, *_ in told["ours"][1]] == ["514", "518"]


def test_a_corrected_value_is_the_one_that_holds(serve):
    server = serve("ThreadsPerChild 0\nMaxRequestWorkers 0\nStartServers 0\nMinSpareThreads 0")
    status = server.ready(1).status()
    assert len(server.children()) == 1 and status.BusyWorkers + status.IdleWorkers == 1


def test_the_deprecated_name_of_max_request_workers_means_the_same(new_server):
    assert corrections(new_server("MaxClients 31").run("-t").stderr) == corrections(
        new_server("MaxRequestWorkers 31").run("-t").stderr
    )

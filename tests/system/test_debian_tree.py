"""Debian's /etc/apache2 serves with only the module file exchanged, and swapping back needs nothing but the file."""

import re

import pytest

from lab import proc
from lab.client import Client
from lab.debian import DebianTree
from lab.httpd import DEBIANS_HTTPD, HTTPD, OURS, STOCK
from lab.status import Status
from lab.wait import eventually

pytestmark = pytest.mark.skipif(HTTPD != DEBIANS_HTTPD, reason="another httpd than Debian's is tested")


@pytest.fixture
def tree():
    tree = DebianTree(OURS)
    yield tree
    tree.close()


def get(tree, path="/"):
    with Client(tree.port) as client:
        return client.get(path, close=True)


def status(tree):
    return Status.parse(get(tree, "/server-status?auto").text)


def start(tree):
    done = tree.ctl("start")
    assert done.returncode == 0, done.stdout + done.stderr
    eventually(lambda: get(tree).status == 200, 10)


def test_it_serves_debians_page(tree):
    start(tree)
    assert "It works" in get(tree).text
    assert status(tree).ServerMPM == "event"
    eventually(lambda: len(proc.children_of(tree.pid())) == 2, what="both children that Debian starts")


def test_what_is_mapped_is_the_module_under_test(tree):
    start(tree)
    mapped = {path for path in proc.maps(tree.pid()) if path.endswith(".so")}
    inode = OURS.stat().st_ino
    lines = open(f"/proc/{tree.pid()}/maps").read().splitlines()
    assert any(line.split()[4] == str(inode) for line in lines), mapped


def test_configtest_is_content(tree):
    done = tree.ctl("configtest")
    assert done.returncode == 0
    assert "Syntax OK" in done.stdout + done.stderr


@pytest.mark.parametrize("question", ["-M", "-V", "-l", "-S", "-L"])
def test_apache2ctl_answers_as_with_stock(tree, question):
    ours = tree.ctl(question)
    tree.exchange(STOCK)
    stock = tree.ctl(question)
    assert (ours.returncode, _plain(ours.stderr)) == (stock.returncode, _plain(stock.stderr))
    if question == "-L":  # the help text of each directive is the module's own
        assert set(re.findall(r"^\w+ \(\w+\.c\)", ours.stdout, re.M)) == set(
            re.findall(r"^\w+ \(\w+\.c\)", stock.stdout, re.M)
        )
        return
    assert _plain(ours.stdout) == _plain(stock.stdout)


def _plain(text):
    """Sorted, because httpd itself prints some of it in the order of a hash."""
    return sorted(re.sub(r"\[.*?\] ", "", text).splitlines())


def test_graceful_brings_the_next_generation(tree):
    start(tree)
    pid = tree.pid()
    for generation in (1, 2, 3):
        assert tree.ctl("graceful").returncode == 0
        eventually(lambda: status(tree).generation == generation, 5)
    assert tree.pid() == pid


def test_restart_brings_the_next_generation(tree):
    start(tree)
    pid = tree.pid()
    assert tree.ctl("restart").returncode == 0
    eventually(lambda: status(tree).generation == 1, 5)
    assert tree.pid() == pid


@pytest.mark.parametrize("how", ["stop", "graceful-stop"])
def test_every_stop_ends_all_processes_and_takes_the_pid_file_along(tree, how):
    start(tree)
    assert tree.ctl(how).returncode == 0
    tree.wait_until_gone()
    assert not tree.pid_file.exists()


def test_swapping_back_needs_nothing_but_the_file(tree):
    start(tree)
    assert tree.ctl("stop").returncode == 0
    tree.wait_until_gone()
    tree.exchange(STOCK)
    start(tree)
    assert status(tree).ServerMPM == "event"


def test_graceful_with_a_broken_configuration_is_refused_and_the_server_goes_on(tree):
    start(tree)
    (tree.etc / "conf-enabled/broken.conf").write_text("NoSuchDirective\n")
    assert tree.ctl("graceful").returncode != 0
    assert get(tree).status == 200
    assert status(tree).generation == 0

"""scripts/into-httpd on a tree that has nothing but what the script asks for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
RELEASE = """\
#define AP_SERVER_MAJORVERSION_NUMBER {}
#define AP_SERVER_MINORVERSION_NUMBER {}
#define AP_SERVER_PATCHLEVEL_NUMBER   {}
#define AP_SERVER_DEVBUILD_BOOLEAN    0
"""


class Tree:
    def __init__(self, root, version=(2, 4, 68)):
        self.root = root
        self.mpm = root / "server/mpm/event"
        for name, text in {
            "include/ap_release.h": RELEASE.format(*version),
            "build/config-stubs": "",
            "server/mpm/config2.m4": "",
            "server/mpm/event/config3.m4": "stock's config\n",
            "server/mpm/event/event.c": "stock's source\n",
        }.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def into_httpd(self, *arguments, script=REPOSITORY / "scripts/into-httpd"):
        return subprocess.run([script, *arguments, self.root], capture_output=True, text=True, timeout=30)

    def put(self):
        done = self.into_httpd()
        assert done.returncode == 0, done.stderr
        return done.stdout

    def undo(self):
        done = self.into_httpd("--undo")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refuses(self, *arguments):
        """What it says on its refusal, after which the tree is as it was."""
        before = self.content()
        done = self.into_httpd(*arguments)
        assert done.returncode == 1 and self.content() == before
        return done.stderr

    def content(self):
        files = [path for path in self.root.rglob("*") if path.is_file()]
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "httpd tree")  # a blank, as a path may have


def files_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_it_puts_every_source_and_the_build_files_into_the_place_of_stocks(tree):
    tree.put()
    ours = {f"{name}/{path}" for name in ("include", "src") for path in files_below(REPOSITORY / name)}
    ours |= files_below(REPOSITORY / "scripts/in-tree") | {"LICENSE"}
    ours |= {f"{layer.name}.cpp" for layer in (REPOSITORY / "src").iterdir()}
    assert files_below(tree.mpm) == ours
    assert {"Makefile.in", "config.m4", "config3.m4", "mpm_default.h"} <= ours


def test_it_asks_for_configure_until_the_tree_has_been_configured_with_it(tree):
    (tree.mpm / "Makefile").write_text("of stock's\n")
    assert "./configure" in tree.put() and "./configure" in tree.put()
    (tree.mpm / "Makefile").write_text("of ours\n")
    assert tree.put().endswith("Next, there: make\n")
    assert "./configure" in tree.undo()


def test_stocks_config_files_are_where_buildconf_does_not_read_them(tree):
    tree.put()
    read_by_buildconf = [path for name in ("os", "server", "modules", "support")
                         for path in (tree.root / name).rglob("config*.m4")]  # fmt: skip
    assert not [path for path in read_by_buildconf if "stock's" in path.read_text()]


def test_again_gives_the_same_tree(tree):
    tree.put()
    once = tree.content()
    tree.put()
    assert tree.content() == once


def test_again_takes_away_what_is_no_longer_in_the_repository(tree):
    tree.put()
    (tree.mpm / "src/child/dropped.cpp").write_text("")
    (tree.mpm / "dropped_layer.cpp").write_text("")
    tree.put()
    assert not (tree.mpm / "src/child/dropped.cpp").exists()
    assert not (tree.mpm / "dropped_layer.cpp").exists()


def test_again_leaves_what_httpds_build_made(tree):
    tree.put()
    (tree.mpm / "modules.mk").write_text("made by configure\n")
    tree.put()
    assert (tree.mpm / "modules.mk").exists()


def test_again_makes_the_sources_newer_than_what_was_built_from_them(tree):
    tree.put()
    built = tree.mpm / "child.lo"
    built.write_text("")
    tree.put()
    assert (tree.mpm / "src/child/worker.cpp").stat().st_mtime_ns > built.stat().st_mtime_ns


def test_undo_gives_the_tree_back_as_it_was(tree):
    before = tree.content()
    tree.put()
    (tree.mpm / "child.o").write_text("")
    tree.undo()
    assert tree.content() == before


def test_what_was_undone_can_be_put_again(tree):
    tree.put()
    once = tree.content()
    tree.undo()
    tree.put()
    assert tree.content() == once


def test_a_run_that_was_interrupted_can_be_repeated(tree):
    tree.put()
    whole = tree.content()
    (tree.mpm / "config3.m4").unlink()
    tree.put()
    assert tree.content() == whole


def test_a_run_that_was_interrupted_can_be_undone(tree):
    before = tree.content()
    tree.put()
    shutil.rmtree(tree.mpm)
    tree.undo()
    assert tree.content() == before


def test_undo_of_an_untouched_tree_is_refused(tree):
    assert "has httpd's own event MPM" in tree.refuses("--undo")


@pytest.mark.parametrize("version", [(2, 4, 48), (2, 5, 50), (2, 2, 50)])
def test_a_version_that_this_mpm_does_not_build_for_is_refused_by_its_number(tmp_path, version):
    tree = Tree(tmp_path / "httpd", version)
    assert "is httpd {}.{}.{};".format(*version) in tree.refuses()


@pytest.mark.parametrize("missing", ["include/ap_release.h", "server/mpm/config2.m4", "build/config-stubs"])
def test_a_folder_that_is_no_source_tree_is_refused(tree, missing):
    os.unlink(tree.root / missing)
    assert "is no source tree of httpd" in tree.refuses()


def test_every_source_is_compiled_once(tree):
    tree.put()
    included = [line for unit in tree.mpm.glob("*.cpp") for line in unit.read_text().splitlines()
                if line.startswith('#include "src/')]  # fmt: skip
    sources = {path for path in files_below(tree.mpm) if path.startswith("src/") and path.endswith(".cpp")}
    assert sorted(included) == sorted(f'#include "{source}"' for source in sources)

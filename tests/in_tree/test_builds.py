"""httpd's own configure and make build this MPM, linked in and as a module, one after the other in the same tree."""

import re
import subprocess
import sys
from pathlib import Path

from conftest import OF_SHARED

LINT = Path(__file__).resolve().parents[1] / "lint"


def test_nothing_warned(httpd):
    warnings = [line for line in httpd.said_by_make.splitlines() if re.search(r"warning", line, re.I)]
    assert not warnings


def test_configure_found_a_compiler_and_its_library(httpd):
    assert re.search(r"compiles C\+\+20\.\.\. (\(cached\) )?yes$", httpd.said_by_configure, re.M)
    assert re.search(r"library of .*\.\.\. -l\S+$", httpd.said_by_configure, re.M)


def test_the_cxx_compiler_gets_the_flags_that_configure_got(httpd):
    rules = (httpd.prefix / "build/config_vars.mk").read_text()
    flags = " ".join(re.findall(r"^(?:EXTRA_|NOTEST_)?CXXFLAGS = (.*)$", rules, re.M)).split()
    assert {"-O0", "-g0"} <= set(flags), flags
    assert (OF_SHARED in flags) == (httpd.kind == "shared"), flags


def test_version_says_event(httpd):
    shown = httpd.answer("-V")
    assert re.search(r"Server MPM:\s+event$", shown, re.M)
    assert re.search(r"threaded:\s+yes", shown)


def test_event_c_is_linked_in_where_it_was_asked_for(httpd):
    assert ("event.c" in httpd.answer("-l").split()) == (httpd.kind == "static")


def test_there_is_a_module_file_where_it_was_asked_for(httpd):
    assert httpd.module.exists() == (httpd.kind == "shared")


def test_the_configuration_that_httpd_installs_loads_the_module_if_there_is_one(httpd):
    config = (httpd.prefix / "conf/httpd.conf").read_text()
    line = "LoadModule mpm_event_module modules/mod_mpm_event.so"
    assert (line in config.splitlines()) == (httpd.kind == "shared")


def test_the_mpm_can_be_unloaded_and_exports_its_record(httpd):
    """As the module that cmake builds; of what is linked in, httpd exports all that is visible."""
    if httpd.kind == "shared":
        done = subprocess.run([sys.executable, LINT / "exports.py", httpd.module], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    else:
        shown = subprocess.check_output(["nm", "-DC", "--defined-only", httpd.prefix / "bin/httpd"], text=True)
        assert "mpm_event_module" in shown.split() and "mpm::" not in shown


def test_it_passes_the_system_tests_that_serve_restart_and_stop(httpd):
    done = httpd.system_tests("identity", "restarts", "stops")
    assert done.returncode == 0, done.stdout[-6000:]

"""The two kinds of suites. Each is made in a Lab and run, as a whole or some of it; a run answers with
{file: {test: outcome}}, an outcome being passed, failed or skipped."""

import configparser
import json
import os
import pathlib
import re
import shutil

import lab
import tap

HERE = pathlib.Path(__file__).resolve().parent
PYTESTS = ("core", "http1", "http2", "proxy")
PERL_SECONDS, PYTEST_SECONDS = 5400, 5400
ENDED = "(the run ended)"


class Pytest:
    """test/modules/NAME with test/pyhttpd."""

    def __init__(self, name, source, root, module, variant):
        self.name = name
        self.lab = lab.Lab(root, module, lab.VARIANTS[variant], {})
        self.top = self.lab.root / "source"
        self.top.mkdir()
        self.lab.copy(source / "test", "source/test")
        self._write_config()
        self._write_clients_makefile()
        self._unskip()
        self._free_a_port()
        self._add_delay()
        shutil.copy(HERE / "record.py", self.top / "record.py")
        self.lab.hand_over()

    def _write_config(self):
        """What configure makes of config.ini.in, for the installed server."""
        ports = lab.free_ports(8)
        parser = configparser.ConfigParser()
        root, here = str(self.lab.root), str(self.top / "test")
        modules = sorted(path.stem.removeprefix("mod_") for path in self.lab.modules.glob("*.so"))
        parser["global"] = {
            "curl_bin": "curl", "nghttp": "nghttp", "h2load": "h2load", "prefix": root, "exec_prefix": root,
            "bindir": root, "sbindir": root, "libdir": "/usr/lib", "libexecdir": str(self.lab.modules),
            "apr_bindir": "/usr/bin", "apxs": str(self.lab.apxs), "apachectl": str(self.lab.httpd),
        }
        parser["httpd"] = {
            "version": "2.4", "name": "httpd", "mpm_modules": "mpm_event mpm_worker mpm_prefork",
            "dso_modules": " ".join(name for name in modules if not name.startswith("mpm_")),
        }
        parser["test"] = {
            "gen_dir": str(self.lab.root / "gen"), "https_port": ports, "http_port": ports + 1,
            "proxy_port": ports + 2, "http_port2": ports + 3, "ws_port": ports + 4,
            "http_tld": "tests.httpd.apache.org", "test_dir": f"{here}/pyhttpd", "test_src_dir": f"{here}/pyhttpd",
        }
        with open(self.top / "test/pyhttpd/config.ini", "w", encoding="utf-8") as target:
            parser.write(target)

    def _write_clients_makefile(self):
        rule = "h2ws: h2ws.c\n\tcc $$(apr-1-config --includes) -o $@ $< -lnghttp2 -lapr-1\n"
        (self.top / "test/clients/Makefile").write_text(rule, encoding="utf-8")

    def _unskip(self):
        """The cases that wait for a better event MPM are run, whatever the version of httpd."""
        path = self.top / "test/modules/http2/test_700_load_get.py"
        text = path.read_text(encoding="utf-8")
        text, marks = re.subn(r"( *)@pytest\.mark\.skip\('awaiting mpm_event improvements'\)\n", "", text)
        text, guards = re.subn(r'( *)if not env\.httpd_is_at_least\("2\.5\.0"\):\n.*pytest\.skip.*\n', "", text)
        if self.name == "http2" and (marks, guards) != (1, 1):
            print("    note: nothing to unskip was found in test_700_load_get.py")
        path.write_text(text, encoding="utf-8")

    def _free_a_port(self):
        """test_h2_600_05 has the number of a port that config.ini may set otherwise."""
        path = self.top / "test/modules/http2/test_600_h2proxy.py"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("port=5004", "port=env.http_port2"), encoding="utf-8")

    def _add_delay(self):
        """test_core_002_01 asks for a program that sleeps for a second, which is not in the sources."""
        path = self.top / "test/modules/core/htdocs/cgi/delay.py"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            text = "#!/usr/bin/python3\nimport time\n\ntime.sleep(1)\nprint('Content-Type: text/plain\\n\\nslept')\n"
            path.write_text(text, encoding="utf-8")

    def run(self, only=None):
        """The whole suite, or those of its cases that an expression for `pytest -k` chooses."""
        return self._pytest([f"test/modules/{self.name}", *(["-k", only] if only else [])])

    def repeat(self, names):
        """The named cases again. Each sets up its own server, so they need no other."""
        return self._pytest([name.replace(" ", "::", 1) for name in names])

    def _pytest(self, chosen):
        record = self.lab.root / "run/record"
        record.unlink(missing_ok=True)
        command = ["/usr/bin/python3", "-m", "pytest", "-p", "record", "-p", "no:cacheprovider", "-p", "no:xdist"]
        status = self.lab.run(
            [*command, *chosen], self.top, PYTEST_SECONDS,
            PEER_RECORD=str(record), PYTHONPATH=str(self.top), STRESS_TEST="1",
        )
        self.lab.stop()
        outcomes = _came_to_its_end(status)
        if record.exists():
            for line in record.read_text(encoding="utf-8").splitlines():
                node, outcome = json.loads(line)
                file, _, test = node.partition("::")
                outcomes.setdefault(file, {})[test] = outcome
        return outcomes


class Perl:
    """debian/perl-framework: Apache-Test with a server that runs from the first file to the last."""

    name = "perl"

    def __init__(self, source, root, module, variant):
        # Its own configuration sets the MPM's directives; only what comes after it can change them.
        self.lab = lab.Lab(root, module, {}, lab.VARIANTS[variant])
        self.top = self.lab.copy(source / "debian/perl-framework", "perl-framework")
        self._write_conf()
        self._ready = False
        self.lab.hand_over()

    def _write_conf(self):
        """The modules for the framework to inherit: all there are, as in Debian's own run of it."""
        others = {"mpm_worker", "mpm_prefork"}
        lines = []
        for path in sorted(pathlib.Path("/etc/apache2/mods-available").glob("*.load")):
            for line in path.read_text(encoding="utf-8").splitlines():
                found = re.match(r"\s*LoadModule\s+(\S+)_module\s+(\S+)", line)
                if found and found[1] not in others:
                    lines.append(f"LoadModule {found[1]}_module {self.lab.modules / os.path.basename(found[2])}")
        for name in ("bucketeer", "case_filter", "case_filter_in"):  # have no file in mods-available
            lines.append(f"LoadModule {name}_module {self.lab.modules}/mod_{name}.so")
        lines += ["TypesConfig /etc/mime.types", "ServerName localhost"]
        (self.lab.root / "inherited.conf").write_text("\n".join(dict.fromkeys(lines)) + "\n", encoding="utf-8")

    def _make(self):
        port = lab.free_ports(80)
        command = ["perl", "Makefile.PL", "-apxs", self.lab.apxs, "-httpd", self.lab.httpd, "-port", port]
        self.lab.run([*command, "-httpd_conf", self.lab.root / "inherited.conf"], self.top, 300)
        self._ready = True

    def repeat(self, names):
        """The files of the named tests again: a test depends on those before it."""
        return self.run(" ".join(sorted({name.split(" ", 1)[0] for name in names})))

    def run(self, only=None):
        """All files, or those that `only` names."""
        if not self._ready:
            self._make()
        spool = self.lab.root / "run/tap"
        shutil.rmtree(spool, ignore_errors=True)
        command = ["t/TEST", "-verbose", *(only or "").split()]
        status = self.lab.run(command, self.top, PERL_SECONDS, PERL_TEST_HARNESS_DUMP_TAP=str(spool))
        self.lab.stop()
        outcomes = _came_to_its_end(status)
        for path in sorted(spool.rglob("*.t")):
            text = path.read_text(encoding="utf-8", errors="replace")
            outcomes[_file_name(path, spool)] = tap.outcomes_of(text)
        return outcomes


def _came_to_its_end(status):
    """The tests that a run did not get to are not reported; that there are some has to be."""
    return {ENDED: {"in time": "failed" if status in (124, 137) else "passed"}}


def _file_name(path, spool):
    """t/modules/dav.t: the harness repeats whatever path it was given below the spool."""
    parts = path.relative_to(spool).parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("t"):])


def make(name, source, root, module, variant):
    """The suite `name`, ready to run."""
    if name == "perl":
        return Perl(source, root, module, variant)
    return Pytest(name, source, root, module, variant)

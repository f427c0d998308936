#!/usr/bin/env python3
"""The lints, each on a small tree with one planted violation, and on the same tree without it."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class Planted(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lint-"))
        self.addCleanup(shutil.rmtree, self.root)

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def lint(self, rule, *arguments):
        command = [sys.executable, HERE / f"{rule}.py", *(arguments or [self.root])]
        return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def assert_finds(self, rule, where, *arguments):
        done = self.lint(rule, *arguments)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(where, done.stdout)

    def assert_clean(self, rule, *arguments):
        done = self.lint(rule, *arguments)
        self.assertEqual(done.returncode, 0, done.stdout)


class Layers(Planted):
    def refused(self, name, included):
        self.plant(name, f"#pragma once\n#include {included}\n")
        self.assert_finds("layers", f"{name}:2: ")

    def allowed(self, name, included):
        self.plant(name, f"#pragma once\n#include {included}\n")
        self.assert_clean("layers")

    def test_the_core_knows_no_httpd(self):
        self.refused("src/child/worker.cpp", "<httpd.h>")

    def test_the_core_knows_no_apr(self):
        self.refused("include/mpm/policy/limits.hpp", "<apr_pools.h>")

    def test_a_port_knows_no_scoreboard_header(self):
        self.refused("include/mpm/ports/scoreboard.hpp", '"scoreboard.h"')

    def test_the_child_does_not_know_the_parent(self):
        self.refused("src/child/worker.cpp", '"parent/reaper.hpp"')

    def test_the_parent_does_not_know_the_child(self):
        self.refused("src/parent/nursery.cpp", '"child/worker.hpp"')

    def test_policy_knows_no_port(self):
        self.refused("src/policy/limits.cpp", '"mpm/ports/clock.hpp"')

    def test_apr_does_not_know_httpd(self):
        self.refused("src/apr/pool.cpp", "<http_log.h>")

    def test_apr_does_not_know_the_httpd_layer(self):
        self.refused("src/apr/pool.cpp", '"httpd/retained.hpp"')

    def test_os_does_without_apr(self):
        self.refused("src/os/steady_clock.cpp", "<apr_time.h>")

    def test_httpd_does_not_know_the_front(self):
        self.refused("src/httpd/retained.cpp", '"front/runtime.hpp"')

    def test_include_does_not_know_src(self):
        self.refused("include/mpm/policy/limits.hpp", '"policy/fold.hpp"')

    def test_an_include_does_not_climb(self):
        self.refused("src/child/worker.cpp", '"../policy/fold.hpp"')

    def test_a_unit_test_does_without_httpd(self):
        self.refused("tests/unit/child/worker_test.cpp", '"httpd/retained.hpp"')

    def test_a_folder_that_is_no_layer_is_refused(self):
        self.refused("src/misc/things.cpp", "<vector>")

    def test_the_front_knows_everybody(self):
        self.allowed("src/front/runtime.cpp", '"child/child_process.hpp"')

    def test_apr_knows_aprs_headers(self):
        self.allowed("src/apr/pool.cpp", "<apr_pools.h>")

    def test_the_child_knows_policy(self):
        self.allowed("src/child/worker.cpp", '"mpm/policy/ledger.hpp"')


class Words(Planted):
    def refused(self, rule, name, line):
        self.plant(name, f"// one line before\n{line}\n")
        self.assert_finds(rule, f"{name}:2: ")

    def allowed(self, rule, name, line):
        self.plant(name, f"// one line before\n{line}\n")
        self.assert_clean(rule)

    def test_the_clock_is_read_in_one_file(self):
        for line in ("auto t = std::chrono::steady_clock::now();", "auto t = Tick::now();", "time(nullptr);",
                     "apr_time_now();", "clock_gettime(CLOCK_MONOTONIC, &t);"):
            with self.subTest(line):
                self.refused("clock", "src/child/listener.cpp", line)

    def test_steady_clock_reads_it(self):
        self.allowed("clock", "src/os/steady_clock.cpp", "clock_gettime(CLOCK_MONOTONIC, &t);")

    def test_the_clock_port_may_be_asked(self):
        asked = "const Instant now = clock_.now(); stop_time(now); queue.time(0);"
        self.allowed("clock", "src/child/listener.cpp", asked)

    def test_a_unit_test_does_not_sleep(self):
        for line in ("std::this_thread::sleep_for(1ms);", "::sleep(n);", "sleep(1);", "usleep(10);"):
            with self.subTest(line):
                self.refused("clock", "tests/unit/child/worker_test.cpp", line)

    def test_a_listener_may_sleep_in_a_test_s_words(self):
        self.allowed("clock", "tests/unit/child/worker_test.cpp", "lot.sleep(now); EXPECT_EQ(sleep(at(5s)), 5ms);")

    def test_locks_are_made_in_guarded(self):
        for line in ("std::mutex m;", "std::lock_guard hold(m);", "std::condition_variable c;", "volatile int n;",
                     "apr_thread_mutex_t* m;", "std::shared_lock hold(m);"):
            with self.subTest(line):
                self.refused("locks", "src/child/work_queue.hpp", line)

    def test_guarded_makes_locks(self):
        self.allowed("locks", "include/mpm/base/guarded.hpp", "std::mutex mutex_; std::condition_variable changed_;")

    def test_an_allocator_takes_aprs_mutex(self):
        self.allowed("locks", "src/apr/pool_cache.cpp", "apr_allocator_mutex_set(allocator, mutex);")

    def test_an_allocator_takes_no_other_mutex(self):
        self.refused("locks", "src/apr/pool_cache.cpp", "std::mutex m;")

    def test_a_system_s_own_way_to_tell_of_ready_sockets_is_found(self):
        for line in ("#include <sys/epoll.h>", '# include "sys/event.h"', "#include <port.h>", "int n = EPOLLIN;",
                     "::epoll_wait(fd, events, 8, -1);", "const int fd = kqueue();", "struct kevent change;",
                     "change.filter = EVFILT_READ;", "port_associate(port, source, fd, POLLIN, nullptr);",
                     "bell = eventfd(0, 0);", "timerfd_create(clock, 0);", "method = APR_POLLSET_EPOLL;"):  # fmt: skip
            with self.subTest(line):
                self.refused("readiness", "src/child/listener.cpp", line)

    def test_no_other_folder_than_src_apr_names_it(self):
        for name in ("src/httpd/process_control.cpp", "include/mpm/ports/poller.hpp", "tests/fakes/fake_poller.hpp"):
            with self.subTest(name):
                self.refused("readiness", name, "#include <sys/epoll.h>")

    def test_src_apr_names_it(self):
        self.allowed("readiness", "src/apr/pollset.cpp", "#include <sys/epoll.h>\nint fd = epoll_create1(0);")

    def test_what_every_system_has_is_no_assumption(self):
        line = "#include <poll.h>\nint n = ::ppoll(all, 2, nullptr, &mask); bool is_epoll = support_port(port.get());"
        self.allowed("readiness", "src/httpd/process_control.cpp", line)

    def test_nothing_unwinds(self):
        for line in ("throw 1;", "try {", "} catch (...) {", "apr_thread_exit(t, 0);", "pthread_exit(nullptr);"):
            with self.subTest(line):
                self.refused("unwinding", "src/httpd/thread_factory.cpp", line)

    def test_words_in_comments_and_literals_are_not_code(self):
        words = "throw try catch std::mutex volatile time(0) steady_clock::now()"
        text = f'// {words}\n/* {words}\n{words} */ const char* s = "{words}"; char c = \'"\'; int n = 1\'000;\n'
        self.plant("src/child/worker.cpp", text + f'const char* t = R"x({words}\n")x"; bool b = try_lock();\n')
        for rule in ("clock", "locks", "unwinding"):
            with self.subTest(rule):
                self.assert_clean(rule)

    def test_code_after_a_literal_is_code(self):
        self.refused("unwinding", "src/child/worker.cpp", 'say("//"); throw 1;')


class Sizes(Planted):
    def test_the_line_after_the_last_allowed_one_is_found(self):
        for name, most in (("src/child/worker.cpp", 300), ("include/mpm/base/list.hpp", 150), ("README.md", 150)):
            with self.subTest(name):
                self.plant(name, "\n" * most)
                self.assert_clean("sizes")
                self.plant(name, "\n" * (most + 1))
                self.assert_finds("sizes", name)
                (self.root / name).unlink()


class Patches(Planted):
    def test_one_that_no_longer_fits_is_found(self):
        self.plant("tests/bench/without/turns.patch", "--- a/src/x\n+++ b/src/x\n@@ -1 +1 @@\n-before\n+after\n")
        source = self.plant("src/x", "before\n")
        self.assert_clean("patches")
        source.write_text("other\n")
        self.assert_finds("patches", "tests/bench/without/turns.patch")


class Format(Planted):
    def test_a_line_that_clang_format_would_change_is_found(self):
        shutil.copy(HERE.parent.parent / ".clang-format", self.root)
        self.plant("src/child/worker.cpp", "int twice(int n) { return 2 * n; }\n")
        self.assert_clean("format")
        self.plant("src/child/worker.cpp", "int twice( int n ){ return 2*n ; }\n")
        self.assert_finds("format", "src/child/worker.cpp")


class Exports(Planted):
    RECORD = '[[gnu::visibility("default")]] const char* mpm_event_module = "event.c";\n'

    def built(self, text, *flags):
        source = self.plant("module.cpp", self.RECORD + text)
        module = self.root / "module.so"
        command = ["c++", "-std=c++20", "-shared", "-fPIC", "-fvisibility=hidden", *flags, "-o", module, source]
        subprocess.run(command, check=True)
        return module

    def test_the_record_alone_is_clean(self):
        self.assert_clean("exports", self.built("int twice(int n) { return 2 * n; }\n"))

    def test_a_second_export_is_found(self):
        planted = '[[gnu::visibility("default")]] int twice(int n) { return 2 * n; }\n'
        self.assert_finds("exports", "exported: _Z5twicei", self.built(planted))

    def test_a_hidden_record_is_found(self):
        self.RECORD = 'const char* mpm_event_module = "event.c";\n'
        self.assert_finds("exports", "not exported: mpm_event_module", self.built(""))

    def test_another_name_than_event_c_is_found(self):
        self.RECORD = self.RECORD.replace("event.c", "event.cpp")
        self.assert_finds("exports", "not event.c", self.built(""))

    def test_a_unique_symbol_is_found(self):
        planted = 'template <class T> [[gnu::visibility("default")]] int* place() { static int n = 0; return &n; }\n'
        module = self.built(planted + "int* (*here)() = &place<int>;\n", "-fgnu-unique")
        self.assert_finds("exports", "unique", module)

    def test_a_dynamic_initialiser_is_found(self):
        module = self.built("int made(); int n = made(); int made() { return *new int; }\n")
        self.assert_finds("exports", "dynamic initialiser", module)

    def test_a_global_that_changes_is_found(self):
        module = self.built("int count; int* at() { return &count; }\n")
        self.assert_finds("exports", "global that changes: count", module)

    def test_a_local_static_is_found(self):
        planted = "int make(); int kept() { static int n = make(); return n; } int make() { return *new int; }\n"
        self.assert_finds("exports", "local static", self.built(planted))


class Hardening(Planted):
    TEXT = '#include <cstdio>\nint say(const char* what) { char text[9]; return std::snprintf(text, 9 + *what, "%s", what); }\n'
    FLAGS = {
        "-Wl,-z,relro": "-Wl,-z,norelro",
        "-Wl,-z,now": "-Wl,-z,lazy",
        "-Wl,-z,noexecstack": "-Wl,-z,execstack",
        "-fstack-protector-strong": "-fno-stack-protector",
        "-D_FORTIFY_SOURCE=2": "-D_FORTIFY_SOURCE=0",
        "-fcf-protection": "-fcf-protection=none",
    }

    def built(self, without=None):
        flags = [other if flag == without else flag for flag, other in self.FLAGS.items()]
        source, module = self.plant("module.cpp", self.TEXT), self.root / "module.so"
        # The driver's own start files have endbr64 in them.
        command = ["c++", "-O2", "-U_FORTIFY_SOURCE", "-shared", "-fPIC", "-nostartfiles", *flags, "-o", module, source]
        subprocess.run(command, check=True)
        return module

    def test_all_of_it_is_clean(self):
        self.assert_clean("hardening", self.built())

    def test_whatever_is_left_out_is_found(self):
        for flag, complaint in zip(self.FLAGS, ("RELRO", "lazy", "executable", "protector", "FORTIFY", "control flow")):
            with self.subTest(flag):
                self.assert_finds("hardening", complaint, self.built(without=flag))


class Coverage(Planted):
    def built(self, main):
        policy = "inline int twice(int n) {\n  if (n < 0) {\n    return 0;\n  }\n  return 2 * n;\n}\n"
        self.plant("include/mpm/policy/twice.hpp", policy)
        source = self.plant("tests/main.cpp", f'#include "mpm/policy/twice.hpp"\nint main() {{ return {main}; }}\n')
        command = ["c++", "--coverage", "-I", self.root / "include", "-o", self.root / "program", source]
        subprocess.run(command, check=True, cwd=self.root)
        return self.root, self.root, self.root / "program"

    def test_a_line_that_no_test_runs_is_found(self):
        self.assert_finds("coverage", "include/mpm/policy/twice.hpp:3: not run", *self.built("twice(0)"))

    def test_a_policy_whose_every_line_runs_is_clean(self):
        self.assert_clean("coverage", *self.built("twice(0) + twice(-1)"))

    def test_a_failing_program_is_no_pass(self):
        self.assert_finds("coverage", "failed", *self.built("1 + twice(0) + twice(-1)"))


class Tidy(Planted):
    def checked(self, *texts, layer="child"):
        shutil.copy(HERE.parent.parent / ".clang-tidy", self.root)
        entries = []
        for number, text in enumerate(texts):
            source = self.plant(f"src/{layer}/worker_{number}.cpp", text)
            command = f"g++ -std=c++20 -fno-gnu-unique -o {number}.o -c {source}"
            entries.append({"directory": str(self.root), "command": command, "file": str(source)})
        self.plant("compile_commands.json", json.dumps(entries))
        return self.root, self.root

    def test_a_small_function_is_clean(self):
        self.assert_clean("tidy", *self.checked("int twice(int n) { return 2 * n; }\n"))

    def test_a_long_function_is_found(self):
        text = "int count(int n) {\n" + "  ++n;\n" * 62 + "  return n;\n}\n"
        self.assert_finds("tidy", "readability-function-size", *self.checked(text))

    def test_a_fifth_parameter_is_found(self):
        text = "int sum(int a, int b, int c, int d, int e) { return a + b + c + d + e; }\n"
        self.assert_finds("tidy", "readability-function-size", *self.checked(text))

    def test_a_fourth_block_inside_a_function_is_found(self):
        text = "int count(int n) {\n" + "  if (n > 0) {\n" * 4 + "  ++n;\n" + "  }\n" * 4 + "  return n;\n}\n"
        self.assert_finds("tidy", "readability-function-size", *self.checked(text))

    def test_a_name_of_another_house_is_found(self):
        text = "int TwiceOf(int n) { return 2 * n; }\n"
        self.assert_finds("tidy", "readability-identifier-naming", *self.checked(text))

    def test_a_class_that_copies_what_it_frees_is_found(self):
        text = "class Held {\n public:\n  ~Held() { delete at_; }\n\n private:\n  int* at_ = nullptr;\n};\n"
        self.assert_finds("tidy", "special-member-functions", *self.checked(text))

    def test_each_source_of_a_directory_is_looked_at(self):
        fine, bad = "int twice(int n) { return 2 * n; }\n", "int* nothing() { return 0; }\n"
        for at in range(3):
            texts = [fine.replace("twice", f"times_{number}") for number in range(3)]
            texts[at] = bad
            self.assert_finds("tidy", f"worker_{at}.cpp:1:25: error: use nullptr", *self.checked(*texts))

    def test_a_directory_that_no_rule_names_is_looked_at(self):
        self.assert_finds("tidy", "use nullptr", *self.checked("int* nothing() { return 0; }\n", layer="new"))

    def test_a_build_that_compiles_nothing_is_no_pass(self):
        self.plant("compile_commands.json", "[]")
        self.assert_finds("tidy", "compiles nothing", self.root, self.root)


class OlderHeaders(Planted):
    def compiled(self, text):
        headers = self.plant("headers/ap_mmn.h", """\
#define MODULE_MAGIC_NUMBER_MAJOR 20120211
#define MODULE_MAGIC_NUMBER_MINOR 142
inline int ap_pre_connection() { return 0; }
""").parent  # fmt: skip
        source = self.plant("src/httpd/host.cpp", f"#include <ap_mmn.h>\n{text}")
        command = f"g++ -isystem {headers} -o host.o -c {source}"
        entry = {"directory": str(self.root), "command": command, "file": str(source)}
        self.plant("compile_commands.json", json.dumps([entry]))
        return self.root, self.root, headers

    def test_a_later_name_behind_its_number_is_clean(self):
        text = "#if MODULE_MAGIC_NUMBER_MINOR >= 117\nint answer() { return ap_pre_connection(); }\n#endif\n"
        self.assert_clean("older_headers", *self.compiled(text))

    def test_a_later_name_that_is_taken_for_granted_is_found(self):
        text = "int answer() { return ap_pre_connection(); }\n"
        self.assert_finds("older_headers", "ap_pre_connection", *self.compiled(text))


class Tally(Planted):
    """scripts/tally, on whose last line and status the verdict over a change rests."""

    GOOD = '<testcase name="good"/>'

    def told(self, cases, status):
        self.plant("unit.status", f"{status} 3\n")
        if cases is not None:
            self.plant("unit.xml", f"<testsuite>{cases}</testsuite>")
        command = [sys.executable, HERE.parent.parent / "scripts/tally", self.root]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_what_passed_is_counted(self):
        self.assertEqual(self.told(self.GOOD * 3, 0), (0, "3 passed, 0 failed"))

    def test_one_failure_fails_it_all(self):
        bad = '<testcase name="bad"><failure/></testcase>'
        self.assertEqual(self.told(self.GOOD + bad, 1), (1, "1 passed, 1 failed"))

    def test_an_error_outside_the_test_is_a_failure(self):
        self.assertEqual(self.told('<testcase name="bad"><error/></testcase>', 1), (1, "0 passed, 1 failed"))

    def test_a_suite_that_breaks_off_has_failed(self):
        self.assertEqual(self.told(self.GOOD, 124), (1, "1 passed, 1 failed"))

    def test_a_suite_that_says_nothing_has_failed(self):
        self.assertEqual(self.told(None, 0), (1, "0 passed, 1 failed"))

    def test_what_ctest_could_not_start_has_failed(self):
        missing = '<testcase name="x" status="notrun"><skipped message="Unable to find executable"/></testcase>'
        self.assertEqual(self.told(self.GOOD + missing, 8), (1, "1 passed, 1 failed"))

    def test_what_was_skipped_on_purpose_is_neither(self):
        skipped = '<testcase name="x"><skipped message="no such module"/></testcase>'
        self.assertEqual(self.told(self.GOOD + skipped, 0), (0, "1 passed, 0 failed"))


class Races(Planted):
    """tests/system/lab/races.py on reports of ThreadSanitizer's."""

    @staticmethod
    def frame(at, function, module, file="/w/x.c"):
        return f"    #{at} {function} {file}:1 ({module}+0x1)\n"

    def report(self, *stacks, kind="data race", mutexes=""):
        text = f"{'=' * 18}\nWARNING: ThreadSanitizer: {kind} (pid=7)\n"
        for stack in stacks:
            text += f"  Write of size 4 at 0x7b by thread T1{mutexes}:\n"
            text += "".join(self.frame(at, *frame) for at, frame in enumerate(stack)) + "\n"
        text += "  Thread T1 (tid=8, running) created by main thread at:\n"
        text += self.frame(0, "mpm::start(int)", "mod_mpm_event.so") + "\n"
        self.plant("below/tsan.7", text + f"SUMMARY: ThreadSanitizer: {kind}\n{'=' * 18}\n")

    def said(self, status):
        script = HERE.parent / "system/lab/races.py"
        done = subprocess.run([sys.executable, script, self.root], check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    OURS = ("mpm::Acceptor::accept(int, int)", "mod_mpm_event.so")
    THEIRS = ("ap_run_handler", "apache2")

    def test_a_race_of_the_mpm_is_named(self):
        self.report([self.OURS], [self.THEIRS, self.OURS])
        self.assertIn("MPM's code: 1 reports of 1 kinds\n      1  data race: ap_run_handler / mpm::Acceptor::accept\n",
                      self.said(1))

    def test_what_the_mpm_has_the_libraries_do_is_its_own(self):
        self.report([("memcpy", "libtsan.so.2"), ("apr_pmemdup", "libapr-1.so.0"), self.OURS], [self.THEIRS])
        self.assertIn("MPM's code: 1 reports", self.said(1))

    def test_what_the_compiler_took_over_from_the_c_library_is_its_callers(self):
        inlined = ("memcpy", "mod_mpm_event.so", "/usr/include/x86_64-linux-gnu/bits/string_fortified.h")
        self.report([inlined, self.OURS], [self.THEIRS])
        self.assertIn("data race: ap_run_handler / mpm::Acceptor::accept\n", self.said(1))

    def test_what_httpd_does_when_the_mpm_calls_it_is_httpds_and_not_known_either(self):
        self.report([self.THEIRS, self.OURS], [self.THEIRS, self.OURS])
        said = self.said(1)
        self.assertIn("httpd and its modules: 1 reports", said)
        self.assertIn("MPM's code: 0 reports", said)

    def test_what_is_known_is_only_counted(self):
        self.report([("cached_explode", "apache2")], [("cached_explode", "apache2")])
        self.assertIn("known: 1 reports of 1 kinds\n", self.said(0))

    def test_what_is_known_of_a_timed_callback_is_not_known_of_a_connection_handed_over(self):
        ends, reads = ("ap_process_request_after_handler", "apache2"), ("ap_process_http_async_connection", "apache2")
        self.report([ends, ("mpm::ConnectionDriver::call(int)", "mod_mpm_event.so")], [reads, self.OURS])
        self.said(0)
        self.report([ends, self.OURS], [reads, self.OURS])
        self.said(1)

    def test_what_is_known_of_two_is_not_known_of_one_with_another(self):
        self.report([("cached_explode", "apache2")], [self.THEIRS])
        self.said(1)

    def test_a_callee_that_is_known_excuses_its_own_access_alone(self):
        self.report([self.THEIRS, ("status_handler", "mod_status.so")], [self.THEIRS])
        self.said(1)

    def test_an_allocator_without_a_lock_is_known_in_threads_of_mod_http2_alone(self):
        free, below = ("allocator_free", "libapr-1.so.0"), ("slot_run", "mod_http2.so")
        self.report([free, below], [free, below])
        self.said(0)
        self.report([free, below], [free, self.OURS])
        self.said(1)

    def test_an_allocator_that_nobody_locks_is_not_known(self):
        take, give = ("allocator_alloc", "libapr-1.so.0"), ("allocator_free", "libapr-1.so.0")
        self.report([take, self.OURS], [give, self.OURS])
        self.said(1)
        for mutexes in (" [mutexes: write M1]", " (mutexes: write M1)"):  # clang++ and g++
            self.report([take, self.OURS], [give, self.OURS], mutexes=mutexes)
            self.said(0)

    def test_what_is_known_as_a_race_is_known_as_nothing_else(self):
        self.report([("status_handler", "mod_status.so")], [self.OURS], kind="heap-use-after-free")
        self.said(1)

    def test_half_a_report_is_not_known(self):
        self.report([("status_handler", "mod_status.so")])
        self.said(1)

    def test_a_report_whose_process_was_killed_meanwhile_is_only_counted(self):
        self.plant("below/tsan.7", f"{'=' * 18}\nWARNING: ThreadSanitizer: data race (pid=7)\n  Write of size 4:\n"
                   + self.frame(0, *self.OURS))
        self.assertIn("known: 1 reports of 1 kinds\n      1  data race: mpm::Acceptor::accept\n", self.said(0))

    def test_no_report_is_well(self):
        self.said(0)


if __name__ == "__main__":
    unittest.main()

"""What ThreadSanitizer reported of servers, and whose code it is about.

    python3 races.py FOLDER      what the files below it report, most frequent first; status 1 if not all is known
"""

import collections
import pathlib
import re
import sys
from typing import NamedTuple

OPTIONS = "exitcode=0:history_size=7:atexit_sleep_ms=0:second_deadlock_stack=1:report_thread_leaks=0"
"""Servers live on after a report, and do not wait for another when they end. Tests make children exit as they are, with
all their threads."""


def functions(stack):
    return [frame.function for frame in stack]


class Known(NamedTuple):
    """A report in which `one` did one of the two things; one of `others` did the other, if they are named; both did it
    `within` a function, if that is named; and one of the two `below` another, if that is."""

    one: str
    others: tuple
    why: str
    within: str = ""
    below: str = ""
    locked: bool = False
    """One of the two held a lock: without any, nobody had given the allocator its mutex."""
    kind: str = "data race"
    stacks: int = 2

    def fits(self, report):
        return (
            report.kind == self.kind
            and len(report.stacks) == self.stacks
            and (report.locked or not self.locked)
            and self.one in report.actors
            and (not self.others or all(actor in self.others for actor in report.actors))
            and (not self.within or all(self.within in functions(stack) for stack in report.stacks))
            and (not self.below or any(self.below in functions(stack) for stack in report.stacks))
        )


KNOWN = (
    Known("mpm::os::make_private", (), "the copy of a row may lack what is written meanwhile: docs/THREADS.md, race 15"),
    Known("status_handler", (), "mod_status reads the scoreboard while everybody writes to it"),
    Known("update_child_status_internal", ("update_child_status_internal",),
          "the listener shows that all workers leave, each of which shows its own state: as with stock's MPM"),
    Known("allocator_alloc", ("allocator_alloc", "allocator_free"),
          "APR looks at max_index before it takes the allocator's lock, and again under it", locked=True),
    Known("cached_explode", ("cached_explode",), "httpd checks its copy of a cached time after it has made it"),
    Known("sig_term", (), "a test's module lets signals into its thread: httpd's handler writes there what the child's first"
          " thread reads; the control process tells that one through the pipe as well"),
    Known("sig_term", (), "ThreadSanitizer reports the race above from within the handler, which is what sets errno",
          kind="signal handler spoils errno", stacks=1),
    Known("allocator_free", ("allocator_free",), "mod_http2 gives its threads pools of one allocator without a lock",
          within="slot_run"),
    Known("s_c2_done", ("s_c2_done", "mpm::httpd::ConnRecHost::unseat"),
          "mod_http2 reads c1->sbh in a thread of its own; every MPM clears it when it lets a connection go"),
    Known("slot_run", ("slot_run", "mpm::httpd::ConnRecHost::sit_down"),
          "mod_http2 reads c1->id in a thread of its own; every MPM sets it when another worker takes the connection"),
    Known("apr_allocator_destroy", ("apr_allocator_destroy", "slot_run"),
          "mod_http2's threads look at their place once more while the child's last pool ends"),
    Known("ap_process_request_after_handler", ("ap_process_request_after_handler", "ap_process_http_async_connection"),
          "a timed callback ends a request before httpd's own code has left it: docs/THREADS.md, race 21",
          below="mpm::ConnectionDriver::call"),
    Known("scribble", (), "a test's module writes nonsense into every row"),
    Known("workers_shutdown", ("workers_shutdown", "h2_mplx_c1_poll", "h2_mplx_c1_destroy"),
          "mod_http2's child_stopping sets flags of a session that its worker reads and sets without that lock"),
    Known("h2_c2_abort", (), "mod_http2 sets c2->aborted in one thread while another looks"),
)  # fmt: skip

_RUNTIME_HEADERS = re.compile(r"/usr/include/(c\+\+|[^/]+/bits)/.*")
_RUNTIME = re.compile(r"lib(tsan|clang_rt\.tsan[\w-]*|c|m|pthread|stdc\+\+|c\+\+|gcc_s)\.so[.\d]*|ld-linux.*")
_APR = re.compile(r"lib(apr|aprutil)-1\.so[.\d]*")
_FRAME = re.compile(
    r" +#\d+ (?P<function>.*?)(?: <null>)?(?: (?P<file>[^\s:]+)(?::\d+)+)?"
    r" \((?P<module>[^\s()]+)\+0x[0-9a-f]+\)(?: \(BuildId: \w+\))?"
)
_ORIGIN = re.compile(r"  (Thread T\d+|Location is|As if synchronized|Mutex M\d+ \(\w+\) created)")


class Frame(NamedTuple):
    function: str
    file: str
    module: str

    @property
    def of_runtime(self):
        return bool(_RUNTIME_HEADERS.fullmatch(self.file) or _RUNTIME.fullmatch(self.module))

    @property
    def of_library(self):
        """In what does what its caller wants: a race there is the caller's."""
        return self.of_runtime or _APR.fullmatch(self.module) is not None

    @property
    def of_mpm(self):
        return self.module == "mod_mpm_event.so" or "/server/mpm/event/" in self.file


class Report:
    """One report: its kind, and the stacks that say what happened, without those that say where things came from."""

    def __init__(self, text):
        self.text = text
        self.kind = re.search(r"WARNING: ThreadSanitizer: (.*?)(?: \(pid=\d+\))?$", text, re.M)[1]
        self.stacks = list(self._stacks())

    def _stacks(self):
        for block in self.text.split("\n\n"):
            lines = [line for line in block.splitlines() if line and not line.startswith("WARNING")]
            found = [match for match in map(_FRAME.fullmatch, lines) if match]
            if found and not _ORIGIN.match(lines[0]):
                yield [Frame(_name(m["function"]), m["file"] or "", m["module"].rsplit("/", 1)[-1]) for m in found]

    @property
    def actors(self):
        """The functions that did what is reported, one of each stack: the innermost, but for the C library's."""
        return [_first(stack, lambda frame: not frame.of_runtime).function for stack in self.stacks]

    @property
    def locked(self):
        return re.search(r"[(\[]mutexes:", self.text) is not None

    @property
    def of_mpm(self):
        """Whether the MPM's own code did one of the things reported, or had APR do it. What httpd and its modules do
        when the MPM calls them is theirs."""
        return any(_first(stack, lambda frame: not frame.of_library).of_mpm for stack in self.stacks)

    @property
    def known(self):
        """Why this is no reason to worry; None if it may be one."""
        if "\nSUMMARY: ThreadSanitizer" not in self.text:  # the last line of each
            return "its process was killed before it was written: a race that is one is seen whole elsewhere"
        return next((known.why for known in KNOWN if known.fits(self)), None)

    def __str__(self):
        return f"{self.kind}: {' / '.join(sorted(self.actors))}"


def _name(function):
    return re.sub(r"(?<=\w)[(<].*", "", function)


def _first(stack, predicate):
    return next(filter(predicate, stack), stack[0])


def reports(folder):
    """All reports in the files of a folder and of those below it, by the names that lab.httpd gives to them."""
    for path in sorted(pathlib.Path(folder).rglob("tsan.*")):
        for text in re.split(r"^={18}$", path.read_text(errors="replace"), flags=re.M):
            if "WARNING: ThreadSanitizer" in text:
                yield Report(text.strip("\n"))


def _say(kinds, heading, *, texts):
    count = sum(len(found) for found in kinds.values())
    print(f"{heading}: {count} reports of {len(kinds)} kinds")
    for name, found in sorted(kinds.items(), key=lambda kind: -len(kind[1])):
        print(f"{len(found):7}  {name}" + (f"\n{'':9}{found[0].known}" if found[0].known else ""))
    for found in kinds.values() if texts else ():
        print(f"\n{found[0].text}")


def main(folder):
    ours, theirs, known = (collections.defaultdict(list) for _ in range(3))
    for report in reports(folder):
        (known if report.known else ours if report.of_mpm else theirs)[str(report)].append(report)
    _say(known, "known", texts=False)
    _say(theirs, "not known, in the code of httpd and its modules", texts=True)
    _say(ours, "not known, in the MPM's code", texts=True)
    return 1 if ours or theirs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

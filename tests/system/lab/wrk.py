"""wrk(1), with its figures in full: its own report rounds them."""

import json
import subprocess
import tempfile

SCRIPT = """\
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "us": %d, "p50_us": %d, "p99_us": %d, "failed": {"connect": %d, "read": %d, '
    .. '"write": %d, "timeout": %d, "status": %d}}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect, e.read, e.write, e.timeout, e.status))
end
"""


class Wrk:
    """Runs while its block lasts, or until it is done.

    before: a command to run it by. patience: seconds after which an answer counts as failed (wrk's own: 2).
    anew: a connection for each request.
    """

    def __init__(self, url, connections, seconds, *, before=(), patience=None, anew=False):
        self._script = tempfile.NamedTemporaryFile("w", suffix=".lua")
        self._script.write(SCRIPT)
        self._script.flush()
        self._command = [*before, "wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s",
                         "-s", self._script.name]  # fmt: skip
        self._command += ["--timeout", f"{patience}s"] if patience else []
        self._command += ["-H", "Connection: close"] if anew else []
        self._command.append(url)

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._script.close()

    def result(self):
        """Waits for the end. "requests" is how many were answered in "us" microseconds; "failed" counts by kind."""
        said, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise RuntimeError(f"wrk ended with {self._process.returncode}")
        return json.loads(said.partition("RESULT ")[2])


def failed(result):
    return sum(result["failed"].values())

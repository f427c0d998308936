"""Builds the test modules (C, with apxs) once per source text."""

import fcntl
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "modules"


def built(name):
    """The path of NAME.so, compiled if this source text was not compiled before."""
    source = SOURCES / f"{name}.c"
    text = source.read_bytes()
    folder = Path(tempfile.gettempdir()) / f"mpm-lab-modules-{os.getuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    target = folder / f"{name}-{hashlib.sha256(text).hexdigest()[:16]}.so"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            with tempfile.TemporaryDirectory() as scratch:
                (Path(scratch) / f"{name}.c").write_bytes(text)
                command = ["apxs", "-Wc,-Wall", "-Wc,-Werror", "-c", f"{name}.c"]
                done = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
                assert done.returncode == 0, f"apxs could not build {name}:\n{done.stderr[:3000]}"
                os.replace(Path(scratch) / ".libs" / f"{name}.so", target.with_suffix(".new"))
            target.with_suffix(".new").chmod(0o644)
            target.with_suffix(".new").rename(target)
    return target

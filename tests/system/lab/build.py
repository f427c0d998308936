"""Builds the test modules (C, with apxs) once per source text and httpd."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

APXS = os.environ.get("MPM_APXS", "apxs")
SOURCES = Path(__file__).resolve().parent.parent / "modules"


def built(name):
    """The path of NAME.so, compiled if this source text was not compiled before for this httpd."""
    source = SOURCES / f"{name}.c"
    text = source.read_bytes()
    path_of_apxs = Path(shutil.which(APXS) or APXS).resolve()
    key = hashlib.sha256(f"{path_of_apxs} {path_of_apxs.stat().st_mtime_ns}\n".encode() + text).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"mpm-lab-modules-{os.getuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    target = folder / f"{name}-{key}.so"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            with tempfile.TemporaryDirectory() as scratch:
                (Path(scratch) / f"{name}.c").write_bytes(text)
                command = [APXS, "-Wc,-Wall", "-Wc,-Werror", "-c", f"{name}.c"]
                done = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
                assert done.returncode == 0, f"apxs could not build {name}:\n{done.stderr[:3000]}"
                os.replace(Path(scratch) / ".libs" / f"{name}.so", target.with_suffix(".new"))
            target.with_suffix(".new").chmod(0o644)
            target.with_suffix(".new").rename(target)
    return target

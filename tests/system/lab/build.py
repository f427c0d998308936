"""Builds what is preloaded or loaded into servers, once per source text: test modules with apxs, the rest with cc."""

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
    """The path of the module NAME.so, compiled if this source text was not compiled before for this httpd."""
    path_of_apxs = Path(shutil.which(APXS) or APXS).resolve()
    tool = f"{path_of_apxs} {path_of_apxs.stat().st_mtime_ns}\n"
    return _built(name, tool, [APXS, "-Wc,-Wall", "-Wc,-Werror", "-c", f"{name}.c"], f".libs/{name}.so")


def shared_library(name):
    """The path of NAME.so, which needs nothing of httpd to be compiled."""
    command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", f"{name}.c", "-o", f"{name}.so"]
    return _built(name, "cc\n", command, f"{name}.so")


def _built(name, tool, command, product):
    text = (SOURCES / f"{name}.c").read_bytes()
    key = hashlib.sha256(tool.encode() + text).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"mpm-lab-modules-{os.getuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    target = folder / f"{name}-{key}.so"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            with tempfile.TemporaryDirectory() as scratch:
                (Path(scratch) / f"{name}.c").write_bytes(text)
                done = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
                assert done.returncode == 0, f"{command[0]} could not build {name}:\n{done.stderr[:3000]}"
                os.replace(Path(scratch) / product, target.with_suffix(".new"))
            target.with_suffix(".new").chmod(0o644)
            target.with_suffix(".new").rename(target)
    return target

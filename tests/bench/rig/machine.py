"""The machine: what it is, and what else goes on there."""

import os
import pathlib
import platform
import re
import subprocess
import time

TURNS = 300_000


def described():
    """Label and value of what matters for the figures."""
    processor = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    system = platform.freedesktop_os_release()
    return {
        "processors": f"{os.cpu_count()} x {processor[1] if processor else platform.machine()}",
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB",
        "kernel": platform.release(),
        "system": system.get("PRETTY_NAME", system["NAME"]),
    }


def versions(options):
    """What was measured with what, by the programs' own words."""
    commands = {"httpd": [options.httpd, "-v"], "wrk": ["wrk", "-v"], "h2load": ["h2load", "--version"],
                "perf": ["perf", "--version"]}  # fmt: skip
    if "nginx" in options.modules:
        commands["nginx"] = [options.modules["nginx"], "-v"]
    found = {}
    for name, command in commands.items():
        try:
            said = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError:
            continue
        found[name] = (said.stdout + said.stderr).splitlines()[0].removeprefix("Server version: ")[:60].strip()
    return found


def commit(repository):
    """Which source this is; "+" if files of it are changed."""
    command = ["git", "-C", repository, "describe", "--always", "--dirty=+", "--exclude=*"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "unknown"


def processor_times():
    """Seconds that all processors together worked, and that a hypervisor kept from them."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    ticks = os.sysconf("SC_CLK_TCK")
    return (sum(fields[:8]) - fields[3] - fields[4]) / ticks, fields[7] / ticks


def noise_now(seconds=0.3):
    """How busy others keep the machine while nobody is measured, in percent of all processors; and how long a fixed
    computation takes, in milliseconds."""
    before, _ = processor_times()
    time.sleep(seconds)
    after, _ = processor_times()
    began = time.perf_counter()
    for _turn in range(TURNS):
        pass
    spin = time.perf_counter() - began
    return {"others": 100 * (after - before) / seconds / os.cpu_count(), "spin": 1000 * spin}

"""The status page, read the way monitoring reads it."""

import re
from dataclasses import dataclass


TWICE_BEFORE_2_4_53 = {"BusyWorkers", "IdleWorkers"}


class Status(dict):
    """The keys of ?auto in their order; figures as numbers. A key that comes twice is an error (PR 63300)."""

    @classmethod
    def parse(cls, text):
        status = cls()
        for line in text.splitlines():
            key, colon, value = line.partition(":")
            if not colon:
                continue
            value = value.strip()
            known = key in TWICE_BEFORE_2_4_53 and str(status.get(key)) == value
            assert key not in status or known, f"the key {key} comes twice in ?auto"
            status[key] = int(value) if re.fullmatch(r"-?\d+", value) else value
        return status

    @property
    def board(self):
        return self["Scoreboard"]

    @property
    def generation(self):
        return self["ParentServerMPMGeneration"]

    def __getattr__(self, key):
        """status.ConnsTotal is status["ConnsTotal"]."""
        try:
            return self[key]
        except KeyError:
            raise AttributeError(key) from None


@dataclass
class ProcessRow:
    slot: int
    pid: int
    stopping: str
    connections: int
    accepting: bool
    busy: int
    idle: int
    writing: int
    keep_alive: int
    closing: int
    graceful: int = 0  # a column of its own since 2.4.57
    wait_io: int = 0  # since 2.4.63

    @property
    def old_generation(self):
        return "old gen" in self.stopping


def process_rows(html):
    """The table of processes on the HTML page."""
    head = re.search(r"<tr>(<th>total</th><th>accepting</th>.*?)</tr>", html)
    figures = re.findall(r"<th>(.*?)</th>", head[1])[2:] if head else []
    names = [name.replace("-", "_") for name in figures]
    rows = []
    for row in re.findall(r"<tr>(.*?)</tr>", html, re.S):
        cells = re.findall(r"<td>(.*?)</td>", row, re.S)
        if names and len(cells) == 5 + len(names) and cells[0].isdigit():
            slot, pid, connections = (int(cells[i]) for i in (0, 1, 3))
            threads = dict(zip(names, map(int, cells[5:])))
            rows.append(ProcessRow(slot, pid, cells[2], connections, cells[4] == "yes", **threads))
    return rows


def worker_rows(html):
    """The table of workers on the extended HTML page, as dicts by column name."""
    found = []
    for table in re.findall(r"<table.*?</table>", html, re.S):
        head = [name.strip() for name in re.findall(r"<th>(.*?)</th>", table, re.S)]
        if "VHost" not in head:
            continue
        for row in re.findall(r"<tr>(.*?)</tr>", table, re.S):
            cells = re.findall(r"<td[^>]*>(.*?)(?=<td|</td>|$)", row, re.S)
            if cells:
                found.append(dict(zip(head, (re.sub(r"<.*?>", "", cell).strip() for cell in cells))))
    return found

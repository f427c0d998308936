"""The status page, read the way monitoring reads it."""

import re
from dataclasses import dataclass


class Status(dict):
    """The keys of ?auto in their order; figures as numbers. A key that comes twice is an error (PR 63300)."""

    @classmethod
    def parse(cls, text):
        status = cls()
        for line in text.splitlines():
            key, colon, value = line.partition(":")
            if not colon:
                continue
            assert key not in status, f"the key {key} comes twice in ?auto"
            value = value.strip()
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
    graceful: int
    idle: int
    wait_io: int
    writing: int
    keep_alive: int
    closing: int

    @property
    def old_generation(self):
        return "old gen" in self.stopping


def process_rows(html):
    """The table of processes on the HTML page."""
    rows = []
    for row in re.findall(r"<tr>(.*?)</tr>", html, re.S):
        cells = re.findall(r"<td>(.*?)</td>", row, re.S)
        if len(cells) == 12 and cells[0].isdigit():
            slot, pid, connections, *figures = (int(cells[i]) for i in (0, 1, 3, 5, 6, 7, 8, 9, 10, 11))
            rows.append(ProcessRow(slot, pid, cells[2], connections, cells[4] == "yes", *figures))
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

"""What the kernel says about a process and its sockets."""

import os
import re
import socket
import struct
from pathlib import Path


def state_of(pid):
    """The letter of /proc/PID/stat (R, S, D, Z …), None if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return None


def alive(pid):
    return state_of(pid) not in (None, "Z", "X")


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def children_of(pid):
    """Living children of a process that has one thread."""
    return sorted(child for child in children_with_zombies(pid) if alive(child))


def children_with_zombies(pid):
    """Children of a process that has one thread, and those that nobody has collected yet."""
    found = None
    while (again := _children(pid)) != found:  # one that ends meanwhile can hide others (proc(5))
        found = again
    return found


def _children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def mentioning(text):
    """Living processes whose command line contains the text."""
    found = []
    for pid in pids():
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and pid != os.getpid() and alive(pid):
            found.append(pid)
    return sorted(found)


def maps(pid):
    """Paths of the files mapped into a process."""
    found = set()
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        parts = line.split(maxsplit=5)
        if len(parts) == 6:
            found.add(parts[5])
    return found


def descriptors(pid):
    """fd -> what it refers to."""
    found = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(fd)] = os.readlink(f"/proc/{pid}/fd/{fd}")
        except OSError:
            pass
    return found


def polled_inodes(pid):
    """Inodes of the files that the epoll instances of a process watch (proc_pid_fdinfo(5))."""
    found = set()
    for fd, link in descriptors(pid).items():
        if link == "anon_inode:[eventpoll]":
            watched = Path(f"/proc/{pid}/fdinfo/{fd}").read_text()
            found |= {int(inode, 16) for inode in re.findall(r"^tfd:.* ino:(\w+)", watched, re.M)}
    return found


def threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def resident_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


def own_memory_kb(pid):
    """What is resident and no copy of a file."""
    return int(re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


def cpu_ticks(pid):
    """User and system time of a process so far, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


LISTENING = 0x0A
_ALL_BUT_TIME_WAIT = 0xFFF & ~(1 << 6)


def tcp_rows(server_port=0, family=socket.AF_INET):
    """(local port, remote port, state, inode) of the sockets on a local port; inode 0: held by no process.

    Port 0: of all sockets.

    From netlink (sock_diag): /proc/net/tcp takes 100 ms when thousands of connections were closed lately.
    """
    rows = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as diag:
        ask = struct.pack("=BBBxI", family, socket.IPPROTO_TCP, 0, _ALL_BUT_TIME_WAIT)
        ask += struct.pack(">HH", server_port, 0) + bytes(44)
        diag.send(struct.pack("=IHHII", 16 + len(ask), 20, 0x301, 1, 0) + ask)
        while True:
            answer = diag.recv(1 << 18)
            while answer:
                size, kind = struct.unpack_from("=IH", answer)
                if kind != 20:
                    assert kind == 3, f"sock_diag answered {kind}"
                    return rows
                local, remote = struct.unpack_from(">HH", answer, 20)
                (inode,) = struct.unpack_from("=I", answer, 16 + 68)
                rows.append((local, remote, answer[17], inode))
                answer = answer[(size + 3) & ~3 :]


def has_server_end(server_port, client_port):
    """Whether a process has the server's end of this connection. If not, nobody has accepted it, or it was closed."""
    return any(remote == client_port and inode for _, remote, _, inode in tcp_rows(server_port))


def _sockets(pid):
    """Inodes of the sockets that a process has."""
    return {int(link[8:-1]) for link in descriptors(pid).values() if link.startswith("socket:[")}


def listening(server_port):
    """Inodes of the sockets that listen to this port, of both families."""
    rows = tcp_rows(server_port) + tcp_rows(server_port, socket.AF_INET6)
    return {inode for _, _, state, inode in rows if state == LISTENING}


def listens(pid, server_port):
    """How many of the sockets that listen to this port a process has."""
    return len({inode for _, _, state, inode in tcp_rows(server_port) if state == LISTENING} & _sockets(pid))


def flags_of_listeners(pid, server_port):
    """The open(2) flags of the sockets by which a process listens to this port (proc_pid_fdinfo(5))."""
    links = {f"socket:[{inode}]" for inode in listening(server_port)}
    found = [fd for fd, link in descriptors(pid).items() if link in links]
    return [int(re.search(r"flags:\s+(\d+)", Path(f"/proc/{pid}/fdinfo/{fd}").read_text())[1], 8) for fd in found]


def connections_of(pid, server_ports):
    """How many connections to these ports a process has open, or has not closed yet."""
    rows = [row for port in server_ports for row in tcp_rows(port)]
    living = {inode for _, _, state, inode in rows if state != LISTENING}
    return len(living & _sockets(pid)) + ended_but_open(pid)


def ended_but_open(pid):
    """How many TCP sockets a process has not closed yet, although the kernel is done with their connections.

    Once both ends have said that they are done, a connection is in no table of the kernel's (or in it without its
    socket, as TIME_WAIT), but its descriptor is there until the process closes it.
    """
    inodes = _sockets(pid)
    if inodes:
        inodes -= {inode for _, _, _, inode in tcp_rows()}
    for table, column in _OTHER_SOCKETS if inodes else ():
        rows = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        inodes -= {int(row.split()[column]) for row in rows}
    return len(inodes)


_OTHER_SOCKETS = (("unix", 6), ("netlink", 9), ("tcp6", 9), ("udp", 9), ("udp6", 9))


def shared_segments(pids_of_server):
    """System V segments made by any of these processes."""
    rows = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    return [row[1] for row in rows if int(row[4]) in pids_of_server]

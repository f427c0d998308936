#!/usr/bin/env python3
"""epoll, kqueue and event ports come through APR: src/apr alone may know which of them there is."""

import re
import sys

import tree

FOLDERS = ("include", "src", "tests/unit", "tests/fakes")
KNOWS = "src/apr/"
# Not poll(2), which every system has.
HEADER = re.compile(
    r'\s*#\s*include\s*[<"]((sys/(epoll|event|eventfd|timerfd|signalfd|inotify|devpoll|port)|port|liburing)\.h)[>"]'
)
NAMES = (
    r"\b(epoll_\w+|EPOLL\w+|eventfd\w*|EFD_\w+|timerfd_\w+|TFD_\w+|signalfd\w*|SFD_\w+|inotify_\w+|io_uring_\w+"
    r"|kqueue\w*|kevent\w*|EV_SET|EVFILT_\w+"
    r"|port_(create|associate|dissociate|getn?|sendn?|alert)|port_event_t"
    r"|APR_POLLSET_(EPOLL|KQUEUE|PORT|AIO_MSGQ))\b"
)


def headers(root):
    """Findings for the includes, which tree.words() cannot see: a name in quotes is no code to it."""
    for path, name in tree.files(root, *FOLDERS):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = HEADER.match(line)
            if found:
                yield f"{name}:{number}: {found.group(1)}"


root = sys.argv[1]
found = [*headers(root), *tree.words(root, FOLDERS, NAMES)]
found = [finding for finding in found if not finding.startswith(KNOWS)]
tree.finish(f"Which sockets are ready, each system tells in its own way: {KNOWS} alone names one.", found)

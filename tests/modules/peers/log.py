"""What the error log tells: module, level and number of each message."""

import re

MESSAGE = re.compile(r"\[[^]]*\] \[(\w+):(\w+)\] \[pid .*?\] .*?(AH\d{5})")

STOCKS_TROUBLES = {"AH00045", "AH00046", "AH00051", "AH00052"}
"""Children of stock that end too late, or crash, at a stop."""

STOCKS_RACES = {"AH03092", "AH03093"}
"""At a stop, a worker of stock may come with a connection as its listener has closed the pollset."""

A_CLIENTS_END = {"AH01991", "AH01992", "AH01998"}
"""How mod_ssl notices that a client has gone: whether by reading or by writing depends on a moment."""

A_FULL_MOMENT = {"AH00457", "AH00458", "AH03268", "AH03269", "AH00484"}
"""A server that had no idle worker for a moment, as right after its start, says so."""

NOT_COMPARED = STOCKS_TROUBLES | A_CLIENTS_END | A_FULL_MOMENT


def told(servers, unlike=()):
    """The set of (module, level, number) in the logs of these servers."""
    found = set()
    for server in servers:
        left_out = NOT_COMPARED | set(unlike) | (STOCKS_RACES if server.is_stock else set())
        for line in server.log_lines():
            if (match := MESSAGE.match(line)) and match[3] not in left_out:
                found.add(match.groups())
    return found


def numbers(server):
    return {number for _, _, number in told([server])}

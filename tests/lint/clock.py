#!/usr/bin/env python3
"""One file reads the time, and no unit test waits for it to pass."""

import sys

import tree

READS_TIME = (
    r"\b(system|steady|high_resolution|utc|tai|gps|file)_clock\b"
    r"|::now\s*\("
    r"|\bapr_time_now\b"
    r"|\b(clock_gettime|gettimeofday|timespec_get|ftime)\b"
    r"|(?<![\w.>])time\s*\(\s*(0|NULL|nullptr|&|\))"
)
SLEEPS = r"\b(sleep_for|sleep_until|usleep|nanosleep|apr_sleep)\b|::sleep\s*\(|(?<![\w.>])sleep\s*\(\s*\d+\s*\)"

root = sys.argv[1]
found = [*tree.words(root, ["include", "src"], READS_TIME, exempt=["src/os/steady_clock.cpp"])]
found += tree.words(root, ["tests/unit", "tests/fakes", "tests/fuzz"], SLEEPS)
tree.finish("Only src/os/steady_clock.cpp reads the time: others are told it. Unit tests do not sleep.", found)

"""What docs/RELIABILITY.md promises, in each situation of its table, as far as it does not depend on the machine."""

import pytest
from table import SITUATIONS, see

from lab import clock
from lab.wait import TOO_LATE, lag_so_far

WAITING = ("at once", "slow readers", "wall clock", "long requests")
"""Situations that want no processor. In the others clients do: one that cannot read looks as if it had nothing to say."""


def _marked(name):
    return pytest.param(name, marks=() if any(word in name for word in WAITING) else pytest.mark.serial)


@pytest.mark.parametrize("name", map(_marked, SITUATIONS))
def test_the_promise_is_kept(name):
    if "clock" in name and not clock.MAY_BE_FALSE:
        pytest.skip("libfaketime and libasan wait for each other")
    seen = see(SITUATIONS[name], "ours", brief=True)
    if _machine_was_late(name, seen):
        print(f"the machine was {lag_so_far():.2f} s late: {seen.text}")
        seen = see(SITUATIONS[name], "ours", brief=True)
    if _machine_was_late(name, seen):
        pytest.skip(f"the machine was {lag_so_far():.2f} s late, twice: {seen.text}")
    assert seen.right, seen.text


def _machine_was_late(name, seen):
    return "lost" in name and seen.clean and not seen.right and lag_so_far() > TOO_LATE

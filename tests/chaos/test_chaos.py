"""Two and a half minutes of everything at once, and what makes such a run worth believing."""

import pytest
import run
from breaks import Breaks, Failure, was_refused
from schedule import CALM_EVERY, STEPS, plan


@pytest.mark.parametrize(
    "seed, seconds, late", [(1, 60, False), (2, 60, False), (3, 30, True)], ids=["first", "second", "late calls"]
)
def test_a_time_of_chaos_loses_no_request_and_leaves_nothing_behind(seed, seconds, late):
    outcome = run.run(seed, seconds, late)
    assert outcome.wrong == [], str(outcome)
    assert outcome.late <= outcome.counts["answered"] / 100, str(outcome)


def test_the_same_seed_makes_the_same_plan_and_another_one_another():
    assert plan(1, 60) == plan(1, 60) != plan(2, 60)


def test_a_plan_of_ten_minutes_has_every_step_and_a_look_at_rest_every_twelve_seconds():
    steps = plan(1, 600)
    assert {step.name for step in steps} == {"calm", *STEPS}
    assert sum(step.name == "calm" for step in steps) == 600 / CALM_EVERY
    assert [step.at for step in steps] == sorted(step.at for step in steps)


def failure(opened=1, failed=2, child=None, quiet=0.0, silent=False, hung=False):
    return Failure("browse", "reset", opened, failed, child, answers=1, quiet=quiet, silent=silent, hung=hung,
                   accepted=hung)  # fmt: skip


def test_only_a_connection_that_was_quiet_may_be_refused_and_only_before_its_answer_began():
    assert was_refused(failure(quiet=0.3, silent=True))
    assert not was_refused(failure(quiet=0.1, silent=True))
    assert not was_refused(failure(quiet=0.3, silent=False))


def test_the_lag_of_the_machine_is_no_loss_of_the_servers():
    assert was_refused(failure(quiet=0.1, silent=True), lag=0.06)
    assert not was_refused(failure(quiet=0.1, silent=True), lag=0.04)


def test_nothing_excuses_a_failure_while_nobody_was_killed():
    assert not Breaks().excuse(failure())


def test_a_killed_child_excuses_its_own_connections_and_no_others():
    breaks = Breaks()
    breaks.children_end({7}, 10)
    assert breaks.excuse(failure(9, 11, child=7))
    assert not breaks.excuse(failure(9, 11, child=8))
    assert not breaks.excuse(failure(8, 9, child=7)), "it failed before"


def test_a_killed_child_excuses_a_connection_of_unknown_child_only_if_it_may_have_been_its_own():
    breaks = Breaks()
    breaks.children_end({7}, 10)
    assert breaks.excuse(failure(9, 11))
    assert not breaks.excuse(failure(9, 13)), "the kernel would have told it long before"
    assert not breaks.excuse(failure(11, 12)), "opened when the child was gone"
    assert not breaks.excuse(failure(8, 9)), "it failed before"


def test_nothing_excuses_silence():
    breaks = Breaks()
    breaks.children_end({7}, 10)
    assert not breaks.excuse(failure(9, 11, child=7, hung=True))
    assert not breaks.excuse(failure(9, 11, hung=True))


def test_a_restart_that_was_swallowed_excuses_nothing():
    breaks = Breaks()
    breaks.withdraw(breaks.children_end({7}, 10))
    assert not breaks.excuse(failure(9, 11, child=7))

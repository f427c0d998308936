#!/usr/bin/env python3
"""What the verdict of scripts/peer-suites rests on: how an outcome is read, and how two of them are compared."""

import contextlib
import io
import unittest

import tap
import verdict


def run(stock, ours):
    return {"stock": {"a.t": stock}, "ours": {"a.t": ours}}


class Tap(unittest.TestCase):
    def test_each_line_is_an_outcome(self):
        read = tap.outcomes_of("1..3\nok 1 - fine\nnot ok 2 - bad\nok 3 # skip no such module\n")
        self.assertEqual(read, {"1": "passed", "2": "failed", "3": "skipped"})

    def test_what_was_planned_and_never_came_has_failed(self):
        self.assertEqual(tap.outcomes_of("1..2\nok 1\n"), {"1": "passed", "2": "failed"})

    def test_a_file_that_says_nothing_has_failed(self):
        self.assertEqual(tap.outcomes_of(""), {"all": "failed"})

    def test_a_file_may_be_skipped_as_a_whole(self):
        self.assertEqual(tap.outcomes_of("1..0 # skip: no php\n"), {"all": "skipped"})

    def test_an_expected_failure_is_none(self):
        self.assertEqual(tap.outcomes_of("1..2 todo 2;\nok 1\nnot ok 2\n"), {"1": "passed", "2": "skipped"})

    def test_lines_without_a_number_are_counted(self):
        self.assertEqual(tap.outcomes_of("ok\nnot ok\n1..2\n"), {"1": "passed", "2": "failed"})


class Verdict(unittest.TestCase):
    GOOD, BAD = {"1": "passed"}, {"1": "failed"}

    def of(self, *history):
        return [entry.verdict for entry in verdict.result_of(list(history)).differences]

    def test_what_is_equal_is_no_difference(self):
        self.assertEqual(self.of(run(self.BAD, self.BAD)), [])

    def test_what_always_fails_with_ours_only_is_worse(self):
        self.assertEqual(self.of(run(self.GOOD, self.BAD), run(self.GOOD, self.BAD)), ["worse"])

    def test_what_always_fails_with_stock_only_is_better(self):
        self.assertEqual(self.of(run(self.BAD, self.GOOD), run(self.BAD, self.GOOD)), ["better"])

    def test_what_fails_again_with_ours_only_is_worse_even_if_not_always(self):
        good, bad = run(self.GOOD, self.GOOD), run(self.GOOD, self.BAD)
        self.assertEqual(self.of(bad, good, good, bad, good), ["worse"])

    def test_what_fails_on_both_but_not_as_often_is_a_flake(self):
        ours, stock = run(self.GOOD, self.BAD), run(self.BAD, self.GOOD)
        self.assertEqual(self.of(ours, ours, stock), ["at times"])

    def test_what_does_not_fail_again_is_a_flake(self):
        self.assertEqual(self.of(run(self.GOOD, self.BAD), run(self.GOOD, self.GOOD)), ["at times"])

    def test_what_fails_on_both_in_turn_is_the_same(self):
        self.assertEqual(self.of(run(self.GOOD, self.BAD), run(self.BAD, self.GOOD)), ["same"])

    def test_a_test_that_was_never_reached_has_failed(self):
        self.assertEqual(self.of(run(self.GOOD, {})), ["worse"])

    def test_what_one_side_skips_is_told(self):
        self.assertEqual(self.of(run(self.GOOD, {"1": "skipped"})), ["same"])


class Report(unittest.TestCase):
    def told(self, *history):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            good = verdict.report({("perl", "plain"): verdict.result_of(list(history))})
        return good, printed.getvalue()

    def test_worse_fails_it_all_and_is_named(self):
        good, text = self.told(run({"1": "passed", "2": "passed"}, {"1": "failed", "2": "passed"}))
        self.assertFalse(good)
        self.assertIn("worse    perl/plain a.t 1: stock failed 0 of 1, ours failed 1 of 1", text)
        self.assertTrue(text.endswith("1 worse\n"), text)

    def test_better_is_named_and_good(self):
        good, text = self.told(run({"1": "failed", "2": "passed"}, {"1": "passed", "2": "passed"}))
        self.assertTrue(good)
        self.assertIn("| perl | plain | 2 | 0 | 1 | 0 | 1 | 1 | 0 | 0 |", text)

    def test_a_suite_that_reports_nothing_is_not_good(self):
        self.assertFalse(self.told({"stock": {}, "ours": {}})[0])


if __name__ == "__main__":
    unittest.main()

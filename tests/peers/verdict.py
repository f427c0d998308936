"""What came out differently on the two sides, and what is to be thought of it. A run is {side: {file: {test: outcome}}}
with the sides stock and ours and the outcomes passed, failed and skipped."""

import collections

SIDES = ("stock", "ours")
Difference = collections.namedtuple("Difference", "name failures runs verdict")
# Of one suite in one variant; failures: {side: names} in the first run.
Result = collections.namedtuple("Result", "tests skips failures differences")


def flat(outcomes):
    """{"file: test": outcome}"""
    return {f"{file} {test}": outcome for file, tests in outcomes.items() for test, outcome in tests.items()}


def tests_of(runs):
    """The names of all tests that either side has reported."""
    return sorted(set(flat(runs["stock"])) | set(flat(runs["ours"])))


def differing(runs):
    """The tests that did not come out the same. One that only one side reported did not."""
    found = {side: flat(runs[side]) for side in SIDES}
    return [name for name in tests_of(runs) if found["stock"].get(name) != found["ours"].get(name)]


def failed(outcome):
    """Anything but passed and skipped, the None of a test that was never reached among them."""
    return outcome not in ("passed", "skipped")


def judge(name, outcomes):
    """The verdict over {side: the outcome in each run}. Worse or better is what failed on one side only, and more than
    once. The rest of what differs failed at times."""
    failures = {side: sum(map(failed, outcomes[side])) for side in SIDES}
    count = len(outcomes["ours"])
    often = min(2, count)
    stock, ours = failures["stock"], failures["ours"]
    if stock == ours:
        verdict = "same"
    elif stock == 0 and ours >= often:
        verdict = "worse"
    elif ours == 0 and stock >= often:
        verdict = "better"
    else:
        verdict = "at times"
    return Difference(name, failures, count, verdict)


def result_of(history):
    """What the first run and its repetitions say together."""
    runs = [{side: flat(run[side]) for side in SIDES} for run in history]
    first, tests = runs[0], tests_of(history[0])
    failures = {side: [name for name in tests if failed(first[side].get(name))] for side in SIDES}
    skips = sum(outcome == "skipped" for outcome in first["ours"].values())
    differences = [
        judge(name, {side: [run[side].get(name) for run in runs] for side in SIDES}) for name in differing(history[0])
    ]
    return Result(tests, skips, failures, differences)


def line(row):
    """One row of the table."""
    (name, variant), result = row
    count = collections.Counter(entry.verdict for entry in result.differences)
    same = len(result.tests) - len(result.differences) + count["same"]
    failures = [len(result.failures[side]) for side in SIDES]
    figures = (len(result.tests), result.skips, *failures, same, count["better"], count["worse"], count["at times"])
    return f"| {name} | {variant} | " + " | ".join(map(str, figures)) + " |"


def report(results):
    """Prints the table and the names; answers whether nothing is worse."""
    print("\n| Suite | Variant | Tests | Skipped | Stock failed | Ours failed | Same | Better | Worse | At times |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in results.items():
        print(line(row))
    for (name, variant), result in results.items():
        for entry in result.differences:
            times = ", ".join(f"{side} failed {entry.failures[side]} of {entry.runs}" for side in SIDES)
            print(f"{entry.verdict:9}{name}/{variant} {entry.name}: {times}")
        for entry in sorted(set(result.failures["stock"]) & set(result.failures["ours"])):
            print(f"{'both':9}{name}/{variant} {entry}: failed on both")
    worse = [entry for result in results.values() for entry in result.differences if entry.verdict == "worse"]
    silent = [key for key, result in results.items() if all(name.startswith("(") for name in result.tests)]
    for name, variant in silent:
        print(f"nothing  {name}/{variant} reported no test")
    print(f"\n{len(worse)} worse")
    return bool(results) and not worse and not silent

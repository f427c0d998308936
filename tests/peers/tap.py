"""What a perl test prints: the Test Anything Protocol, with what Test.pm of old adds to it."""

import re

LINE = re.compile(r"^(not )?ok\b\s*(\d+)?(?:[^#\n]*)(?:#\s*(skip|todo)\b)?", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)(?:\s+todo([\d\s;]*))?\s*(#\s*skip)?", re.IGNORECASE)


def outcomes_of(text):
    """{number: outcome} of what one file printed; a planned test that never came is a failed one."""
    outcomes, planned, todo = {}, None, set()
    for line in text.splitlines():
        plan = PLAN.match(line)
        if plan and planned is None:
            planned = int(plan[1])
            todo = set(re.findall(r"\d+", plan[2] or ""))
            if plan[3] or planned == 0:
                return {"all": "skipped"}
            continue
        found = LINE.match(line)
        if found:
            number = found[2] or str(len(outcomes) + 1)
            expected = (found[3] or "").lower() == "todo" or number in todo
            skipped = (found[3] or "").lower() == "skip"
            outcomes[number] = "skipped" if skipped or (expected and found[1]) else "failed" if found[1] else "passed"
    for number in range(1, (planned or 0) + 1):
        outcomes.setdefault(str(number), "failed")
    return outcomes or {"all": "failed"}

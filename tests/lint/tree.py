"""What every lint over the sources shares: which files there are, what in them is code, how a finding is told."""

import pathlib
import re
import sys

NOT_CODE = re.compile(
    r'R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'  # raw string
    r"|//[^\n]*"
    r"|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<!\w)'(?:\\.|[^'\\\n])+'",  # not the ' in 1'000
    re.DOTALL,
)


def files(root, *folders, ending=(".cpp", ".hpp")):
    """The files below root's folders, in a stable order, as (path, path relative to root)."""
    for folder in folders:
        for path in sorted(pathlib.Path(root, folder).rglob("*")):
            if path.suffix in ending and path.is_file():
                yield path, path.relative_to(root).as_posix()


def code_lines(path):
    """(number, line) with comments and literals blanked, so that a word in them is not mistaken for its use."""
    text = path.read_text(encoding="utf-8")
    text = NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    return enumerate(text.splitlines(), 1)


def words(root, folders, forbidden, exempt=()):
    """A finding for each line of code that matches `forbidden`, save in the files of `exempt`."""
    pattern = re.compile(forbidden)
    for path, name in files(root, *folders):
        if name in exempt:
            continue
        for number, line in code_lines(path):
            found = pattern.search(line)
            if found:
                yield f"{name}:{number}: {found.group().strip()}"


def finish(rule, findings):
    """Says what was found under the rule's sentence, and ends with 1 if anything was."""
    findings = list(findings)
    if findings:
        print(rule)
        print("\n".join(findings))
    sys.exit(1 if findings else 0)

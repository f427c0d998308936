"""What the benchmarks of whole servers share: servers, loads, rounds, figures, charts, reports."""

import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "tests/system"))


class LeftOut(Exception):
    """A measurement that cannot be made here, with the reason as a sentence."""

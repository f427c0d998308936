"""Parity tests: the same configuration and traffic on the stock module and on ours."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "system"))

from lab.fixtures import *  # noqa: E402,F401,F403

"""The table starts its servers itself; of the system tests it uses the lab."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system")]

from lab.fixtures import *  # noqa: E402,F401,F403

"""System tests: a real apache2 with the module under test."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lab.fixtures import *  # noqa: E402,F401,F403

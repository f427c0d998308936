"""Which httpd the tests run on, for what httpd itself has not always had."""

import re
import subprocess

import pytest
from lab.httpd import HTTPD

VERSION = re.search(r"Apache/([0-9.]+)", subprocess.check_output([HTTPD, "-v"], text=True))[1]


def _parts(version):
    return tuple(int(part) for part in version.split("."))


def since(version):
    """For a test of something that httpd gained with this version."""
    return pytest.mark.skipif(_parts(VERSION) < _parts(version), reason=f"httpd has it since {version}")

"""Requests that end when the test says so, and not by the clock; needs mod_labhang."""

from lab.config import location

HANG = "LabHang {out}/hang\n" + location("/hang", "lab-hang")


def hold_requests(server):
    """Requests for /hang have no answer from now on."""
    (server.out / "hang.handler").touch()


def let_requests_go(server):
    (server.out / "hang.handler").unlink()

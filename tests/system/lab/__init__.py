"""A small laboratory: real apache2 processes, raw clients, and waiting for conditions instead of sleeping."""

from lab.client import Client, crowd
from lab.httpd import Httpd
from lab.load import Load
from lab.wait import eventually, holds_for, patience

__all__ = ["Client", "Httpd", "Load", "crowd", "eventually", "holds_for", "patience"]

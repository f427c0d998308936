"""What was seen of a server in one situation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    text: str
    """The figures, for the table."""
    right: bool
    """Whether the counts are what is promised: nothing lost, nothing left."""
    in_time: bool = True
    """Whether the times are, too. They depend on the machine, so no test asks for them."""

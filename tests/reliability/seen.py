"""What was seen of a server in one situation."""

from dataclasses import KW_ONLY, dataclass

NOT_FOR_EVER = 4
"""Seconds after which a request without an answer is lost. Less than any load lasts, or wrk would not notice."""


@dataclass(frozen=True)
class Seen:
    text: str
    """The figures, for the table."""
    right: bool
    """Whether the counts are what is promised: nothing lost, nothing left."""
    _: KW_ONLY
    clean: bool = True
    """Whether the server ended well and left nothing behind. A machine that is late excuses a count, not this."""
    in_time: bool = True
    """Whether the times are, too. They depend on the machine, so no test asks for them."""

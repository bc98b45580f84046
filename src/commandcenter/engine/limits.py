"""World's limits and sums, told to the gate."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts


def push_limits(parts: "Parts") -> None:
    """Every scope's limit to the gate; it wakes what waited for room."""

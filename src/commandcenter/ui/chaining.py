"""Orders that stand or wait: Shift + card key, loop, goal, rally, priority."""

from collections.abc import Callable

from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen


class Chaining:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {}

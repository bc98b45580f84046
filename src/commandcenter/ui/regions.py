"""The region cursor: every panel by key, and the menu at the cursor."""

from collections.abc import Callable

from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen


class Regions:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {}

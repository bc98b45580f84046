"""Target mode: an order asks where it goes, letters on card and map answer."""

from collections.abc import Callable

from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen


class Targeting:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {}

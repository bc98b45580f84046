"""What needs the player: the list of cases and of alerts, defer, remember, edit, identical."""

from collections.abc import Callable

from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen


class Attending:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {}

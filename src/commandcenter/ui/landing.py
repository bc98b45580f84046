"""Mod+L, and Land behind B: one result after the other."""

from collections.abc import Callable

from commandcenter.core.refusals import NoSelection
from commandcenter.hud import giving, landing
from commandcenter.ui.kit import Kit
from commandcenter.ui.land_sheet import LandSheet


class Landing:
    """Its actions by id."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {"order.land": self.land}

    def land(self) -> None:
        """The active thread of the selection; with nobody selected the oldest open result."""
        screen = self._kit.screen
        ids = screen.receivers
        if not ids:
            ids = landing.open_results(screen.world)[:1]
        if not ids:
            screen.refuse(NoSelection())
            return
        able = giving.able(screen.world, ids, "order.land")
        if not able:
            screen.refuse(giving.why(screen.world, ids, "order.land"))
            return
        active = screen.selection.active
        screen.open_sheet(LandSheet(self._kit, active if active in able else able[0]))

"""How the player looks at the map: filter, fog, chains, the minimap's colours, saved views."""

import msgspec

from commandcenter.core.base import Record
from commandcenter.hud.filtering import Filter
from commandcenter.hud.fog import FogMode
from commandcenter.hud.tinting import Tint

VIEWS = ("1", "2", "3", "4")


class View(Record, frozen=True):
    """What one of the keys Y U I O brings back: filter, step of the ladder, px from the top."""

    filter: str = ""
    camera: tuple[int, int] = (0, 0)


class Lens(msgspec.Struct):
    """The state of it; the map and the minimap paint by it."""

    filter: Filter = Filter()
    fog: FogMode = "both"
    tint: Tint = "state"
    chains: bool = False
    """Order chains of all threads are drawn, not of the selected alone."""
    views: dict[str, View] = {}
    sectors: tuple[str, ...] = ()
    """Operations in the order that the player gave them."""

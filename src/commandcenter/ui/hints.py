"""What the card's tooltips say: name, effect, what it costs, why it is greyed and what mends it."""

from commandcenter.hud.card import Place
from commandcenter.hud.resuming import cold, sentence
from commandcenter.ui.resources import time_of_day
from commandcenter.ui.screen import Screen


def hint(screen: Screen, place: Place) -> str:
    """The tooltip of one place of the card."""
    known = screen.keymap.actions.get(place.action)
    parts = [place.name, known.help if known else "", cost(screen, place)]
    if place.reason is not None:
        parts += [place.reason.text(), place.reason.mend()]
    return " \u00b7 ".join(part for part in parts if part)


def cost(screen: Screen, place: Place) -> str:
    """What pressing it costs, where that is known before the press."""
    wakes = place.action == "more.hibernate" and place.name == "Wake"
    if not wakes and (place.action, place.name) != ("order.pause_resume", "Resume"):
        return ""
    return resuming(screen, screen.selection.ids)


def resuming(screen: Screen, ids: tuple[int, ...]) -> str:
    """What a resume of these threads sends without a cache; empty when their caches live."""
    now = screen.clock.wall()
    found = cold(screen.world, screen.mirror.moves, ids, now)
    return sentence(found, lambda wall: time_of_day(wall, now)) if found else ""

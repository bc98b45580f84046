"""A limit that was typed: dollars, tokens, or percent of each plan window."""

from commandcenter.core import orders as od
from commandcenter.core.refusals import TargetInvalid
from commandcenter.hud.giving import later, shares
from commandcenter.hud.selection import target
from commandcenter.ui.figures import number
from commandcenter.ui.giver import Giver
from commandcenter.ui.letter import Letter
from commandcenter.ui.screen import Screen

SAID = "the limit is set"
LATER = "the limit is set behind what they do"


def limit(screen: Screen, giver: Giver, letter: Letter, text: str) -> bool:
    """Give the order; False when the text is no figure, and the card says so."""
    figure = number(text)
    if figure is None or figure < 0:
        screen.refuse(TargetInvalid(f"{text[:40]!r} is no figure; write 1.50 or 200 k"))
        return False
    if letter.head == "LIMIT %":
        return _share(screen, giver, letter, int(figure))
    money = letter.head == "LIMIT $"
    order = od.Budget(
        target(letter.receivers), figure if money else None, None if money else int(figure)
    )
    if letter.queued:
        return giver.order(later(order), letter.receivers, LATER)
    return giver.order(order, letter.receivers, SAID)


def _share(screen: Screen, giver: Giver, letter: Letter, percent: int) -> bool:
    if not 1 <= percent <= 100:
        screen.refuse(TargetInvalid("the share of a window is 1 to 100 percent"))
        return False
    here = [thread for thread in letter.receivers if thread in screen.world.threads]
    behind, said = (" --queued", LATER) if letter.queued else ("", SAID)
    orders = shares(screen.world, here, percent)
    given = [giver.text(one + behind, here, said) for one in orders]
    return all(given)

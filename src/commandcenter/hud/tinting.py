"""The minimap's colours other than the state's: spend, risk, model, age, unseen (screen.md 6)."""

from typing import Literal, get_args

from commandcenter.core.base import NS
from commandcenter.core.world import Head, World
from commandcenter.hud import words

Tint = Literal["state", "spend", "risk", "model", "age", "unseen"]
TINTS: tuple[Tint, ...] = get_args(Tint)
Tone = tuple[str, float]
"""Colour token and opacity."""
NONE: Tone = ("edge", 1.0)
_RISK = {"R0": 0.3, "R1": 0.45, "R2": 0.6, "R3": 0.8, "R4": 1.0}
_AGES = ((60, 1.0), (600, 0.7), (3_600, 0.45), (86_400, 0.25))
"""Up to so many seconds since its last change of state -> opacity."""
_OLD = 0.12


def tone(head: Head, tint: Tint, world: World, now: int) -> Tone:
    """A thread's mark at wall `now` (ns); `state` is the tile's own affair."""
    if tint == "spend":
        return _spend(head)
    if tint == "risk":
        levels = [world.asks[ask].level for ask in head.asks if ask in world.asks]
        return ("fg", _RISK[max(levels)]) if levels else NONE
    if tint == "model":
        return words.tier(head.model), 0.85
    if tint == "age":
        gone = words.since(head.moved, now)
        return "fg", next((alpha for most, alpha in _AGES if gone <= most), _OLD)
    unseen = head.results - head.results_seen
    return ("fg", min(0.4 + 0.2 * unseen, 1.0)) if unseen > 0 else NONE


def _spend(head: Head) -> Tone:
    """How much of its limit is used; without one, how much it cost."""
    share = words.used(head.limit, head.spent, head.tokens)
    if share is None:
        cost = float(words.money(head))
        return ("run", min(0.2 + cost / 2, 0.9)) if cost else NONE
    color = words.tone(share, "run")
    return color, 0.25 + 0.65 * min(share, 1.0)


def ages(tint: Tint, now: int) -> int:
    """What the marks of this tint change with besides the heads: minutes for age, else nothing."""
    return now // (60 * NS) if tint == "age" else 0

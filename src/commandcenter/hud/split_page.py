"""The menu of S: how many children, of what kind, what each gets, what it costs (screen.md 15)."""

from collections.abc import Sequence

from commandcenter.core.base import Record
from commandcenter.core.refusals import BudgetTooSmallToSplit, Reason, TargetInvalid
from commandcenter.core.shaping import SplitKind
from commandcenter.core.world import Head
from commandcenter.hud import drafting
from commandcenter.hud.card import Page, Place, filled
from commandcenter.hud.drafting import LEAST, MOST, Draft
from commandcenter.hud.shaping import Means
from commandcenter.hud.words import plain, tokens
from commandcenter.rules.splitting import Carve, TooSmall, equal

KINDS: tuple[tuple[SplitKind, str, str, str], ...] = (
    ("divide", "Divide", "split", "in parts"),
    ("branch", "Branch", "fork", "same task"),
    ("scout", "Scout", "critic", "only read"),
)
"""Kind, name, icon, what it means: in the first three places."""
COUNTS: dict[int, int] = {2: 5, 3: 6, 4: 7, 5: 8, 6: 9, 7: 10, 8: 12}
"""Children -> place; the key of X X stays empty."""
DRAFT, OWN = 4, 3
_CLOSED = frozenset({"done", "completed", "cancelled"})


class Splitting(Record, frozen=True):
    """What the menu is of. `means` None = not known yet."""

    kind: SplitKind = "divide"
    means: Means | None = None
    draft: Draft | None = None
    mute: bool = False
    """The engine could not say."""
    waits: int = 0
    """Children of the proposal that waits; 0 = none does."""
    queued: bool = False


def split_page(head: Head, menu: Splitting) -> Page:
    """The page: kinds, counts, the draft there is."""
    means = menu.means or Means()
    places: list[Place | None] = [_kind(slot, menu, head) for slot in range(len(KINDS))]
    places += [_count(count, menu, means) for count in COUNTS]
    if menu.kind == "divide":
        places.append(Place(OWN, "split.own", "Type it", "rename", sub="no planner"))
        places.append(_draft(menu))
    title = "QUEUE SPLIT" if menu.queued else "SPLIT"
    return Page(title, _head(head, menu, means), filled(places), (head.id,))


def open_items(head: Head) -> int:
    """How many of the agent's own plan items are open."""
    return sum(state not in _CLOSED for _, state in head.plan)


def _head(head: Head, menu: Splitting, means: Means) -> str:
    parts = [f"\u2192 {plain(head.name)}"]
    if menu.means is None:
        parts.append("cost not known" if menu.mute else "asking what it costs")
    elif means.context:
        parts.append(f"{tokens(means.context)} tok x n")
    if means.free != Means().free:
        parts.append(f"{drafting.amount(means.free, means.practice)} free")
    return " \u00b7 ".join(parts)


def _kind(slot: int, menu: Splitting, head: Head) -> Place:
    kind, name, icon, sub = KINDS[slot]
    items = open_items(head)
    if kind == "divide" and items:
        sub = f"{items} found"
    chosen = kind == menu.kind
    return Place(
        slot, f"kind:{kind}", name, icon, "accent" if chosen else "mid", sub, "on" * chosen
    )


def _count(count: int, menu: Splitting, means: Means) -> Place:
    found = drafting.carved(means, equal(count))
    reason: Reason | None = None
    if means.why:
        reason = TargetInvalid(means.why)
    elif isinstance(found, TooSmall):
        reason = BudgetTooSmallToSplit(_fits(found, menu.kind))
    sub = "no limit" if menu.means is not None else ""
    if isinstance(found, Carve):
        sub = f"{drafting.amount(found.children[0], means.practice)} each"
    if reason is not None:
        sub = ""
    return Place(
        COUNTS[count],
        f"split:{count}",
        f"{count} children",
        "group",
        "run",
        sub,
        str(count),
        reason,
    )


def _fits(found: TooSmall, kind: SplitKind) -> int:
    """A number that is no split is none."""
    return found.largest if found.largest >= LEAST[kind] else 0


def _draft(menu: Splitting) -> Place:
    if menu.draft is not None:
        sub = f"{len(menu.draft.columns)} children"
        return Place(DRAFT, "split.draft", "Your draft", "rename", sub=sub)
    if menu.waits:
        return Place(DRAFT, "split.draft", "The plan", "verify", sub=f"{menu.waits} children")
    none = TargetInvalid("no plan was drawn up or typed yet; a digit asks for one")
    return Place(DRAFT, "split.draft", "The plan", "verify", reason=none)


def counts(kind: SplitKind) -> Sequence[int]:
    """What may be asked for by a digit."""
    return range(max(LEAST[kind], 2), MOST + 1)

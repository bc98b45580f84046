"""What a screen reader says of threads, sectors and buttons: one plain line each (screen.md 16)."""

from collections import Counter

from commandcenter.core.base import Record
from commandcenter.core.world import Head, World
from commandcenter.hud import marking
from commandcenter.hud.card import Place
from commandcenter.hud.seen import Seen, face
from commandcenter.hud.words import plain, spent, tokens, usd

_COUNTED: tuple[tuple[Seen, str], ...] = (
    ("failed", "failed"),
    ("needs you", "need you"),
    ("working", "working"),
)
_KEYS = {
    ";": "semicolon",
    ",": "comma",
    ".": "full stop",
    "/": "slash",
    "'": "quote",
    "`": "backquote",
    "[": "left bracket",
    "]": "right bracket",
    "\\": "backslash",
    "-": "minus",
    "=": "equals",
}
"""Keys that a voice would swallow."""


class Spot(Record, frozen=True):
    """Where a thread stands in its sector; rows and columns count from 1."""

    sector: str
    row: int
    column: int


def spot(sector: str, slot: int, columns: int) -> Spot:
    """The row and column of a slot."""
    across = max(columns, 1)
    return Spot(sector, slot // across + 1, slot % across + 1)


def thread(head: Head, world: World, now: int, where: Spot | None = None) -> str:
    """`fix-b03, needs you, group 2, $0.42 of $1.50, 3 unseen, row 1 column 3 of billing-api`."""
    parts = [
        plain(head.name),
        state(head, world, now),
        _groups(head),
        money(head),
        marking.voice(head, now),
        marking.awaited(head, world),
        f"{unseen(head)} unseen" if unseen(head) else "",
        place(where) if where is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def state(head: Head, world: World, now: int) -> str:
    """The word for its state, made exact where the glyph says more: `idle`, `killed`."""
    look = face(head, world, now)
    exact = {"idle": "idle", "away": "put away", "killed": "killed", "fuse": "kill fuse burns"}
    return exact.get(look.glyph, look.seen)


def money(head: Head) -> str:
    """`$0.42 of $1.50`, `1.2 M of 3.0 M tokens`, or what was spent; empty for nothing yet."""
    limit, about = head.limit, "" if head.metered else "about "
    if limit.usd is not None:
        practice = not head.spent.usd and bool(head.spent.practice)
        return f"{about}{spent(head.spent)} of {usd(limit.usd, practice)}"
    if limit.tokens is not None:
        return f"{about}{tokens(head.tokens.total)} of {tokens(limit.tokens)} tokens"
    if head.spent.usd or head.spent.practice or head.spent.unknown:
        return about + spent(head.spent)
    return ""


def unseen(head: Head) -> int:
    """Results that nobody looked at."""
    return max(head.results - head.results_seen, 0)


def place(where: Spot) -> str:
    """`row 1 column 3 of billing-api`."""
    return f"row {where.row} column {where.column} of {plain(where.sector)}"


def sector(name: str, counts: Counter[Seen]) -> str:
    """`billing-api, 24 threads, 1 failed, 2 need you, 20 working`."""
    total = sum(counts.values())
    parts = [plain(name), f"{total} thread{'s' * (total != 1)}"]
    for which, word in _COUNTED:
        if counts[which]:
            said = "needs you" if (which, counts[which]) == ("needs you", 1) else word
            parts.append(f"{counts[which]} {said}")
    return ", ".join(parts)


def button(slot: int, item: Place | None, key: str) -> str:
    """A button of the card: `Pause, key E, 3 of 5 can`; its place when there is none."""
    if item is None:
        return f"place {slot + 1}, empty"
    badge = item.badge.replace("/", " of ") + " can" if "/" in item.badge else item.badge
    parts = [item.name or f"place {slot + 1}, empty", f"key {spoken(key)}", badge, item.sub]
    return ", ".join(plain(part) for part in parts if part)


def why(item: Place | None) -> str:
    """The description of a button: why it is greyed and what mends it."""
    if item is None or item.reason is None:
        return ""
    return ". ".join(part for part in (item.reason.text(), item.reason.mend()) if part)


def spoken(key: str) -> str:
    """A key's name for a voice."""
    return _KEYS.get(key, key)


def _groups(head: Head) -> str:
    if not head.groups:
        return ""
    word = "group" if len(head.groups) == 1 else "groups"
    return f"{word} {', '.join(str(one) for one in sorted(head.groups))}"

"""Completion in the composer: `/` names what the agent offers, `@` a thread or a file of the
worktree, `@@` a template of the player's own."""

from collections.abc import Sequence

from commandcenter.core.base import Record
from commandcenter.core.world import Head

MOST = 6
TEMPLATE = "@@"
"""What names a template of the player's own."""


class Begun(Record, frozen=True):
    """The word that is being written: its sign, what follows it, and where it begins."""

    sign: str
    word: str
    start: int


def begun(text: str, cursor: int) -> Begun | None:
    """The word at the cursor when it can be completed: a leading `/`, or an `@` anywhere."""
    before = text[:cursor]
    if before.startswith("/") and not before.startswith("//") and not any(map(str.isspace, before)):
        return Begun("/", before[1:], 0)
    start = max(before.rfind(" "), before.rfind("\n")) + 1
    if before[start:].startswith(TEMPLATE):
        return Begun(TEMPLATE, before[start + len(TEMPLATE) :], start)
    if before[start:].startswith("@"):
        return Begun("@", before[start + 1 :], start)
    return None


def choices(word: str, names: Sequence[str]) -> tuple[str, ...]:
    """What the word may become: names that begin with it, then those that hold it."""
    low = word.lower()
    first = [name for name in names if name.lower().startswith(low)]
    rest = [name for name in names if low in name.lower() and name not in first]
    found = tuple(sorted(first) + sorted(rest))[:MOST]
    return () if found == (word,) else found


def completed(text: str, cursor: int, at: Begun, choice: str) -> tuple[str, int]:
    """The text with the word completed and a space behind it, and where the cursor goes."""
    head = f"{text[: at.start]}{at.sign}{choice} "
    return head + text[cursor:].lstrip(" "), len(head)


def filled(text: str, cursor: int, at: Begun, template: str) -> tuple[str, int]:
    """The text with a template in place of its name, and where the cursor goes."""
    head = text[: at.start] + template.rstrip("\n")
    return head + text[cursor:], len(head)


def commands(heads: Sequence[Head]) -> tuple[str, ...]:
    """What all receivers offer behind a slash, without the slash."""
    if not heads:
        return ()
    shared = set.intersection(*({name.lstrip("/") for name in head.commands} for head in heads))
    return tuple(sorted(shared))


def outgoing(text: str, heads: Sequence[Head]) -> str:
    """The text as it goes to the agent: `//` is a literal slash where nobody has commands."""
    plain = text.startswith("//") and not any(head.commands for head in heads)
    return text[1:] if plain else text

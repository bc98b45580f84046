"""Comments on lines of a diff: kept per thread with the drafts, sent back as one text."""

from collections.abc import Iterable, Mapping

import msgspec

from commandcenter.core.base import Record

MOST = 200
"""Comments of one thread that are kept."""
LONGEST = 2_000
QUOTED = 160
"""Characters of the line that go along."""
Line = tuple[str, int, bool]
"""Path, number, and whether that is the old file's number: of a line that is gone."""


class Comment(Record, frozen=True):
    """What the player says of one line."""

    path: str
    number: int
    text: str
    quote: str = ""
    old: bool = False

    @property
    def line(self) -> Line:
        """Where it stands."""
        return self.path, self.number, self.old

    @property
    def place(self) -> str:
        """`src/budget.py:88`."""
        return f"{self.path}:{self.number}" + " (removed)" * self.old


def key(thread: int) -> str:
    """What a thread's comments are kept under."""
    return f"comments:{thread}"


def words_key(thread: int) -> str:
    """What is sent back besides them."""
    return f"back:{thread}"


def pack(comments: Iterable[Comment]) -> str:
    """As text; empty for none."""
    found = list(comments)
    return msgspec.json.encode(found).decode() if found else ""


def unpack(text: str) -> tuple[Comment, ...]:
    """From text; none when it is none."""
    try:
        found = msgspec.json.decode(text, type=tuple[Comment, ...]) if text else ()
    except msgspec.DecodeError:
        return ()
    return found[:MOST]


def of(drafts: Mapping[str, str], thread: int) -> tuple[Comment, ...]:
    """A thread's comments."""
    return unpack(drafts.get(key(thread), ""))


def put(comments: Iterable[Comment], new: Comment) -> tuple[Comment, ...]:
    """With this one in the place of what stood at its line; an empty text takes it away."""
    found = [one for one in comments if one.line != new.line]
    text = " ".join(new.text.split())[:LONGEST]
    if text and len(found) < MOST:
        found.append(msgspec.structs.replace(new, text=text, quote=new.quote[:QUOTED]))
    return tuple(sorted(found, key=lambda one: one.line))


def letter(comments: Iterable[Comment], words: str = "") -> str:
    """What is sent back: `file:line: comment`, each with its line quoted, the words before them."""
    parts = [words.strip()] if words.strip() else []
    for one in comments:
        quoted = f"\n> {'-' if one.old else '+'} {one.quote.strip()}" if one.quote.strip() else ""
        parts.append(f"{one.place}: {one.text}{quoted}")
    return "\n".join(parts)

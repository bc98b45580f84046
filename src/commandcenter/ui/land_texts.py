"""What the player writes for a landing: a pull request's title and body, or words to the agent."""

from collections.abc import Sequence

from PySide6.QtCore import QRect

from commandcenter.core.shaping import LandHow
from commandcenter.hud import comments
from commandcenter.hud.landing import Text
from commandcenter.ui.findings import Findings
from commandcenter.ui.form import Cell
from commandcenter.ui.screen import Screen

TITLE_TALL, LEAST_BODY = 38, 32
"""Px of the title's field, and of the body's at least."""


class Texts:
    """Kept with the drafts, per thread; what nobody typed is as the engine drafted it."""

    def __init__(self, screen: Screen, findings: Findings) -> None:
        self._screen = screen
        self._findings = findings

    def asked(self, thread: int) -> Text:
        """The pull request as the player has it."""
        return Text(self._draft(thread, "title"), self._draft(thread, "body"))

    def _draft(self, thread: int, field: str) -> str:
        own = self._screen.drafts.get(_key(thread, field))
        drafted = self._findings.draft(thread).value
        return own or (str(getattr(drafted, field)) if drafted is not None else "")

    def letter(self, thread: int) -> str:
        """What is sent back: the words, then the comments."""
        words = self._screen.drafts.get(comments.words_key(thread), "")
        return comments.letter(comments.of(self._screen.drafts, thread), words)

    def sent(self, thread: int) -> None:
        """The words went."""
        self._screen.drafts[comments.words_key(thread)] = ""

    def write(self, thread: int, field: str, text: str) -> None:
        """The player typed."""
        self._screen.drafts[_key(thread, field)] = text

    def cells(self, thread: int, how: LandHow, rect: QRect) -> Sequence[Cell]:
        """The fields of a way, in this part of the body."""
        x, y, wide, tall = rect.x(), rect.y(), rect.width(), rect.height()
        if how == "back":
            words = self._screen.drafts.get(comments.words_key(thread), "")
            hint = "what is to be done; comments on lines go along"
            return (Cell("words", "what it is told", words, (x, y, wide, tall), "lines", hint),)
        found, drafts = self.asked(thread), self._screen.drafts
        wrong = "" if found.title.strip() else "a title is needed"
        top = (x, y, wide, TITLE_TALL)
        rest = max(tall - TITLE_TALL - 2, LEAST_BODY)
        below = (x, y + TITLE_TALL + 2, wide, rest)
        mine = [bool(drafts.get(_key(thread, field))) for field in ("title", "body")]
        return (
            Cell("title", "title", found.title, top, "line", "what it does", wrong, own=mine[0]),
            Cell("body", "body", found.body, below, "lines", "why, and how it was checked",
                 own=mine[1]),
        )  # fmt: skip


def _key(thread: int, field: str) -> str:
    return comments.words_key(thread) if field == "words" else f"pr:{thread}:{field}"

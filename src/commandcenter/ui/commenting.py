"""Comments on lines of the inspector's Diff: typed in place, kept with the drafts."""

from collections.abc import Callable

import msgspec

from commandcenter.hud import comments
from commandcenter.hud.comments import Comment, Line
from commandcenter.hud.keymap import Mode
from commandcenter.ui.diff import DiffView
from commandcenter.ui.screen import Screen

_FROM: frozenset[Mode] = frozenset({"map", "panel"})


class _Open(msgspec.Struct):
    """The field that stands open."""

    view: DiffView
    thread: int
    line: Line
    quote: str


class Commenting:
    """One field at a time, in the inspector of the main window."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._open: _Open | None = None
        self.thread: Callable[[], int] = lambda: 0

    @property
    def typing(self) -> bool:
        """Do the keys go to a comment?"""
        return self._open is not None

    def attach(self, view: DiffView, thread: Callable[[], int]) -> None:
        """Its lines take comments; `thread` says whose diff stands there."""
        self.thread = thread
        view.on_line = lambda line, quote: self.open(view, line, quote)

    def open(self, view: DiffView, line: Line, quote: str) -> None:
        """The player pressed a line: its comment is typed below it."""
        screen, thread = self._screen, self.thread()
        if self._open is not None:
            self.sent()
        if not thread or screen.mode not in _FROM:
            screen.say("a comment is written from the map", "Esc leads back")
            return
        self._open = _Open(view, thread, line, quote)
        screen.enter("composer")
        view.edit(line)

    def sent(self) -> bool:
        """Return: keep it; an emptied one is gone. False = none is open."""
        found = self._open
        if found is None:
            return False
        keep(self._screen, found.thread, comment(found.line, found.view.field.text(), found.quote))
        self._shut(found)
        return True

    def cancel(self) -> bool:
        """Esc: what stood there before stays. False = none is open."""
        found = self._open
        if found is not None:
            self._shut(found)
        return found is not None

    def follow(self) -> None:
        """With each frame: where its diff or its mode is gone, what was typed is kept."""
        found = self._open
        gone = found is not None and found.view.editing != found.line
        if gone or (found is not None and self._screen.mode != "composer"):
            self.sent()

    def _shut(self, found: _Open) -> None:
        self._open = None
        if found.view.editing == found.line:
            found.view.edit(None)
        found.view.show_comments(comments.of(self._screen.drafts, self.thread()))
        if self._screen.mode == "composer":
            self._screen.leave("composer")
        self._screen.changed()


def comment(line: Line, text: str, quote: str) -> Comment:
    """What was typed of a line."""
    return Comment(line[0], line[1], text, quote, line[2])


def keep(screen: Screen, thread: int, new: Comment) -> None:
    """Into the thread's comments."""
    found = comments.put(comments.of(screen.drafts, thread), new)
    screen.drafts[comments.key(thread)] = comments.pack(found)

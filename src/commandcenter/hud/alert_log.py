"""The alert log: all alerts the World holds, newest first, to be searched by words."""

from collections.abc import Callable, Sequence

from commandcenter.core.base import Record
from commandcenter.core.world import Alert, World
from commandcenter.hud.alerts import AlertRow, folded, row_of
from commandcenter.hud.words import age, since

UNSEEN, OPEN = "is:unseen", "is:open"


class LogLine(Record, frozen=True):
    """One alert, or several of one kind in a row, with what became of it."""

    row: AlertRow
    category: str
    over: bool
    snoozed: int = 0
    """Wall ns until which it is out of sight; 0 = it is not."""
    visited: bool = False

    def note(self, now: int) -> str:
        """`budget · x7 · 4 m ago · over · not visited`."""
        row = self.row
        parts = [self.category, row.operation, f"x{row.times}" if row.times > 1 else ""]
        if self.snoozed:
            parts.append(f"quiet for {age(since(now, self.snoozed))}")
        parts += ["over" if self.over else "", "" if self.visited else "not visited"]
        return " · ".join(part for part in (*parts, f"{row.time} ago") if part)


def log(world: World, now: int, visited: Callable[[str], bool], words: str = "") -> list[LogLine]:
    """What matches all the words, newest first."""
    folds = sorted(folded(world, now, everything=True), key=lambda fold: -_newest(fold).last)
    lines = [_line(world, fold, now, visited) for fold in folds]
    wanted = words.lower().split()
    return [line for line in lines if all(_matches(line, word) for word in wanted)]


def _line(world: World, fold: Sequence[Alert], now: int, visited: Callable[[str], bool]) -> LogLine:
    newest = _newest(fold)
    return LogLine(
        row_of(world, fold, now),
        newest.category,
        all(alert.cleared for alert in fold),
        newest.snoozed if newest.snoozed > now else 0,
        any(visited(alert.id) for alert in fold),
    )


def _newest(fold: Sequence[Alert]) -> Alert:
    return max(fold, key=lambda alert: (alert.last, alert.seq))


def _matches(line: LogLine, word: str) -> bool:
    if word == UNSEEN:
        return not line.visited
    if word == OPEN:
        return not line.over
    row = line.row
    text = f"{row.title} {line.category} {row.operation} {row.severity}".lower()
    return word in text

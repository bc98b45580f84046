"""The panel of actions per minute: effective ones first; no streaks, no goals."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QPainter

from commandcenter.hud import words
from commandcenter.link.base import LinkLost
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.screen import Screen
from commandcenter.ui.sheet import Choice, Sheet
from commandcenter.ui.theme import BOLD, HEADING, SEMIBOLD, Style

RECENT_S = 10.0
"""The figures move only so long after the player's last input."""
EACH_MS = 1000
ROW = 30
_FIRST, _FIGURE = Style(15, "fg", BOLD, "right"), Style(12, "fg", SEMIBOLD, "right")
Line = tuple[str, str, str]


class Figures(Sheet):
    """Asks the engine when it opens, then once a second while the player acts."""

    opener = "panel.apm"
    title = "Actions per minute"
    foot = "judged 1.1 s late, so a figure once shown stays true · kept by the engine's journal"
    wide, tall = 520, 380
    top = 2 * ROW + 4
    empty = ""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._found: dict[str, Any] = {}
        self._said = "asking the engine"
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(EACH_MS)
        self._timer.timeout.connect(lambda: self._tick())
        self._ask()

    def about(self) -> str:
        """The last 60 s against the whole session, or why there is nothing."""
        return self._said

    def closed(self) -> None:
        """No more questions."""
        self._timer.stop()

    def _ask(self) -> None:
        if self._screen.up:
            self._screen.tasks.spawn(self._learn(), "metrics")
        else:
            self._said = "the engine is away"

    def _tick(self) -> None:
        if self._screen.now() - self._screen.acting.last <= RECENT_S:
            self._ask()

    async def _learn(self) -> None:
        try:
            found = await self._screen.link.query("metrics")
        except (LinkLost, ValueError) as error:
            self._said = f"no figures: {error}"
            return
        self._found = found if isinstance(found, dict) else {}
        self._said = "last 60 s, and per active minute since the engine began"
        self._screen.changed()
        if self._screen.sheet is self:
            self._timer.start()

    def lines(self) -> tuple[Line, ...]:
        """Name, live figure, figure of the session."""
        found = self._found
        if not found:
            return ()
        took = found.get("decision_median_s")
        return (
            ("EPM", _rate(found.get("epm")), _rate(found.get("epm_session"))),
            ("APM", _rate(found.get("apm")), _rate(found.get("apm_session"))),
            ("Actions", "", f"{found.get('effective', 0)} of {found.get('actions', 0)} effective"),
            ("By rules", "", str(found.get("auto", 0))),
            ("Decisions per hour", "", _rate(found.get("decisions_per_hour"))),
            ("Median decision", "", "none yet" if took is None else f"{float(took):.1f} s"),
            ("Results looked at", "", str(found.get("results", 0))),
            ("Cost per result looked at", "", _cost(found)),
        )

    def choices(self) -> Sequence[Choice]:
        """The figures below the rates."""
        return [Choice(name, figure, id=name) for name, _, figure in self.lines()[2:]]

    def draw_top(self, painter: QPainter, ink: Ink, rect: QRect) -> None:
        """EPM first, in 15 px."""
        for number, (name, live, session) in enumerate(self.lines()[:2]):
            row = QRect(rect.x(), rect.y() + number * ROW, rect.width(), ROW - 4)
            ink.plate(painter, row, Plate("panel2", "edge", 4))
            ink.put(painter, row.adjusted(10, 0, -10, 0), name, HEADING, row)
            half = row.adjusted(10, 0, -row.width() // 3, 0)
            ink.put(painter, half, live, _FIRST, row)
            ink.put(painter, row.adjusted(row.width() // 3, 0, -12, 0), session, _FIGURE, row)


def _rate(value: object) -> str:
    return "none yet" if not isinstance(value, int | float) else f"{value:.0f}"


def _cost(found: dict[str, Any]) -> str:
    usd, practice = found.get("usd_per_result"), found.get("practice_per_result")
    parts = [words.usd(float(usd))] if usd else []
    parts += [words.usd(float(practice), True)] if practice else []
    return " · ".join(parts) or "none yet"

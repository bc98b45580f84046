"""The alerts panel: what happened, worst first; it never takes focus, scrolls or selects."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from commandcenter.hud.alerts import AlertRow
from commandcenter.hud.sounding import Caption
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item, Panel
from commandcenter.ui.theme import MEDIUM, SEMIBOLD, Style

DETAIL, DETAIL_HI = Style(11, "dim"), Style(11, "mid")
TIME = Style(11, "dim", MEDIUM, "right")
HINT_KEY = Style(11, "fg", SEMIBOLD)
HINT = Style(11, "dim")
RESTS_S = 10.0
"""A pointer that has not moved for so long lies there by chance."""
ROOMY = 220
"""Below this width in px the head holds its name only."""


class AlertsPanel(Panel):
    """Shows `AlertRow`s; a click goes to what the row is about."""

    least = (200, 0)

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(ink, "alerts", parent)
        self.rows: tuple[AlertRow, ...] = ()
        self.caption: Caption | None = None
        self.setMouseTracking(True)
        self._stirred = False
        self._stirred_at = -1e9
        self.keys: tuple[tuple[str, str, str], ...] = (
            ("alert.recall", "Space", "next"),
            ("approval.next", "J", "decide"),
        )
        """Action, its shipped key, and what the head says of it."""
        self.on_row: Callable[[AlertRow], None] = lambda row: None
        self.spell: Callable[[str], str] = str
        """Tells a row's second line with the player's own keys."""

    def show_rows(self, rows: tuple[AlertRow, ...], caption: Caption | None = None) -> None:
        """Show other rows; `caption` says the sound that is heard."""
        self.rows, self.caption = rows, caption
        self.show_view((rows, caption))

    @property
    def _step(self) -> int:
        return 36 if self.low else 46

    @property
    def _top(self) -> int:
        return 30 if self.low else 33

    def place(self, number: int) -> QRect:
        """The rectangle of a row."""
        return QRect(
            8,
            self._top + number * self._step,
            self.width() - 16,
            self._step - (2 if self.low else 3),
        )

    @property
    def _most(self) -> int:
        return max((self.height() - self._top) // self._step, 0)

    def items(self) -> list[Item]:
        """The rows that fit."""
        return [
            Item(
                row.key,
                f"{row.severity}: {row.title}, {self.spell(row.detail)}, {row.time}",
                self.place(number),
                partial(self.on_row, row),
                thread=row.thread,
            )
            for number, row in enumerate(self.rows[: self._most])
        ]

    def draw(self, painter: QPainter) -> None:
        """Heading with its keys, then as many rows as fit; the last one counts the others."""
        self.heading(painter, "alerts", 28 if self.low else 34)
        if self.caption is None:
            self._hints(painter)
        else:
            self._caption(painter, self.caption)
        if not self.rows:
            rect = QRect(14, self._top + 8, self.width() - 28, 20)
            self.ink.put(painter, rect, "nothing to look at", HINT, self.rect())
        for number, row in enumerate(self.rows[: self._most]):
            self._row(painter, row, number)

    def _caption(self, painter: QPainter, caption: Caption) -> None:
        """What the sound says, in place of the keys."""
        left, height = 84, 28 if self.low else 34
        row = QRect(left, 0, self.width() - left - 12, height)
        text = f"sound: {caption.text}"
        tone = "err" if caption.sound == "danger" else "mid"
        self.ink.put(painter, row, text, Style(11, tone, align="right"), self.rect())

    def _hints(self, painter: QPainter) -> None:
        x, height = self.width() - 12, 28 if self.low else 34
        if self.width() < ROOMY:
            return
        for action, shipped, word in reversed(self.keys):
            key = self.ink.key_of(action, shipped)
            width = round(self.ink.width(word, HINT)) + 1
            self.ink.put(painter, QRect(x - width, 0, width + 1, height), word, HINT, self.rect())
            x -= width + 5
            width = round(self.ink.width(key, HINT_KEY)) + 1
            cap = QRect(x - width, 0, width + 1, height)
            self.ink.put(painter, cap, key, HINT_KEY, self.rect())
            x -= width + 12

    def _row(self, painter: QPainter, row: AlertRow, number: int) -> None:
        ink, rect = self.ink, self.place(number)
        urgent = number == 0 and bool(row.ask)
        if urgent:
            ink.plate(painter, rect, Plate("wait", "wait", 6, fill_alpha=0.12, border_alpha=0.55))
        glyph = QRect(rect.x() + 9, rect.y() + (5 if self.low else 7), 14, 14)
        ink.glyph(painter, f"state:{row.glyph}", glyph, row.color)
        color = "wait" if urgent else "dim"
        when = QRect(rect.right() - 66, rect.y() + 2, 58, 20)
        style = Style(11, color, SEMIBOLD if urgent else MEDIUM, "right")
        wide = ink.put(painter, when, row.time, style, rect)
        left = rect.x() + 34
        title = QRect(left, rect.y() + 2, rect.right() - left - int(wide) - 14, 20)
        tone = "mid" if row.severity == "info" else "fg"
        ink.put(painter, title, row.title, Style(11 if self.low else 12, tone, SEMIBOLD), rect)
        detail = QRect(left, rect.y() + (18 if self.low else 22), rect.right() - left - 8, 16)
        text = self.spell(row.detail)
        if number == self._most - 1 and len(self.rows) > self._most:
            text = f"and {len(self.rows) - self._most} more"
        ink.put(painter, detail, text, DETAIL_HI if urgent else DETAIL, rect)

    def hovered(self, now: float) -> bool:
        """Is the player's pointer about to choose here (monotonic s)? One left lying is not."""
        if self._stirred:
            self._stirred, self._stirred_at = False, now
        return self.underMouse() and now - self._stirred_at < RESTS_S

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The pointer moves over the panel."""
        self._stirred = True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A row was clicked."""
        row = self._row_at(event.position().toPoint())
        if row is not None:
            self.on_row(row)

    def _row_at(self, point: QPoint) -> AlertRow | None:
        for number, row in enumerate(self.rows[: self._most]):
            if self.place(number).contains(point):
                return row
        return None

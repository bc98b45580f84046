"""The menu at the cursor: a card's page as a list of lines. Opening it does nothing else."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import msgspec
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.core.orders import Defer, GroupRule, Snooze
from commandcenter.core.refusals import TargetInvalid
from commandcenter.hud import choices
from commandcenter.hud.alerts import AlertRow
from commandcenter.hud.card import Page, Place
from commandcenter.ui.giver import Giver
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item
from commandcenter.ui.queue_chips import KEY as QUEUED
from commandcenter.ui.regions import HERE
from commandcenter.ui.screen import Screen
from commandcenter.ui.theme import BOLD, MEDIUM, SEMIBOLD, Style

LINE, HEAD, WIDE, PAD = 24, 28, 232, 6
_HEAD = Style(11, "fg", SEMIBOLD)
_NAME = Style(12, "fg", MEDIUM)
_GREY = Style(12, "dim", MEDIUM)
_NOTE = Style(10, "dim", align="right")
_NOTE_ON = Style(10, "accent", BOLD, "right")


class Pages(Protocol):
    """What the menu needs of the card."""

    def open_menu(self, page: Page, acts: Mapping[str, Callable[[], None]]) -> None:
        """Into MENU with this page; `acts` do what its lines name."""
        ...

    def run(self, action: str) -> None:
        """What a line of the page behind B does."""
        ...


class ContextMenu:
    """Builds the menu of a thread, an alert's row or a group, and does what was chosen."""

    def __init__(self, screen: Screen, giver: Giver, pages: Pages) -> None:
        self._screen = screen
        self._giver = giver
        self._pages = pages
        self.do: Callable[[str], None] = lambda action: None
        """Carries out an action by its id."""
        self.merge: Callable[[int], None] = lambda thread: None
        """The selection compared with a thread, into it."""
        self.page: Page | None = None
        """The page that stands at the cursor; it is closed once it is no longer the screen's."""
        self.at = HERE
        """Where, in px of the window; `HERE` = at the thread under the cursor."""
        self.row: Callable[[AlertRow], None] = lambda row: None
        """What a click on an alert's row does."""
        self.rows: Callable[[str], AlertRow | None] = lambda key: None
        self.filter: Callable[[], str] = lambda: ""
        """The text of the map's filter."""

    @property
    def open(self) -> bool:
        """Does it stand on the screen?"""
        return self.page is not None and self._screen.page is self.page

    def ask(self, region: str, item: Item | None, at: QPoint) -> None:
        """The menu of what is there; `item` None on the map: of the thread under the cursor."""
        row = self.rows(item.key) if item is not None and region == "alerts" else None
        if row is not None:
            self._alert(row, at)
        elif item is not None and item.key.startswith(QUEUED):
            self.queued(int(item.key.removeprefix(QUEUED)), at)
        elif region == "strip" and item is not None:
            self._group(int(item.key.removeprefix("group ")), at)
        elif region == "map" or (item is not None and item.thread):
            self.thread(item.thread if item is not None else self._screen.selection.active, at)
        else:
            self._screen.say("there is no menu here", "Return presses the item")

    def thread(self, thread: int, at: QPoint) -> None:
        """The menu of the selection, or of a thread outside it, which a line then selects."""
        screen = self._screen
        chosen = screen.selection.ids
        if thread not in screen.world.threads:
            screen.someone()
            return
        inside = thread in chosen
        ids = screen.receivers if inside else (thread,)
        onto = 0 if inside or not chosen else thread
        page = choices.thread_menu(screen.world, ids, screen.keymap, onto)
        acts = {
            place.action: self._on(thread, inside, place.action)
            for place in page.places
            if place is not None
        }
        self._show(page, acts, at)

    def _on(self, thread: int, inside: bool, action: str) -> Callable[[], None]:
        def act() -> None:
            if action == "order.merge":
                self.merge(thread)
                return
            if not inside:
                self._screen.select((thread,), thread)
            if action.startswith("more."):
                self._pages.run(action)
            else:
                self.do(action)

        return act

    def _alert(self, row: AlertRow, at: QPoint) -> None:
        acts: dict[str, Callable[[], None]] = {
            "row.show": lambda: self.row(_without_case(row)),
            "row.open": lambda: self.row(row),
            "row.defer": lambda: self._defer(row),
        }
        for minutes in choices.SNOOZES:
            acts[f"row.snooze.{minutes}"] = self._snooze(row, minutes)
        self._show(choices.alert_menu(row), acts, at)

    def _defer(self, row: AlertRow) -> None:
        for entry in map(str, row.asks) if row.asks else _alerts(row):
            self._giver.order(Defer(entry), (), "deferred for 5 min")

    def _snooze(self, row: AlertRow, minutes: int) -> Callable[[], None]:
        said = f"quiet for {minutes} min"

        def act() -> None:
            for alert in _alerts(row):
                self._giver.order(Snooze(alert, minutes), (), said)

        return act

    def queued(self, place: int, at: QPoint = HERE) -> None:
        """The menu of a queued order of the one selected thread: out, earlier, later."""
        screen = self._screen
        head = screen.world.threads.get(next(iter(screen.selection.ids), 0))
        if head is None or place > len(head.orders):
            return
        acts = {
            action: self._queue(head.id, option)
            for action, option in choices.queue_moves(place, len(head.orders)).items()
        }
        self._show(choices.queue_menu(head, place), acts, at)

    def move_queued(self, here: int, there: int) -> None:
        """A queued order of the one selected thread was dragged to another place."""
        for thread in self._screen.selection.ids[:1]:
            self._queue(thread, f'--move "{here} {there}"')()

    def _queue(self, thread: int, option: str) -> Callable[[], None]:
        said = (
            "taken out of the queue" if option.startswith("--drop") else "the queue is re-ordered"
        )
        return partial(self._say, f"queue #{thread} {option}", thread, said)

    def _say(self, text: str, thread: int, said: str) -> None:
        self._giver.text(text, (thread,), said)

    def _group(self, digit: int, at: QPoint) -> None:
        page = choices.group_menu(self._screen.world, digit)
        acts: dict[str, Callable[[], None]] = {}
        for place in page.places:
            if place is not None and place.action.startswith("rule."):
                acts[place.action] = self._rule(digit, place.action.removeprefix("rule."))
            elif place is not None:
                acts[place.action] = self._key(place.action)
        self._show(page, acts, at)

    def _key(self, action: str) -> Callable[[], None]:
        return lambda: self.do(action)

    def _rule(self, digit: int, rule: str) -> Callable[[], None]:
        def turn() -> None:
            screen = self._screen
            now = screen.world.group_rules.get(digit)
            exclusive, children = bool(now and now.exclusive), bool(now and now.children)
            auto = now.auto if now else ""
            if rule == "auto" and not auto and not self.filter():
                screen.refuse(TargetInvalid("a filter is needed first: / names who joins"))
                return
            order = GroupRule(
                digit,
                exclusive != (rule == "exclusive"),
                children != (rule == "children"),
                ("" if auto else self.filter()) if rule == "auto" else auto,
            )
            self._giver.order(order, (), f"group {digit}: {rule} is turned")

        return turn

    def _show(self, page: Page, acts: Mapping[str, Callable[[], None]], at: QPoint) -> None:
        self._pages.open_menu(page, acts)
        self.page, self.at = self._screen.page, at


def _alerts(row: AlertRow) -> tuple[str, ...]:
    """The ids of the alerts folded into a row."""
    return row.alerts or (row.key,)


def _without_case(row: AlertRow) -> AlertRow:
    """The row as one that only shows where it happened."""
    return msgspec.structs.replace(row, ask=0)


class MenuPopup(QWidget):
    """Paints the menu; over the whole window, so that a click beside it closes it."""

    def __init__(self, ink: Ink, screen: Screen, parent: QWidget) -> None:
        super().__init__(parent)
        self.ink = ink
        self._screen = screen
        self._page: Page | None = None
        self._marked = -1
        self._at = QPoint()
        self.on_slot: Callable[[int], None] = lambda slot: None
        self.on_beside: Callable[[], None] = lambda: None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("menu")
        self.hide()

    def popup(self, page: Page, marked: int, at: QPoint) -> None:
        """Stand at a place of the window, with one line marked."""
        whole = QRect(QPoint(0, 0), self.window().size())
        if self.geometry() != whole:
            self.setGeometry(whole)
        if (page, marked, at) != (self._page, self._marked, self._at):
            self._page, self._marked, self._at = page, marked, at
            self.update()
        if not self.isVisible():
            self.show()
            self.raise_()

    def items(self) -> list[Item]:
        """Its lines."""
        return [
            Item(
                place.action,
                f"{place.name}, key {place.key}",
                rect,
                partial(self.on_slot, place.slot),
                place.reason.text() if place.reason else "",
            )
            for place, rect in self._lines()
        ]

    def box(self) -> QRect:
        """Where it stands: at its place, moved so that all of it is inside the window."""
        count = len(self._places())
        size = QRect(self._at, self._at).adjusted(0, 0, WIDE, HEAD + count * LINE + PAD)
        size.moveRight(min(size.right(), self.width() - 4))
        size.moveBottom(min(size.bottom(), self.height() - 4))
        size.moveLeft(max(size.left(), 4))
        size.moveTop(max(size.top(), 4))
        return size

    def _places(self) -> list[Place]:
        return [place for place in self._page.places if place is not None] if self._page else []

    def _lines(self) -> list[tuple[Place, QRect]]:
        box = self.box()
        return [
            (place, QRect(box.x(), box.y() + HEAD + number * LINE, box.width(), LINE))
            for number, place in enumerate(self._places())
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Head with the receivers, then the lines."""
        if self._page is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.ink.begin(self)
        box = self.box()
        self.ink.cover(self, box)
        self.ink.plate(painter, box, Plate("panel2", "edgeHi", 8))
        head = QRect(box.x() + 12, box.y(), box.width() - 24, HEAD)
        self.ink.put(painter, head, self._page.head, _HEAD, box)
        painter.fillRect(
            QRect(box.x() + 1, head.bottom(), box.width() - 2, 1), self.ink.theme.color("edge")
        )
        for place, rect in self._lines():
            self._line(painter, place, rect)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self.ink.theme.pen("accent", 1.0))
        painter.drawRoundedRect(box.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()

    def _line(self, painter: QPainter, place: Place, rect: QRect) -> None:
        ink = self.ink
        if place.slot == self._marked:
            ink.plate(painter, rect.adjusted(4, 1, -4, -1), Plate("tileHi", "accent", 4))
        key = self._screen.labels.of(place.key)
        ink.keycap(painter, rect.x() + 10, rect.y() + 5, key, "fg" if place.enabled else "dim")
        note = "on" if place.sub == "on" else place.sub
        if place.reason is not None and not note:
            note = place.reason.text()
        row = QRect(rect.x() + 38, rect.y(), rect.width() - 50, rect.height())
        style = _NAME if place.enabled else _GREY
        wide = round(min(ink.width(place.name, style) + 2, row.width()))
        ink.put(painter, QRect(row.x(), row.y(), wide, row.height()), place.name, style, rect)
        rest = row.adjusted(wide + 10, 0, 0, 0)
        if rest.width() > 20:
            ink.put(painter, rest, note, _NOTE_ON if note == "on" else _NOTE, rect)

    # --- mouse --------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A line does what it says; a click beside the menu closes it and does nothing else."""
        point = event.position().toPoint()
        if not self.box().contains(point):
            self.on_beside()
            return
        slot = self._slot_at(point)
        if slot is not None:
            self.on_slot(slot)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The line under the pointer is marked."""
        slot = self._slot_at(event.position().toPoint())
        if slot is not None and slot != self._screen.marked:
            self._screen.marked = slot
            self._screen.changed()

    def _slot_at(self, point: QPoint) -> int | None:
        return next((place.slot for place, rect in self._lines() if rect.contains(point)), None)

"""What a screen reader finds in the window: threads, sectors, buttons (screen.md 16).

Nothing here exists until somebody asks: Qt calls the factory for a widget when an accessibility
client looks at it. An interface made in Python must be referenced from Python until Qt deletes it,
and one that Qt knows may only go through `QAccessible.deleteAccessibleInterface`; a dropped one
ends the process at exit (PySide6 6.11).
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol, runtime_checkable

import msgspec
from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from shiboken6 import isValid

from commandcenter.hud import describing
from commandcenter.hud.layout import LOOSE
from commandcenter.ui.map import MapView
from commandcenter.ui.panel import Item
from commandcenter.ui.regions import on_widget
from commandcenter.ui.selection import SelectionPanel

Role = QAccessible.Role
Text = QAccessible.Text


@runtime_checkable
class Presses(Protocol):
    """A part that says what can be pressed in it."""

    def items(self) -> list[Item]:
        """From the top left."""
        ...


class Said(msgspec.Struct, frozen=True):
    """What one child is, taken anew each time somebody asks; `rect` in px of the screen."""

    name: str
    rect: QRect
    why: str = ""
    selected: bool = False
    focused: bool = False
    enabled: bool = True


class Leaf(QAccessibleInterface):
    """A child that is no widget: a thread, a sector, a button."""

    def __init__(self, parent: QAccessibleInterface, role: QAccessible.Role) -> None:
        super().__init__()
        self._parent = parent
        self._role = role
        self.said: Callable[[], Said | None] = lambda: None
        """None = it is not on the screen now."""
        self.below: Callable[[], list[Leaf]] = list

    def isValid(self) -> bool:
        """Is there still something?"""
        return isValid(self._parent) and self._parent.isValid() and self.said() is not None

    def object(self) -> QObject | None:  # type: ignore[override]  # Qt allows none; the stub not
        """No widget of its own."""
        return None

    def window(self) -> QWindow:
        """Its parent's."""
        return self._parent.window()

    def parent(self) -> QAccessibleInterface:
        """The part it belongs to."""
        return self._parent

    def childCount(self) -> int:
        """How many stand in it."""
        return len(self.below())

    def child(self, index: int) -> "Leaf | None":  # type: ignore[override]  # as above
        """The one with that number."""
        found = self.below()
        return found[index] if 0 <= index < len(found) else None

    def childAt(self, x: int, y: int) -> "Leaf | None":  # type: ignore[override]  # as above
        """The one at a point of the screen."""
        return _at(self.below(), x, y)

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Its number; -1 = not one of ours."""
        return _index(self.below(), child)

    def focusChild(self) -> "Leaf | None":  # type: ignore[override]  # as above
        """Which of them has the cursor."""
        return next((leaf for leaf in self.below() if leaf.state().focused), None)

    def rect(self) -> QRect:
        """In px of the screen."""
        said = self.said()
        return said.rect if said is not None else QRect()

    def role(self) -> QAccessible.Role:
        """ListItem, Grouping, Button."""
        return self._role

    def state(self) -> QAccessible.State:
        """Focused, selected, greyed."""
        state, said = QAccessible.State(), self.said()
        state.focusable = state.selectable = True
        if said is None:
            state.invisible = True
            return state
        state.focused, state.selected = said.focused, said.selected
        state.disabled = not said.enabled
        return state

    def text(self, kind: QAccessible.Text) -> str:
        """Its name, and why it is greyed."""
        said = self.said()
        if said is None:
            return ""
        return {Text.Name: said.name, Text.Description: said.why}.get(kind, "")

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Nothing can be typed here."""


class Family:
    """The leaves of one part, by key; kept until they are let go through Qt."""

    def __init__(self, parent: QAccessibleInterface) -> None:
        self._parent = parent
        self._leaves: dict[str, Leaf] = {}

    def leaf(self, key: str, role: QAccessible.Role) -> Leaf:
        """The leaf of that key, the same each time."""
        found = self._leaves.get(key)
        if found is None:
            found = self._leaves[key] = Leaf(self._parent, role)
        return found

    def keep(self, keys: set[str]) -> None:
        """Let all others go."""
        for key in [one for one in self._leaves if one not in keys]:
            leaf = self._leaves.pop(key)
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(leaf))


class _Part(QAccessibleWidget):
    """A widget whose children are leaves."""

    def __init__(self, widget: QWidget, role: QAccessible.Role) -> None:
        super().__init__(widget, role, widget.accessibleName())
        self.family = Family(self)

    def leaves(self) -> list[Leaf]:
        """The children of now."""
        return []

    def widget_window(self) -> QWidget | None:
        """The window it is in; None = the widget is gone."""
        return self.widget().window() if isValid(self) and self.isValid() else None

    def childCount(self) -> int:
        """How many there are."""
        return len(self.leaves())

    def child(self, index: int) -> Leaf | None:  # type: ignore[override]  # as above
        """The one with that number."""
        found = self.leaves()
        return found[index] if 0 <= index < len(found) else None

    def childAt(self, x: int, y: int) -> Leaf | None:  # type: ignore[override]  # as above
        """The one at a point of the screen."""
        return _at(self.leaves(), x, y)

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Its number; -1 = not one of ours."""
        return _index(self.leaves(), child)

    def focusChild(self) -> Leaf | None:  # type: ignore[override]  # as above
        """The child that has the cursor."""
        inner = [leaf.focusChild() or leaf for leaf in self.leaves()]
        return next((leaf for leaf in inner if leaf.state().focused), None)


class PanelAccess(_Part):
    """A panel: a button for each of its items, with the reason why it is greyed."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, Role.Grouping)
        self._widget = widget

    def leaves(self) -> list[Leaf]:
        """One per item."""
        items = self._items()
        self.family.keep({item.key for item in items})
        focus = cursor(self._widget)
        found = []
        for item in items:
            leaf = self.family.leaf(item.key, Role.Button)
            said = self._said(item, focus)
            leaf.said = partial(_same, said)
            found.append(leaf)
        return found

    def leaf(self, key: str) -> Leaf | None:
        """The leaf of an item."""
        keys = [item.key for item in self._items()]
        return self.leaves()[keys.index(key)] if key in keys else None

    def _items(self) -> list[Item]:
        part = self._widget
        if not part.isVisible():
            return []
        if isinstance(part, SelectionPanel):
            return [*part.strip_items(), *part.items()]
        return part.items() if isinstance(part, Presses) else []

    def _said(self, item: Item, focus: str) -> Said:
        place = on_widget(self._widget, item.rect)
        rect = QRect(self._widget.mapToGlobal(place.topLeft()), place.size())
        return Said(item.name, rect, item.why, False, item.key == focus, not item.why)


def _same(said: Said) -> Said:
    return said


class MapAccess(_Part):
    """The map: sectors, and in each the threads that are in view."""

    def __init__(self, view: MapView) -> None:
        super().__init__(view, Role.List)
        self._view = view
        self._made: tuple[object, ...] = ()
        self._sectors: list[Leaf] = []
        self._threads: dict[str, list[Leaf]] = {}

    def leaves(self) -> list[Leaf]:
        """The sectors in view."""
        scene = self._view.scene
        made = (id(scene.layout), self._view.view(), len(scene.rects), tuple(scene.places.sectors))
        if made != self._made:
            self._made = made
            self._build()
        return self._sectors

    def leaf(self, thread: int) -> Leaf | None:
        """A thread's, when it is in view."""
        self.leaves()
        place = self._view.scene.places.of(thread)
        if place is None:
            return None
        known = self._threads.get(place.sector, [])
        wanted = self.family.leaf(f"thread {thread}", Role.ListItem) if known else None
        return wanted if wanted in known else None

    def _build(self) -> None:
        scene = self._view.scene
        shown: dict[str, list[int]] = {}
        for thread in self._view.visible():
            place = scene.places.of(thread)
            if place is not None:
                shown.setdefault(place.sector, []).append(thread)
        seen = self._view.view()
        names = [sector.name for sector in scene.layout.sectors if sector.box.meets(seen)]
        keys = {f"sector {name}" for name in names}
        keys |= {f"thread {thread}" for threads in shown.values() for thread in threads}
        self.family.keep(keys)
        self._threads = {name: [self._thread(t) for t in shown.get(name, ())] for name in names}
        self._sectors = [self._sector(name) for name in names]

    def _sector(self, name: str) -> Leaf:
        leaf = self.family.leaf(f"sector {name}", Role.Grouping)
        leaf.said = lambda: self._about_sector(name)
        leaf.below = lambda: self._threads.get(name, [])
        return leaf

    def _thread(self, thread: int) -> Leaf:
        leaf = self.family.leaf(f"thread {thread}", Role.ListItem)
        leaf.said = lambda: self._about_thread(thread)
        return leaf

    def _about_sector(self, name: str) -> Said | None:
        scene = self._view.scene
        sector = next((one for one in scene.layout.sectors if one.name == name), None)
        if sector is None:
            return None
        counts = scene.mirror.tally.of("" if name == LOOSE else name)
        box = sector.box
        said = describing.sector("loose" if name == LOOSE else name, counts)
        return Said(said, self._global(QRect(box.x, box.y, box.w, box.h)))

    def _about_thread(self, thread: int) -> Said | None:
        scene = self._view.scene
        head, rect = scene.world.threads.get(thread), scene.rects.get(thread)
        place = scene.places.of(thread)
        if head is None or rect is None or place is None:
            return None
        columns = next((s.cols for s in scene.layout.sectors if s.name == place.sector), 1)
        sector = "loose" if place.sector == LOOSE else place.sector
        where = describing.spot(sector, place.slot, columns)
        return Said(
            describing.thread(head, scene.world, scene.now, where),
            self._global(rect),
            "",
            thread in scene.selected,
            cursor(self._view) == str(thread),
        )

    def _global(self, rect: QRect) -> QRect:
        at = rect.topLeft() - QPoint(0, self._view.verticalScrollBar().value())
        return QRect(self._view.viewport().mapToGlobal(at), rect.size())


def _at(leaves: list[Leaf], x: int, y: int) -> Leaf | None:
    return next((leaf for leaf in leaves if leaf.rect().contains(x, y)), None)


def _index(leaves: list[Leaf], child: QAccessibleInterface) -> int:
    return next((number for number, leaf in enumerate(leaves) if leaf is child), -1)


class Readers:
    """The interfaces of one window's parts; `where` = what has the cursor, as key."""

    def __init__(self, window: QWidget, where: Callable[[QWidget], str]) -> None:
        self.window = window
        self.where = where
        _windows.append(self)

    def of(self, widget: QWidget) -> _Part | None:
        """The widget's interface."""
        found = QAccessible.queryAccessibleInterface(widget)
        return found if isinstance(found, _Part) else None

    def close(self) -> None:
        """The window goes: its leaves go first."""
        for part in [one for one in _made if one.widget_window() in (self.window, None)]:
            part.family.keep(set())
            _made.remove(part)
        if self in _windows:
            _windows.remove(self)


_windows: list[Readers] = []
"""Windows that are open."""
_made: list[_Part] = []
"""Every interface Qt asked for: it must not be collected while Qt knows it."""


def cursor(widget: QWidget) -> str:
    """Key of the item of this part that has the cursor; empty = none."""
    window = widget.window()
    found = next((one for one in _windows if one.window is window), None)
    return found.where(widget) if found is not None else ""


def _interface(_: str, widget: QObject) -> QAccessibleInterface | None:
    made: _Part | None = None
    if isinstance(widget, MapView):
        made = MapAccess(widget)
    elif isinstance(widget, QWidget) and isinstance(widget, Presses):
        made = PanelAccess(widget)
    if made is not None:
        _made.append(made)
    return made


QAccessible.installFactory(_interface)  # once a process: Qt keeps every one it was given

"""The region cursor: every panel by key (screen.md 7, PANEL), and the menu at the cursor."""

from collections.abc import Callable, Mapping
from functools import partial

import msgspec
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget

from commandcenter.hud.layout import Box
from commandcenter.hud.seen import SEEN, seen
from commandcenter.hud.selection import Direction, neighbour
from commandcenter.ui.giver import Giver
from commandcenter.ui.panel import Item
from commandcenter.ui.ring import Ring
from commandcenter.ui.screen import Screen
from commandcenter.ui.topbar import PALETTE
from commandcenter.ui.zoom import Zoomed

REGIONS = ("bar", "inspector", "minimap", "alerts", "strip", "selection", "card")
"""In the order in which Mod+] visits them."""
WORDS = {
    "bar": "resource bar",
    "strip": "group strip",
    "card": "command card",
}
_PAGES = {"BURN": "Burn", "SUPPLY": "Requests"}
"""A figure of the bar -> its heading in the Cost tab; the others lead to the totals."""
HERE = QPoint(-1, -1)
"""The menu opens at the thread under the cursor."""


class Region(msgspec.Struct, frozen=True):
    """One panel, or a part of one."""

    widget: QWidget
    items: Callable[[], list[Item]]
    area: Callable[[], QRect]
    """Where it lies in its widget."""

    @property
    def shown(self) -> bool:
        """May the cursor go there?"""
        return self.widget.isVisible() and not self.area().isEmpty()


class Regions:
    """Where the region cursor is; which item of each region has the focus."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self.regions: Mapping[str, Region] = {}
        """By name, as `REGIONS` has them."""
        self._ring: Ring | None = None
        self._revealed = ""
        """Key of the item that was last brought into sight."""
        self._focus: dict[str, str] = {}
        self.do: Callable[[str], None] = lambda action: None
        """Carries out an action by its id."""
        self.tab: Callable[[str], None] = lambda tab: None
        """Shows a tab of the inspector."""
        self.ask: Callable[[str, Item | None, QPoint], None] = lambda region, item, at: None
        """Opens the menu for a region's item, at a place of the window."""

    def attach(self, regions: Mapping[str, Region], ring: Ring) -> None:
        """The window has built its parts."""
        self.regions = regions
        self._ring = ring

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {
            "focus.region_next": partial(self.step, 1),
            "focus.region_prev": partial(self.step, -1),
            "panel.activate": self.press,
            "menu.context": self.menu,
        }

    # --- where it is --------------------------------------------------

    @property
    def region(self) -> Region | None:
        """The region that has the keys; None on the map."""
        return self.regions.get(self._screen.region)

    def items(self, name: str) -> list[Item]:
        """What can be pressed in a region."""
        region = self.regions.get(name)
        return region.items() if region is not None and region.shown else []

    @property
    def item(self) -> Item | None:
        """The focused item; None on the map, or when what had the focus is gone."""
        wanted = self._focus.get(self._screen.region)
        found = self.items(self._screen.region)
        return next((item for item in found if item.key == wanted), None)

    def words(self) -> str:
        """`alerts, 3 items`: what a screen reader says of the region."""
        name = self._screen.region
        count = len(self.items(name))
        return f"{WORDS.get(name, name)}, {count} item{'s' * (count != 1)}"

    # --- moving --------------------------------------------------

    def step(self, by: int) -> None:
        """The next region (or the one before) that is on the screen."""
        screen = self._screen
        shown = [name for name in REGIONS if name in self.regions and self.regions[name].shown]
        if not shown:
            return
        here = screen.region
        at = shown.index(here) if here in shown else (-1 if by > 0 else len(shown))
        self.go(shown[(at + by) % len(shown)])

    def go(self, name: str) -> None:
        """To a region; the item that had its focus has it again."""
        screen = self._screen
        screen.page = None
        screen.leave("subcard")
        screen.region_name = name
        found = self.items(name)
        if found and self._focus.get(name) not in {item.key for item in found}:
            self._focus[name] = found[0].key
        screen.enter("panel")

    def move(self, way: Direction) -> None:
        """Arrows: the nearest item that way, or the first one after the focused one went."""
        name = self._screen.region
        found = self.items(name)
        if not found:
            return
        keys = [item.key for item in found]
        at = keys.index(self._focus[name]) + 1 if self._focus.get(name) in keys else 0
        boxes = {number: _box(item.rect) for number, item in enumerate(found, 1)}
        self._focus[name] = keys[max(neighbour(boxes, at, way), 1) - 1]
        self._screen.changed()

    def press(self) -> None:
        """Return: what a click on the focused item does."""
        item = self.item
        if item is not None:
            item.press()
        else:
            self._screen.say("the item is gone", "arrows choose another one")

    def home(self) -> None:
        """A click on the map takes the keys back there."""
        if self._screen.mode == "panel":
            self._screen.leave("panel")

    # --- figures of the bar --------------------------------------------------

    def figure(self, key: str) -> None:
        """A figure of the resource bar: its page of the Cost tab; a state: all that are so."""
        screen = self._screen
        if key == PALETTE:
            self.do("palette")
        elif key in SEEN:
            self._of_state(key)
        else:
            screen.cost_at = _PAGES.get(key, "So far")
            screen.inspector = True
            self.tab("Cost")

    def _of_state(self, state: str) -> None:
        screen, world = self._screen, self._screen.world
        found = [
            head.id
            for head in world.threads.values()
            if seen(head, world.accounts.get(head.account)) == state
        ]
        if found:
            screen.select(found)
            screen.say(f"{len(found)} selected, {state}")
        else:
            screen.say(f"no thread is {state}")

    # --- menu --------------------------------------------------

    def menu(self) -> None:
        """Shift+Return: the menu of what is under the cursor."""
        screen, region, item = self._screen, self.region, self.item
        if region is None:
            self.ask("map", None, HERE)
            return
        rect = on_widget(region.widget, item.rect if item is not None else region.area())
        window = region.widget.window()
        self.ask(screen.region, item, region.widget.mapTo(window, rect.center()))

    def clicked(self, name: str, widget: QWidget, point: QPoint) -> None:
        """A right click in a region, at a point of its widget: the same menu."""
        found = ((item, on_widget(widget, item.rect)) for item in self.items(name))
        hit = next((item for item, rect in found if rect.contains(point)), None)
        self.ask(name, hit, widget.mapTo(widget.window(), point))

    # --- frame --------------------------------------------------

    def show(self) -> None:
        """With each frame: frame and ring where the keys are, nothing on the map."""
        ring, region = self._ring, self.region
        if ring is None:
            return
        if region is None or not region.shown or self._screen.mode != "panel":
            ring.hide()
            return
        widget, item = region.widget, self.item
        if item is not None and isinstance(widget, Zoomed) and item.key != self._revealed:
            widget.reveal(item.rect)  # large text: it may be scrolled out of sight
        self._revealed = item.key if item is not None else ""
        area = on_widget(widget, region.area()) & QRect(QPoint(0, 0), widget.size())
        inside = QRect() if item is None else on_widget(widget, item.rect)
        place = widget.mapTo(widget.window(), area.topLeft())
        ring.point(QRect(place, area.size()), inside.translated(-area.topLeft()))


def on_widget(widget: QWidget, rect: QRect) -> QRect:
    """A rectangle of what a part shows, in true px of its widget (text may be zoomed)."""
    return widget.real(rect) if isinstance(widget, Zoomed) else rect


def _box(rect: QRect) -> Box:
    return Box(rect.x(), rect.y(), rect.width(), rect.height())

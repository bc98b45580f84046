"""Brings the region cursor, the menu and the right mouse button to every part of the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from commandcenter.hud.alerts import AlertRow
from commandcenter.ui.menu import MenuPopup
from commandcenter.ui.regions import HERE, Region, on_widget
from commandcenter.ui.ring import Ring

if TYPE_CHECKING:
    from commandcenter.ui.window import Window


class Reach(QObject):
    """Filters the right button on all parts: it asks for the menu and never acts at once."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.ring = Ring(window.ink, window)
        self.popup = MenuPopup(window.ink, window.screen_state, window)
        self._right: dict[QWidget, str] = {}

    def wire(self) -> None:
        """Once, when all parts stand."""
        window, regions = self._window, self._window.actions_table.regions
        menu = window.actions_table.menu
        regions.attach(self._found(), self.ring)
        window.bar.figure_clicked.connect(lambda key: regions.figure(key))
        for signal in (window.map.picked, window.map.boxed, window.map.same):
            signal.connect(lambda *_: regions.home())
        window.map.smart.connect(lambda thread, at: menu.thread(thread, window.mapFromGlobal(at)))
        menu.row, menu.rows = window.show_row, self._row
        menu.filter = lambda: window.screen_state.lens.filter.text
        self.popup.on_slot = window.actions_table.slot
        self.popup.on_beside = window.actions_table.cancel
        for part in self._right:
            part.installEventFilter(self)

    def _found(self) -> dict[str, Region]:
        window, panel = self._window, self._window.selection
        bar, inspector, minimap = window.bar, window.inspector, window.minimap
        alerts, card = window.alerts, window.card
        found = {
            "bar": Region(bar, bar.items, bar.rect),
            "inspector": Region(inspector, inspector.items, inspector.rect),
            "minimap": Region(minimap, minimap.items, minimap.rect),
            "alerts": Region(alerts, alerts.items, alerts.rect),
            "card": Region(card, card.items, card.rect),
            "selection": Region(panel, panel.items, self._below_strip),
        }
        self._right = {region.widget: name for name, region in found.items()}
        found["strip"] = Region(panel, panel.strip_items, panel.strip_area)
        return found

    def _below_strip(self) -> QRect:
        panel = self._window.selection
        return panel.rect().adjusted(0, panel.strip_area().height(), 0, 0)

    def _row(self, key: str) -> AlertRow | None:
        return next((row for row in self._window.alerts.rows if row.key == key), None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The right button on a part."""
        pressed = event.type() == QEvent.Type.MouseButtonPress
        if not pressed or not isinstance(event, QMouseEvent) or not isinstance(watched, QWidget):
            return False
        if event.button() != Qt.MouseButton.RightButton or watched not in self._right:
            return False
        point, name = event.position().toPoint(), self._right[watched]
        panel = self._window.selection
        if watched is panel and on_widget(panel, panel.strip_area()).contains(point):
            name = "strip"
        self._window.actions_table.regions.clicked(name, watched, point)
        return True

    def show(self) -> None:
        """With each frame: ring and menu as the mode wants them."""
        actions = self._window.actions_table
        actions.regions.show()
        menu = actions.menu
        if menu.open and menu.page is not None and self._window.screen_state.mode == "subcard":
            self.popup.popup(menu.page, self._window.screen_state.marked, self._place(menu.at))
        elif not self.popup.isHidden():
            self.popup.hide()

    def _place(self, at: QPoint) -> QPoint:
        """The thread under the cursor, when the menu was asked for by key."""
        view = self._window.map
        if at != HERE:
            return at
        rect = view.scene.rects.get(self._window.screen_state.selection.active)
        shown = view.viewport().rect()
        if rect is None:
            return view.mapTo(self._window, shown.center())
        rect = rect.translated(0, -view.verticalScrollBar().value())
        return view.mapTo(
            self._window, rect.bottomLeft() if shown.intersects(rect) else shown.center()
        )

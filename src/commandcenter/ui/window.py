"""The window: the parts in their places, and the player's mouse on them."""

from PySide6.QtCore import QEvent, QRect, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from commandcenter.hud.alerts import AlertRow
from commandcenter.hud.layout import LADDER, MIN_WINDOW, Box, panels, shifted
from commandcenter.hud.seen import seen
from commandcenter.ui.actions import Actions
from commandcenter.ui.acts import Acts
from commandcenter.ui.alerts import AlertsPanel
from commandcenter.ui.banner import Banner
from commandcenter.ui.card import CardPanel
from commandcenter.ui.comfort import dress
from commandcenter.ui.first_run import FirstRunPanel
from commandcenter.ui.giver import Latency
from commandcenter.ui.hints import hint
from commandcenter.ui.input import Router
from commandcenter.ui.inspector import InspectorPanel
from commandcenter.ui.keeper import Keeper
from commandcenter.ui.map import MapView
from commandcenter.ui.minimap import Minimap
from commandcenter.ui.notices import Notices
from commandcenter.ui.overlay import OverlayPanel
from commandcenter.ui.paint import Ink
from commandcenter.ui.popout import PopOut
from commandcenter.ui.reach import Reach
from commandcenter.ui.reading import Reading
from commandcenter.ui.refresh import Refresh
from commandcenter.ui.screen import LiveLink, Options, Screen
from commandcenter.ui.selection import SelectionPanel
from commandcenter.ui.sight import Sight
from commandcenter.ui.sounds import Sounds
from commandcenter.ui.speaking import Speaking
from commandcenter.ui.theme import Theme
from commandcenter.ui.topbar import TopBar

Keys = Qt.KeyboardModifier
HELP = "help.keys"
LOW = 900
"""Below this height in px of the window, at 100 %, parts take their smaller paddings."""
ROOMY = 296
"""From this height in px on card and selection have room for their larger paddings."""


class Window(QWidget):
    """Builds the parts and wires them; what they show comes from `Refresh`."""

    def __init__(self, options: Options, link: LiveLink, theme: Theme) -> None:
        super().__init__()
        self.ink = Ink(theme)
        self.screen_state = Screen(options, link)
        self.actions_table = Actions(self.screen_state)
        self.reading = Reading(self.screen_state)
        self._parts()
        self.router = Router(self.screen_state, self.actions_table, self)
        self.notices = Notices(self.screen_state, self, self.ink)
        self.sounds = Sounds(self.screen_state)
        self.acts = Acts(self.screen_state, self)
        self.keeper = Keeper(self.screen_state, options.store, self)
        self.sight = Sight(self)
        self.reach = Reach(self)
        self.speaking = Speaking(self)
        self.refresh = Refresh(self)
        self._wire()
        dress(self, self.screen_state.settings.comfort)
        self.setWindowTitle("commandcenter")
        self.setMinimumSize(*MIN_WINDOW)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.resize(*options.size)

    @property
    def latencies(self) -> list[Latency]:
        """The last 512 orders that came by key, each from its event to its paint."""
        return self.actions_table.giver.latencies

    def _parts(self) -> None:
        ink, screen = self.ink, self.screen_state
        self.bar = TopBar(ink, screen.mirror, self)
        self.map = MapView(ink, screen.mirror, self)
        self.minimap = Minimap(ink, self.map, self)
        self.alerts = AlertsPanel(ink, self)
        self.alerts.spell = screen.spelled
        self.selection = SelectionPanel(ink, self)
        self.card = CardPanel(ink, self)
        self.start = FirstRunPanel(ink, self)
        self.inspector = InspectorPanel(ink, self)
        self.banner = Banner(ink, self)
        self.start.hide()
        self.overlay = OverlayPanel(ink, screen, self)
        screen.host = self.overlay
        screen.camera = self.map
        self.map.clock = screen.now
        screen.composer = self.selection.composer

    # --- wiring --------------------------------------------------

    def _wire(self) -> None:
        screen, actions = self.screen_state, self.actions_table
        self.map.picked.connect(lambda thread, shift: self._picked(thread, shift))
        self.map.same.connect(lambda thread, shift: self._same(thread, shift))
        self.map.boxed.connect(lambda threads, shift: self._boxed(threads, shift))
        self.map.camera.connect(lambda: self.keeper.look())
        self.minimap.level.connect(lambda level: self._level(level))
        self.bar.needs_clicked.connect(lambda: actions.do("approval.next"))
        self.alerts.on_row = self.show_row
        self.selection.on_member = self._member
        self.selection.on_group = self._group
        chips, menu = self.selection.chips, actions.menu
        chips.on_ask, chips.on_move = menu.queued, menu.move_queued
        composer, attaching = self.selection.composer, actions.writing.attaching
        composer.on_clicked = actions.open_composer
        composer.on_send = lambda: actions.do("composer.send")
        composer.on_leave = lambda: actions.do("cancel")
        composer.on_changed = actions.writing.changed
        composer.names, composer.template = attaching.names, attaching.template
        composer.on_picture, composer.on_dropped = attaching.paste, attaching.drop
        self.start.on_way = actions.do
        self.card.on_slot, self.card.on_out = actions.slot, lambda: actions.do("cancel")
        self.card.help = lambda place: hint(screen, place, actions.pricing)
        self.card.at_once = lambda: screen.sheet is not None and screen.sheet.opener == HELP
        self.inspector.on_tab = actions.tab
        self.inspector.on_verdict = actions.do
        self.inspector.terminal.on_clicked = self._type_here
        actions.terminal.attach(self.inspector.terminal)
        self.inspector.on_place = lambda: actions.do("workspace.browser")
        screen.on_page = self.inspector.page
        screen.case_at_end = self._case_at_end
        screen.on_comfort = lambda: dress(self, screen.settings.comfort)
        self.ink.key_of = screen.key_of
        screen.on_tidy = self.map.tidy
        screen.on_quit = lambda: QTimer.singleShot(0, self, lambda: self.close())
        self.inspector.transcript.on_top = self.reading.older
        actions.inspecting.attach(self.inspector, lambda: PopOut(self.ink))
        actions.commenting.attach(self.inspector.diff, lambda: self.reading.diff_thread)
        self.sight.wire()
        self.reach.wire()

    def _type_here(self) -> None:
        if self.screen_state.mode in ("map", "panel"):
            self.actions_table.do("terminal.enter")

    def _case_at_end(self) -> bool:
        bar = self.inspector.case.verticalScrollBar()
        shown = self.screen_state.deck.tab == "Action"
        return shown and bar.value() >= bar.maximum()

    # --- mouse --------------------------------------------------

    def _picked(self, thread: int, shift: bool) -> None:
        screen = self.screen_state
        if screen.mode == "target":
            self.actions_table.targeting.pick(thread, shift)
        elif shift and thread:
            screen.selection.toggle(thread)
            screen.selected()
        elif not shift:
            screen.select(self.map.scene.folds.of(thread) if thread else (), thread)

    def _same(self, thread: int, shift: bool) -> None:
        """Same agent, model and state class in view; Shift adds."""
        screen = self.screen_state
        like = screen.world.threads.get(thread)
        if like is None:
            return
        if screen.mode == "target":
            self.actions_table.targeting.pick(thread, shift)
            return
        key = self._kind(thread)
        found = [other for other in self.map.visible() if self._kind(other) == key]
        if shift:
            screen.selection.add(found)
            screen.selected()
        else:
            screen.select(found, thread)
        screen.say(f"{len(screen.selection.ids)} selected, in view")

    def _kind(self, thread: int) -> tuple[str, str, str]:
        world = self.screen_state.world
        head = world.threads[thread]
        return head.agent, head.model, seen(head, world.accounts.get(head.account))

    def _boxed(self, threads: tuple[int, ...], shift: bool) -> None:
        screen = self.screen_state
        if screen.mode == "target":
            return
        if shift:
            screen.selection.add(threads)
            screen.selected()
        else:
            screen.select(threads)

    def _level(self, level: str) -> None:
        step = next((step for step in LADDER if step.level == level), None)
        if level == "L2":
            step = next(step for step in LADDER if step.w == 112)
        self.map.choose(shifted(step, self.map.scene.shift) if step else None)

    def show_row(self, row: AlertRow) -> None:
        """A row of the alerts panel: its case, or where it happened."""
        if row.ask:
            self.actions_table.deciding.open_case(row.ask)
        else:
            self.actions_table.looking.show_row(row)

    def _member(self, thread: int, keys: Keys) -> None:
        """Only this; Shift: drop this; Mod: only this kind; Mod+Shift: drop this kind."""
        screen = self.screen_state
        if screen.mode == "target":
            self.actions_table.targeting.pick(thread, bool(keys & Keys.ShiftModifier))
            return
        ids = screen.selection.ids
        kind = self._kind(thread)
        alike = {other for other in ids if self._kind(other) == kind}
        if keys & Keys.ControlModifier:
            drop = bool(keys & Keys.ShiftModifier)
            screen.select([other for other in ids if (other in alike) != drop])
        elif keys & Keys.ShiftModifier:
            screen.select([other for other in ids if other != thread])
        else:
            screen.select((thread,), thread)

    def _group(self, digit: int, keys: Keys) -> None:
        action = "group.set" if keys & Keys.ControlModifier else "group.recall"
        if keys & Keys.ShiftModifier:
            action = "group.add"
        self.actions_table.do(f"{action}.{digit}")

    # --- places --------------------------------------------------

    def lay(self) -> None:
        """Put every part where the window's size says."""
        screen = self.screen_state
        found = panels(self.width(), self.height(), screen.inspector)
        grown = screen.settings.comfort.grown
        low = self.height() / grown < LOW
        self.bar.low = self.minimap.low = self.alerts.low = low
        self.selection.low = self.card.low = found.card.h / grown < ROOMY
        self.inspector.low = self.start.low = low
        _place(self.bar, found.bar)
        _place(self.map, found.map)
        _place(self.start, found.map)
        _place(self.minimap, found.minimap)
        _place(self.alerts, found.alerts)
        _place(self.selection, found.selection)
        _place(self.card, found.card)
        _place(self.inspector, found.inspector)
        self.banner.place(QRect(found.map.x + 8, found.map.y + 8, found.map.w - 16, 0))
        self.banner.measure(self.size())
        self.inspector.setVisible(screen.inspector or "approval" in screen.modes)
        self.inspector.raise_()
        self.banner.raise_()
        self.overlay.lay_in(_both(found.map, found.inspector))
        self.overlay.raise_()
        self.inspector.lay()
        self.selection.lay()
        self.sight.lay()

    def restyle(self) -> None:
        """Colours or text size are others: lay and load anew."""
        self.lay()
        self.refresh.all()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size: other places."""
        super().resizeEvent(event)
        self.lay()
        self.refresh.all()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground between the parts; nobody else paints it."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.ink.theme.color("bg"))
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """Out of focus: what was typed is written now, and no key is held."""
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.router.down.clear()
            self.actions_table.watching.shift(False)
            self.keeper.flush()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The screen goes; the loops go on."""
        self.keeper.flush()
        self.acts.flush()
        self.notices.close()
        self.actions_table.inspecting.close()
        self.speaking.close()
        self.refresh.on_close()
        event.accept()


def _place(part: QWidget, box: Box) -> None:
    part.setGeometry(box.x, box.y, box.w, box.h)


def _both(one: Box, other: Box) -> Box:
    """The box around both; one that is not shown has no width."""
    right = max(one.x + one.w, other.x + other.w)
    return Box(one.x, one.y, right - one.x, one.h)

"""What the link says becomes pixels: drained once a frame, only what changed is painted."""

import gc
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QRegion

from commandcenter.core.base import NS
from commandcenter.core.codec import Row
from commandcenter.hud import alerts
from commandcenter.hud.alerts import AlertRow
from commandcenter.hud.attention import Entry
from commandcenter.hud.mirror import Dirty
from commandcenter.ui import views
from commandcenter.ui.asking import Asking
from commandcenter.ui.case_view import CaseView
from commandcenter.ui.check import Check
from commandcenter.ui.feed import Feed
from commandcenter.ui.finding import Finding
from commandcenter.ui.first_run import first_page
from commandcenter.ui.frame import FrameClock
from commandcenter.ui.looked import Looked
from commandcenter.ui.moments import local
from commandcenter.ui.popout import PopOut

if TYPE_CHECKING:
    from commandcenter.ui.window import Window

log = logging.getLogger("cc.screen")
AWAY = "The engine does not answer. The screen reconnects by itself; keys give no order until then."
MINIMAP_S = 0.25
FREEZE_MS = 300
"""After the first frame; a collection before it would keep the player waiting."""


class Refresh:
    """Owns the frame clock and the one timer of running times."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._screen = window.screen_state
        self._clock = self._screen.clock
        self.frames = FrameClock(self._clock, self.paint, window)
        self._ticks = QTimer(window)
        self._ticks.setSingleShot(True)
        self._ticks.timeout.connect(lambda: self._tick())
        self._rows: tuple[AlertRow, ...] = ()
        reading = window.reading
        self.asking = Asking(self._screen)
        self._feed = Feed(window.inspector, self._screen, reading, self.asking)
        self._popped: tuple[PopOut, Feed] | None = None
        self._text_came = False
        self._looked = Looked(self._screen, window.actions_table.giver)
        self._case = CaseView(self._screen, window.inspector.case)
        self._minimap_at = -1.0
        self._frozen = False
        self._selected: tuple[object, ...] = ()
        self._finding = Finding(window, self.frames.want)
        self._left_at = -1
        """The entry at which the link was lost; -1 = nothing is to be made up for."""
        screen = self._screen
        self._check = Check(screen.mirror, screen.link, self._clock, screen.tasks)
        self.on_close: Callable[[], None] = lambda: None
        self.on_loaded: Callable[[], None] = lambda: None
        self._wire()

    def _wire(self) -> None:
        screen, link, reading = self._screen, self._screen.link, self._window.reading
        screen.on_change = lambda: self.frames.want(fast=True)
        screen.on_fast = lambda: self.frames.want(fast=True)
        screen.on_acknowledged = self.acknowledged
        self._window.map.on_behind = self.frames.want
        self._window.router.on_key = self._key
        reading.on_text = lambda: self._worded()
        reading.on_diff = lambda: self.frames.want()
        self.asking.on_answer = lambda: self.frames.want()
        link.on_snapshot = self.snapshot
        link.on_rows = self.rows
        link.on_state = self.state

    # --- the link --------------------------------------------------

    def snapshot(self, data: bytes) -> None:
        """The engine's World replaces ours."""
        try:
            self._screen.mirror.snapshot(data)
        except ValueError as error:
            log.error("the snapshot cannot be read: %s", error)
            return
        first = not self._screen.loaded
        self._screen.loaded = True
        self._load()
        if first:
            self._window.keeper.restore()
            self.on_loaded()
        if not self._screen.found:
            self._finding.ask()
        self._window.reading.refresh()
        self._window.sight.renew()
        self.frames.want()

    def rows(self, rows: list[Row]) -> None:
        """Entries as they come; folded at once, painted with the next frame."""
        try:
            self._screen.mirror.rows(rows)
        except ValueError as error:
            log.error("an entry cannot be read: %s", error)
        self.asking.take(rows)
        self._window.actions_table.giver.heard(rows)
        if self._screen.mirror.dirty:
            self.frames.want()
        self._check.rows()

    def state(self, up: bool) -> None:
        """Connected, or lost: said at once."""
        screen = self._screen
        if screen.up and not up:
            self._left_at = screen.mirror.seq
        screen.up = up
        self._window.banner.say("" if up else screen.refused or AWAY)
        if up:
            self._window.actions_table.giver.again()
            if screen.loaded:
                self._window.reading.refresh()
        self.frames.want(fast=True)

    def _key(self) -> None:
        """A key came: a frame soon, and on the first page a look for new accounts."""
        self._window.banner.missed(0)
        self.frames.want(fast=True)
        self._finding.look()

    # --- frames --------------------------------------------------

    def all(self) -> None:
        """Everything anew: another size, another snapshot."""
        if self._screen.loaded:
            self._load()
        self.frames.want()

    def _load(self) -> None:
        self._window.map.load(self._clock.wall())

    def _made_up(self) -> None:
        """Found again: how much came meanwhile."""
        screen = self._screen
        if screen.up and 0 <= self._left_at < screen.mirror.seq:
            self._window.banner.missed(screen.mirror.seq - self._left_at)
            self._left_at = -1

    def paint(self) -> None:
        """One frame: apply what came, show what differs, arm the next running time."""
        screen, now = self._screen, self._clock.wall()
        self._made_up()
        dirty = screen.mirror.drain()
        if dirty:
            self._apply(dirty, now)
        notice = screen.notice
        if notice is not None and screen.now() >= notice.until:
            screen.notice = None
        self._map(now)
        self._window.map.pace(now)
        self._window.sight.frame(now)
        self._show(now, dirty)
        self._window.keeper.look()
        self._window.acts.look()
        self._window.notices.look(now)
        self._arm(now)
        if not self._frozen and screen.loaded:
            self._frozen = True
            QTimer.singleShot(FREEZE_MS, self._window, self._freeze)

    def _freeze(self) -> None:
        """Once the first frame stands: what is there now is never looked through again."""
        gc.enable()
        gc.collect()
        gc.freeze()

    def _apply(self, dirty: Dirty, now: int) -> None:
        screen, window = self._screen, self._window
        screen.selection.prune(screen.world)
        if dirty.whole:
            window.map.load(now)
        else:
            window.map.refresh(dirty.threads, now)
        window.actions_table.opening.follow(dirty.threads)
        if "groups" in dirty.parts:
            window.map.regroup()
        if dirty.whole or "asks" in dirty.parts:
            window.actions_table.deciding.follow()

    def _map(self, now: int) -> None:
        screen, window = self._screen, self._window
        selected = (screen.selection.ids, screen.selection.active)
        if selected != self._selected:
            self._selected = selected
            window.map.mark(*selected)
            window.reading.show(screen.selection.active if screen.active else 0)
        window.map.await_orders(screen.mirror.waiting_threads())
        self._aim()
        empty = screen.loaded and not screen.world.threads
        if window.start.isVisibleTo(window) != empty:
            window.start.setVisible(empty)
            window.map.setVisible(not empty)

    def _aim(self) -> None:
        """In target mode the candidates' letters stand on their tiles."""
        screen, targets = self._screen, self._screen.targets
        if targets is None or "target" not in screen.modes:
            self._window.map.aim({}, -1)
            return
        grid = tuple(screen.labels.of(key) for key in screen.keymap.slots("target"))
        self._window.map.aim(targets.letters(screen.world, grid), targets.cursor)

    def _show(self, now: int, dirty: Dirty | None) -> None:
        screen, window = self._screen, self._window
        self._rows = tuple(alerts.rows(screen.world, now, self._queue(now), screen.mirror.census))
        window.sounds.look(self._rows)
        window.alerts.show_rows(self._rows, screen.sounding.caption)
        window.card.show_card(views.card_view(screen, window.router.down))
        window.selection.show_selected(views.selected_view(screen, now, window.selection.room))
        self._composer()
        self._inspector(now)
        window.bar.show_state(now, self._words_of_clock(now))
        if not window.start.isHidden():
            page = first_page(
                screen.repository, screen.found, screen.options.start_skirmish is not None
            )
            window.start.show_page(page)
        if screen.now() - self._minimap_at >= MINIMAP_S or (dirty and dirty.whole):
            self._minimap_at = screen.now()
            window.minimap.refresh()
        self._frames()

    def _queue(self, now: int) -> tuple[Entry, ...]:
        """The attention queue; it stands still under a key or the pointer."""
        screen, window = self._screen, self._window
        held = bool(window.router.down) or window.alerts.hovered(screen.now())
        return screen.agenda.look(screen.world, now, screen.now(), held)

    def _words_of_clock(self, now: int) -> str:
        live = self._screen.mirror.census.states["running"]
        return f"{local(now):%H:%M:%S}" if live else f"{local(now):%H:%M}"

    def _frames(self) -> None:
        """The 3 px frame round the part that has the keys."""
        mode, window = self._screen.mode, self._window
        window.overlay.follow()
        window.reach.show()
        self._point()
        window.speaking.look(self._rows)
        window.card.set_frame("accent" if mode in {"subcard", "target"} else "")
        actions = window.actions_table
        finds = actions.inspecting.finding or actions.commenting.typing
        window.sight.frames()
        keys_in = {"approval": "wait", "terminal": "accent", "composer": "accent" * finds}
        window.inspector.set_frame(keys_in.get(mode, ""))
        own = mode == "composer" and not finds and not actions.choosing.typing
        window.selection.set_frame("accent" if own else "")
        for field, owner in (
            (window.selection.composer.field, "composer"),
            (window.overlay.field, "overlay"),
            (window.overlay.form.editor, "overlay"),
            (window.overlay.form.diff.field, "overlay"),
            (window.inspector.find_bar.field, "composer"),
            (window.inspector.diff.field, "composer"),
        ):
            if mode != owner and field.hasFocus():
                window.map.setFocus()

    def _point(self) -> None:
        """The region cursor on a button of the card shows what it does."""
        screen, regions = self._screen, self._window.actions_table.regions
        item = regions.item if screen.mode == "panel" and screen.region == "card" else None
        slot = int(item.key.removeprefix("place ")) if item is not None else -1
        if screen.mode == "target" and screen.targets is not None:
            slot = screen.targets.marked
        self._window.card.point(slot)

    def _composer(self) -> None:
        screen, writing = self._screen, self._window.actions_table.writing
        rest = writing.rest()
        draft = screen.drafts.get(rest.key, "") if rest.receivers else ""
        self._window.selection.composer.show_rest(rest, draft)
        self._window.selection.composer.show_receivers(writing.receivers())

    # --- inspector --------------------------------------------------

    def _inspector(self, now: int) -> None:
        screen, window = self._screen, self._window
        wanted = screen.inspector or "approval" in screen.modes
        if wanted != window.inspector.isVisibleTo(window):
            window.lay()
        window.actions_table.opening.learn(screen.active)
        inspector = window.inspector
        self._feed.show(views.inspector_view(screen, now), now)
        window.actions_table.commenting.follow()
        if "approval" in screen.modes:
            self._case.show(now)
        shows = inspector.front is inspector.terminal and not inspector.view.empty
        window.actions_table.terminal.look(inspector.view.thread if shows else 0)
        self._pop_out(now)
        if self._text_came:
            self._text()
        popped = window.actions_table.inspecting.popped
        own = popped is not None and popped.isActiveWindow()
        shown = popped.panel if popped is not None and own else inspector
        self._looked.look(shown, window.reading.diff_thread, own or window.isActiveWindow())

    def _pop_out(self, now: int) -> None:
        """The inspector's own window, while there is one."""
        screen, window = self._screen, self._window
        popped = window.actions_table.inspecting.popped
        if popped is None:
            self._popped = None
            return
        if self._popped is None or self._popped[0] is not popped:
            feed = Feed(popped.panel, screen, window.reading, self.asking)
            self._popped = (popped, feed)
            popped.panel.transcript.on_top = window.reading.older
            feed.text()
        popped.grow(window.inspector.zoom)
        if popped.isActiveWindow() and screen.mode in {"composer", "overlay", "terminal"}:
            window.activateWindow()  # the player's key opened a text field, and that lies there
        self._popped[1].show(views.focus_view(screen, now, popped.tab), now)

    def _worded(self) -> None:
        """The shown thread's text changed: it is parsed with the next frame, 30 times a second."""
        self._text_came = True
        self.frames.want()

    def _text(self) -> None:
        """Show the text that came."""
        self._text_came = False
        self._feed.text()
        if self._popped is not None:
            self._popped[1].text()

    # --- orders --------------------------------------------------

    def acknowledged(self, threads: Iterable[int]) -> None:
        """An order of ours stands: its tiles are painted now, not with the next frame."""
        self.frames.flush()
        self.repaint(threads)

    def repaint(self, threads: Iterable[int]) -> None:
        """Paint these tiles before returning."""
        view = self._window.map
        top = view.verticalScrollBar().value()
        region, shown = QRegion(), view.viewport().rect()
        for thread in threads:
            rect = view.scene.rects.get(thread)
            if rect is not None:
                far = view.scene.reach
                region += rect.adjusted(-far, -far, far, far).translated(0, -top)
        region &= shown
        if not region.isEmpty():
            view.viewport().repaint(region)

    # --- running times --------------------------------------------------

    def _arm(self, now: int) -> None:
        """One timer for the next time that changes; none when nothing runs."""
        window = self._window
        popped = self._popped[1].due if self._popped else 0.0
        own = (self._feed.due, self._looked.due, popped, window.sight.due(now))
        paced = window.map.pace_due(now)
        if paced:
            self.frames.want(after=paced)
        waits = [wait for wait in (window.map.due(), self._panels_due(now), *own) if wait > 0]
        if not waits:
            self._ticks.stop()
            return
        self._ticks.start(max(round(min(waits) * 1000), 16))

    def _panels_due(self, now: int) -> float:
        screen = self._screen
        wait = views.due(screen, self._rows, now)
        if screen.mirror.census.states["running"]:
            return min(wait, 1.0) if wait else 1.0
        minute = 60.0 - (now // NS) % 60
        return min(wait, minute) if wait else minute

    def _tick(self) -> None:
        if self._screen.loaded:
            self._window.map.tick(self._clock.wall())
        self.frames.flush()

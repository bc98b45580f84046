"""Brings the map, its minimap, its corner and its panes together with how the player looks."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from commandcenter.ui.block import Block
from commandcenter.ui.corner import Corner
from commandcenter.ui.map_field import MapField
from commandcenter.ui.panes import Panes
from commandcenter.ui.tile_frame import TAIL_ROW, frame, tail_columns

if TYPE_CHECKING:
    from commandcenter.ui.window import Window


class Sight:
    """One for the window; `frame` comes with each frame, `due` says when one is needed."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._screen = window.screen_state
        self.corner = Corner(window.ink, window.map)
        self.field = MapField(window.ink, window.map)
        self.panes = Panes(self._screen)
        self._unseen = (0, 0)
        """(thread, results) whose first unseen item is still to be shown."""
        self._rung: frozenset[str] = frozenset()
        """What the minimap has pinged, or was there from the start."""
        self._heard = False
        self._paned: tuple[object, tuple[int, ...]] = (None, ())
        """Step and threads of the panes that were shown last."""

    def wire(self) -> None:
        """Once, when all parts stand."""
        window, screen, actions = self._window, self._screen, self._window.actions_table
        window.map.scene.lens = screen.lens
        screen.on_lens = self.relook
        screen.on_unseen = self._show_unseen
        window.map.corner = self._corner
        window.minimap.flagged.connect(lambda x, y: actions.watching.flag(x, y))
        window.minimap.unflagged.connect(lambda flag: actions.watching.unflag(flag))
        window.minimap.aims = self._aim
        window.map.arranged.connect(lambda order: self._arranged(order))
        actions.choosing.attach(self.field)
        actions.watching.hidden = lambda: len(window.map.scene.hidden)
        actions.seeing.shown = self._standing
        self.panes.on_text = self._tails

    def _aim(self, thread: int, queued: bool) -> bool:
        """In target mode the minimap picks; beside all marks a press changes nothing."""
        if self._screen.mode != "target":
            return False
        if thread:
            self._window.actions_table.targeting.pick(thread, queued)
        return True

    def _arranged(self, order: tuple[str, ...]) -> None:
        self._screen.lens.sectors = order
        self.relook()
        self._screen.changed()

    def relook(self) -> None:
        """Filter, fog, chains, order of sectors or the minimap's colours are others."""
        self._window.map.reorder(self._screen.lens.sectors)
        self._window.map.relook()
        self._window.minimap.refresh()

    def lay(self) -> None:
        """The map has another size."""
        self.corner.lay()
        self.field.lay()

    def renew(self) -> None:
        """A snapshot came, or the link is back."""
        self.panes.renew()

    # --- with each frame --------------------------------------------------

    def frame(self, now: int) -> None:
        """Follow, panes, chains, pings, what counts as seen; `now` in wall ns."""
        window, actions, scene = self._window, self._window.actions_table, self._window.map.scene
        actions.watching.look(scene.layout)
        self._panes()
        if scene.chained != actions.watching.all_chains():
            scene.chained = not scene.chained
            window.map.viewport().update()
        lost = self._screen.loaded and not self._screen.up
        if scene.lost != lost:
            scene.lost = lost
            window.map.viewport().update()
        self._corner()
        self._ping(now)
        if window.minimap.pings.due(now, window.ink.steady):
            window.minimap.update()
        self._first_unseen()
        actions.seeing.look()

    def frames(self) -> None:
        """Out of the field over the map the keys go back to the map itself."""
        typing = self._window.actions_table.choosing.typing
        if typing and self._screen.mode != "composer":  # a click elsewhere ended the mode
            self._window.actions_table.choosing.cancel()
        if self.field.field.hasFocus() and not typing:
            self._window.map.setFocus()

    def due(self, now: int) -> float:
        """Seconds until something of it changes by itself; 0 = nothing will."""
        actions = self._window.actions_table
        minimap = self._window.minimap
        pings = minimap.pings.due(now, minimap.ink.steady)
        found = (actions.watching.due(), actions.seeing.due(), pings)
        return min((wait for wait in found if wait > 0), default=0.0)

    def _corner(self) -> None:
        self.corner.show_chips(self._window.actions_table.watching.chips())

    def _ping(self, now: int) -> None:
        """New warnings, dangers and approvals ring on the minimap."""
        screen = self._screen
        world = screen.world
        loud = (key for key, alert in world.alerts.items() if alert.severity != "info")
        rung = frozenset(loud) | {f"ask {ask}" for ask in world.asks}
        fresh, self._rung = rung - self._rung, rung
        if not self._heard:
            self._heard = screen.loaded
            return
        if fresh:
            threads = [world.alerts[key].thread for key in fresh if key in world.alerts]
            threads += [ask.thread for ask in world.asks.values() if f"ask {ask.id}" in fresh]
            self._window.minimap.pings.ring({t for t in threads if t}, now)

    # --- panes --------------------------------------------------

    def _panes(self) -> None:
        """Which threads stand as panes; those that left show their brief again."""
        view = self._window.map
        self.panes.show(view.panes())
        shown = (view.scene.drawn, self.panes.threads)
        if shown == self._paned:
            return
        left = set(self._paned[1]) - set(self.panes.threads)
        for tile in (view.scene.tiles.get(thread) for thread in left):
            if tile is not None:
                tile.tail = ()
        view.touched(left)
        self._paned = shown
        self._tails(self.panes.threads)

    def _tails(self, threads: Sequence[int]) -> None:
        """The tails of these panes as they are now; only those that differ are painted."""
        view = self._window.map
        room = frame(view.scene.drawn[0]).brief
        if not room.height():
            return
        changed, columns = [], tail_columns(room.width())
        for thread in threads:
            tile = view.scene.tiles.get(thread)
            lines = self.panes.lines(thread, columns, room.height() // TAIL_ROW)
            if tile is not None and tile.tail != lines:
                tile.tail = lines
                changed.append(thread)
        view.touched(changed)

    # --- what counts as seen --------------------------------------------------

    def _standing(self) -> Iterable[int]:
        """Threads whose newest item is on screen, while the player is here."""
        window, screen = self._window, self._screen
        if not window.isActiveWindow() or screen.mode == "overlay":
            return
        text = window.inspector.transcript
        if screen.active is not None and text.isVisible() and text.stick and text.transcript.read:
            yield screen.active.id
        yield from window.map.whole(self.panes.threads)

    def _show_unseen(self, count: int) -> None:
        self._unseen = (self._screen.selection.active, count)

    def _first_unseen(self) -> None:
        """Once the text is there: the first of the results that nobody looked at."""
        thread, count = self._unseen
        view, reading = self._window.inspector.transcript, self._window.reading
        if not thread or reading.thread != thread or not reading.transcript.read:
            return
        self._unseen = (0, 0)
        turns: list[Block] = [b for b in view.transcript.blocks if b.who == "you"]
        if 1 < count <= len(turns):
            view.to_block(turns[-count])

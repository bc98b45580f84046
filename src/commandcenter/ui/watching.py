"""What of the map is in view: saved views, follow, minimap modes, fog, order chains, flags."""

from collections.abc import Callable
from functools import partial

from commandcenter.core.orders import Flag, Unflag
from commandcenter.hud import filtering, fog
from commandcenter.hud.tinting import TINTS
from commandcenter.ui.choosing import Choosing
from commandcenter.ui.corner import Chip
from commandcenter.ui.giver import Giver
from commandcenter.ui.lens import VIEWS, View
from commandcenter.ui.screen import NOTICE_S, Screen

SHIFT_S = 0.3
"""Shift held longer than this draws all chains."""


class Watching:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver, choosing: Choosing) -> None:
        self._screen = screen
        self._giver = giver
        self._choosing = choosing
        self._back: tuple[str, View] = ("", View())
        """The view that was jumped to, and where the player was before."""
        self._kept: tuple[str, View | None, float] = ("", None, -NOTICE_S)
        """What a saved view replaced, and when (monotonic s)."""
        self._shift = -1.0
        """Monotonic s since which Shift is down; negative = it is not."""
        self._followed: tuple[object, ...] = ()
        self.hidden: Callable[[], int] = lambda: 0
        """How many threads the filter hides."""

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        table: dict[str, Callable[[], None]] = {
            "camera.follow": self.follow,
            "map.mode": self.tint,
            "map.fog": self.fog,
            "queue.show": self.chains,
        }
        for name in VIEWS:
            table[f"view.jump.{name}"] = partial(self.jump, name)
            table[f"view.save.{name}"] = partial(self.save, name)
        return table

    # --- views --------------------------------------------------

    def _now(self) -> View:
        screen = self._screen
        camera = screen.camera.saved_camera() if screen.camera else (0, 0)
        return View(screen.lens.filter.text, camera)

    def save(self, name: str) -> None:
        """Keep filter, zoom and place under a key; Mod+Z within 4 s takes it back."""
        screen = self._screen
        self._kept = (name, screen.lens.views.get(name), screen.now())
        screen.lens.views = {**screen.lens.views, name: self._now()}
        key = screen.labels.of(screen.keymap.key(f"view.jump.{name}"))
        screen.say(f"view {name} is saved", f"{key} goes there, Mod+Z takes it back")

    def take_back(self) -> bool:
        """Mod+Z: the view as it was before it was saved; False = none was saved just now."""
        screen, (name, before, at) = self._screen, self._kept
        if not name or screen.now() - at > NOTICE_S * screen.timing:
            return False
        views = {one: view for one, view in screen.lens.views.items() if one != name}
        screen.lens.views = views if before is None else {**views, name: before}
        self._kept = ("", None, -NOTICE_S)
        screen.say(f"view {name} is as it was")
        return True

    def jump(self, name: str) -> None:
        """To a saved view; again: back to where the player was."""
        screen, view = self._screen, self._screen.lens.views.get(name)
        if view is None:
            key = screen.labels.of(screen.keymap.key(f"view.save.{name}"))
            screen.say(f"view {name} is empty", f"{key} saves filter, zoom and place")
            return
        here, (last, before) = self._now(), self._back
        if last == name and here == view:
            self._back = ("", View())
            self._show(before)
            screen.say("back to where you were")
            return
        self._back = (name, here)
        self._show(view)
        screen.say(f"view {name}")

    def _show(self, view: View) -> None:
        try:
            found = filtering.parse(view.filter)
        except ValueError:
            found = filtering.Filter()
        self._choosing.filter(found)
        if self._screen.camera:
            self._screen.camera.set_camera(*view.camera)
        self._screen.changed()

    # --- follow --------------------------------------------------

    def follow(self) -> None:
        """Shift+K: the selection stays in the middle until a camera key; again: no more."""
        screen = self._screen
        if screen.camera is None:
            return
        if screen.camera.following:
            screen.camera.follow(None)
            screen.say("the camera stays")
        elif screen.someone():
            screen.camera.follow(screen.selection.ids)
            self._followed = ()
            screen.say("the camera follows the selection", "any camera key ends it")
        screen.changed()

    def look(self, layout: object) -> None:
        """With each frame: who is followed comes to the middle when places or selection differ."""
        screen = self._screen
        if screen.camera is None or not screen.camera.following:
            return
        now = (screen.selection.ids, screen.selection.active, layout)
        if now != self._followed:
            self._followed = now
            screen.camera.follow(screen.selection.ids)

    # --- fog, colours, chains --------------------------------------------------

    def fog(self) -> None:
        """Shift+M: both fogs, stale only, none."""
        self._screen.lens.fog = fog.after(self._screen.lens.fog)
        self._screen.on_lens()
        self._screen.say(fog.WORDS[self._screen.lens.fog])

    def tint(self) -> None:
        """M: the minimap's next colours."""
        lens = self._screen.lens
        lens.tint = TINTS[(TINTS.index(lens.tint) + 1) % len(TINTS)]
        self._screen.on_lens()
        self._screen.say(f"minimap by {lens.tint}")

    def chains(self) -> None:
        """Shift+H: the queued orders of all threads, or of the selected alone."""
        lens = self._screen.lens
        lens.chains = not lens.chains
        self._screen.on_lens()
        self._screen.say(
            "queued orders of all threads" if lens.chains else "queued orders of the selected"
        )

    def shift(self, down: bool) -> None:
        """The player holds Shift, or let go."""
        held = self._shift >= 0
        if down != held:
            self._shift = self._screen.now() if down else -1.0
            self._screen.changed()

    def all_chains(self) -> bool:
        """Are the chains of all threads drawn now?"""
        held = self._shift >= 0 and self._screen.now() - self._shift >= SHIFT_S
        return self._screen.lens.chains or held

    def due(self) -> float:
        """Seconds until a held Shift draws them; 0 = never."""
        if self._shift < 0 or self._screen.lens.chains or self.all_chains():
            return 0.0
        return max(self._shift + SHIFT_S - self._screen.now(), 0.01)

    # --- flags --------------------------------------------------

    def flag(self, x: float, y: float) -> None:
        """Alt+click on the minimap (shares of the map): a note stands there once it is written."""
        at = f"{round(min(max(x, 0.0), 1.0) * 1000)},{round(min(max(y, 0.0), 1.0) * 1000)}"
        hint = "a note for this place; Return sets the flag"
        self._choosing.open("FLAG", ("", hint), partial(self._set_flag, at))

    def _set_flag(self, at: str, note: str) -> bool:
        return not note or self._giver.order(Flag(at, note), (), "the flag stands")

    def unflag(self, flag: int) -> None:
        """Take a flag off the map."""
        self._giver.order(Unflag(flag), (), "the flag is gone")

    # --- the corner --------------------------------------------------

    def chips(self) -> tuple[Chip, ...]:
        """What changes the map's look, each with what takes it back."""
        screen, lens = self._screen, self._screen.lens
        found = []
        if lens.filter and not self._choosing.typing:
            whole = len(screen.world.threads)
            note = f"{whole - self.hidden()} of {whole}"
            found.append(Chip("filter", lens.filter.text, note, self._clear))
        if lens.fog != "both":
            found.append(Chip("fog", fog.WORDS[lens.fog], "", self._clear_fog))
        if screen.camera is not None and screen.camera.following:
            found.append(Chip("follow", "follows the selection", "", self.follow))
        if lens.chains:
            found.append(Chip("chains", "all queued orders", "", self.chains))
        return tuple(found)

    def _clear(self) -> None:
        self._choosing.clear_filter()

    def _clear_fog(self) -> None:
        self._screen.lens.fog = "both"
        self._screen.on_lens()
        self._screen.changed()

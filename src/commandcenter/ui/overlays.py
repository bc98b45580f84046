"""What opens over the screen: palette, help, settings, queue, APM and EPM; text size."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from commandcenter.config.comfort import stepped
from commandcenter.hud.keymap import Chord
from commandcenter.ui.apm import Figures
from commandcenter.ui.giver import Giver
from commandcenter.ui.help import Help
from commandcenter.ui.palette import Palette
from commandcenter.ui.queue_panel import Queue
from commandcenter.ui.screen import Screen
from commandcenter.ui.settings_page import SettingsPage

OPENERS = frozenset(
    {"palette", "palette.terminal", "help.keys", "settings", "panel.apm", "queue.panel"}
    | {"alert.log", "approval.list"}
)
"""Their keys work inside an overlay: the same one closes it, another one takes its place."""
_MOVES = {"Up": -1, "Down": 1}
_PAGES = {"PgUp": -1, "PgDown": 1}
_TURNS = {"Left": -1, "Right": 1}
_HELD = {"Tab", *_MOVES, *_PAGES, *_TURNS}
"""What repeats while it is held."""


class Overlays:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self.do: Callable[[str], None] = lambda action: None
        self.acts: Mapping[str, object] = {}
        """Everything that can be done, for the palette."""

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {
            "overlay.accept": self.accept,
            "palette": self.palette,
            "palette.terminal": self.palette,
            "help.keys": lambda: self._screen.open_sheet(Help(self._screen)),
            "settings": self.settings,
            "panel.apm": lambda: self._screen.open_sheet(Figures(self._screen)),
            "queue.panel": lambda: self._screen.open_sheet(Queue(self._screen, self._giver)),
            "text.bigger": lambda: self.text(1),
            "text.smaller": lambda: self.text(-1),
            "text.reset": lambda: self.text(0),
            "alerts.mute": self.mute,
            "map.tidy": self.tidy,
            "quit": lambda: self._screen.on_quit(),
        }

    # --- opening --------------------------------------------------

    def palette(self) -> None:
        """Mod+K; out of a terminal Mod+Shift+K."""
        sheet = Palette(self._screen, self._giver, self.acts)
        sheet.do = self.do
        self._screen.open_sheet(sheet)

    def settings(self) -> None:
        """Mod+,."""
        self._screen.open_sheet(SettingsPage(self._screen, self._screen.settings))

    def text(self, by: int) -> None:
        """Larger (1), smaller (-1) or 100 % (0)."""
        screen, settings = self._screen, self._screen.settings
        now = settings.comfort.text
        size = stepped(now, by) if by else 100
        settings.keep(replace(settings.comfort, text=size))
        if size != now:
            screen.on_comfort()
        end = "" if size != now or not by else ", and no further"
        screen.say(f"text at {size} %{end}", settings.trouble)

    def tidy(self) -> None:
        """Only the player moves threads on the map."""
        moved = self._screen.on_tidy()
        self._screen.say("the map is tidy" if moved else "the map was tidy already")

    def mute(self) -> None:
        """All sounds, danger too; again: they are heard."""
        sounds = self._screen.sounds
        sounds.mute = not sounds.mute
        self._screen.say("all sounds are silent, danger too" if sounds.mute else "sounds are heard")

    def released(self, chord: Chord) -> None:
        """A key went up: the help closes when its key had been held."""
        sheet = self._screen.sheet
        keys = self._screen.keymap.actions["help.keys"].keys
        if isinstance(sheet, Help) and chord.key in {key.key for key in keys} and sheet.released():
            self._screen.close_sheet()

    # --- keys of an open overlay --------------------------------------------------

    def accept(self) -> None:
        """Return: the marked line."""
        if self._screen.host is not None:
            self._screen.host.accept()

    def cancel(self) -> None:
        """Esc: what the sheet itself can close, else the sheet."""
        sheet = self._screen.sheet
        if sheet is not None and sheet.back():
            return
        if sheet is not None and sheet.before is not None:
            self._screen.open_sheet(sheet.before)
        else:
            self._screen.close_sheet()

    @property
    def grabs(self) -> bool:
        """Does the sheet wait for a key?"""
        return self._screen.sheet is not None and self._screen.sheet.grabs

    def grabbed(self, chord: Chord) -> bool:
        """A sheet that waits for a key takes any."""
        sheet = self._screen.sheet
        return sheet is not None and sheet.grabs and sheet.pressed(chord)

    def text_first(self, action: str) -> bool:
        """Undo and redo belong to the text field as long as it has something to undo."""
        host = self._screen.host
        undoes = action in ("undo", "redo")
        return undoes and host is not None and host.text_undo(action == "redo")

    def press(self, chord: Chord, held: bool = False) -> bool:
        """A key that is bound to nothing in an overlay; False = the text field may have it.

        A held one only moves: what lies behind a line may be an order.
        """
        sheet, host = self._screen.sheet, self._screen.host
        if held and sheet is not None and not sheet.typing and chord.key not in _HELD:
            return True
        form = host.form_press(chord) if host is not None and not _orders(chord, held) else None
        if form is not None:
            return form
        if held and sheet is not None and chord.key not in _HELD:
            return not sheet.typing or "Mod" in chord.mods
        if sheet is None or host is None or sheet.pressed(chord):
            return True
        return self._moves(chord) or not sheet.typing

    def opener(self, chord: Chord) -> str:
        """The overlay that a key would open from where this one was opened; empty = none."""
        sheet = self._screen.sheet
        if sheet is None or (sheet.typing and "Mod" not in chord.mods):
            return ""
        keymap = self._screen.keymap
        found = {keymap.lookup("map", chord), keymap.lookup("terminal", chord)} & OPENERS
        return str(next(iter(found), ""))

    def _moves(self, chord: Chord) -> bool:
        host, key, field = self._screen.host, chord.key, bool(self._field())
        if host is None or chord.mods - {"Shift"}:
            return False
        if key in _MOVES or key == "Tab":
            host.step(_MOVES.get(key, -1 if "Shift" in chord.mods else 1))
        elif key in _PAGES:
            host.page(_PAGES[key])
        elif key in _TURNS and not field:
            host.turn(_TURNS[key])
        elif key == "Return":
            host.accept(other=True)
        else:
            return False
        return True

    def _field(self) -> str:
        return self._screen.sheet.hint if self._screen.sheet else ""


def _orders(chord: Chord, held: bool) -> bool:
    """Is this the repeat of a held chord, behind which an order may lie?"""
    return held and "Mod" in chord.mods and chord.key in {"Return", "N", "R"}

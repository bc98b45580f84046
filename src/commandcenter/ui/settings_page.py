"""The settings: a page of lines whose values Left and Right change, at once and for good."""

from collections.abc import Callable, Sequence
from typing import Any, get_args

from msgspec.structs import replace

from commandcenter.config.comfort import TEXT_SIZES, Comfort
from commandcenter.core.base import Record
from commandcenter.hud import profiles
from commandcenter.hud.bases import BASES
from commandcenter.hud.profiles import Profile
from commandcenter.hud.sounding import SWITCHED, Sound
from commandcenter.ui.comfort import SHEET, Settings
from commandcenter.ui.keys_page import ImportPage, KeysPage
from commandcenter.ui.screen import Screen
from commandcenter.ui.sheet import Choice, Sheet
from commandcenter.ui.theme import PaletteName

_DOLLARS = (0.1, 0.5, 1.0, 2.0, 5.0, 20.0)
_SECONDS = (10.0, 30.0, 60.0, 120.0, 300.0)
_CONTRASTS = ("auto", "normal", "high")
_SOUNDS: dict[Sound, str] = {
    "warn": "Sound of warnings",
    "info": "Sound of news",
    "click": "Click of a key that decided nothing",
}


class Setting(Record, frozen=True):
    """One line: its values in order, and what taking one does."""

    name: str
    value: str
    note: str
    turn: Callable[[int], None]
    heading: str = ""


class SettingsPage(Sheet):
    """Every change takes effect at once and is written to <config>."""

    opener = "settings"
    title = "Settings"
    foot = "Left and Right change a line · Return opens or turns it · written at once"
    wide, tall = 720, 600

    def __init__(self, screen: Screen, settings: Settings) -> None:
        self._screen = screen
        self._settings = settings
        self._said = ""

    # --- lines --------------------------------------------------

    def about(self) -> str:
        """What the last change did, or why it was not written."""
        if self._settings.trouble:
            return self._settings.trouble
        folder = self._settings.folder
        return self._said or (f"kept in {folder}" if folder else "kept until the screen closes")

    def choices(self) -> Sequence[Choice]:
        """The lines under their headings."""
        found: list[Choice] = []
        for line in self._lines():
            if line.heading:
                found.append(Choice(line.heading, heading=True))
            value = f"< {line.value} >" if line.value else ""
            note = f"{line.note}   {value}" if line.note and value else line.note or value
            found.append(Choice(line.name, note, id=line.name))
        return found

    def chosen(self, index: int) -> None:
        """Return: the next value, or what the line opens."""
        self.turned(index, 1)

    def other(self, index: int) -> None:
        """A right click: the value before."""
        self.turned(index, -1)

    def turned(self, index: int, by: int) -> bool:
        """Another value of a line."""
        name = self.choices()[index].name
        line = next((line for line in self._lines() if line.name == name), None)
        if line is not None:
            self._said = ""
            line.turn(by)
        return line is not None

    def _lines(self) -> list[Setting]:
        return [*self._keys(), *self._looks(), *self._times(), *self._sounds()]

    # --- keys --------------------------------------------------

    def _keys(self) -> list[Setting]:
        profile = self._settings.profile
        own = f", {len(profile.bind)} of your own" if profile.bind else ""
        return [
            Setting("Keys", profile.base + own, BASES[profile.base].text, self._base, "Keys"),
            Setting("Change a key", "", "find it, press another", self._rebind),
            Setting("Import a profile", "", "shows what changes before it writes", self._import),
            Setting("Export this profile", "", "the same file, to give away", self._export),
            Setting("Cheat sheet", "", "one page to print", self._sheet),
        ]

    def _base(self, by: int) -> None:
        names = list(BASES)
        at = names.index(self._settings.profile.base)
        base = names[(at + by) % len(names)]
        found = self._settings.keep_keys(Profile(base, base, bind=self._settings.profile.bind))
        if found:
            self._said = f"{base} collides with your own keys: {found[0]}"
            return
        self._screen.keymap = self._settings.keymap()
        self._screen.on_comfort()
        self._said = f"keys: {base}"

    def _rebind(self, by: int) -> None:
        self._onto(KeysPage(self._screen, self._settings))

    def _import(self, by: int) -> None:
        self._onto(ImportPage(self._screen, self._settings))

    def _onto(self, page: Sheet) -> None:
        page.before = self
        self._screen.open_sheet(page)

    def _export(self, by: int) -> None:
        text = profiles.write(self._settings.profile)
        path = self._settings.export("keys-export.toml", text)
        self._said = f"written: {path}" if path else "this screen keeps no files"

    def _sheet(self, by: int) -> None:
        text = profiles.cheat_sheet(self._screen.keymap, self._screen.labels.of)
        path = self._settings.export(SHEET, text)
        self._said = f"written: {path}" if path else "this screen keeps no files"

    # --- looks, times, sounds --------------------------------------------------

    def _looks(self) -> list[Setting]:
        now = self._settings.comfort
        auto = "as the platform wants" if now.contrast == "auto" else ""
        motion = "on" if now.reduced_motion else "off"
        return [
            self._one("Palette", "palette", get_args(PaletteName), heading="Looks"),
            self._one("Contrast", "contrast", _CONTRASTS, note=auto),
            self._one("Text size", "text", TEXT_SIZES, text=f"{now.text} %"),
            self._one("Reduced motion", "reduced_motion", (False, True), text=motion),
        ]

    def _times(self) -> list[Setting]:
        now = self._settings.comfort
        return [
            self._one(
                "Time to press",
                "timing",
                (1, 2, 3, 4, 5),
                text=f"x{now.timing}",
                note="arm, dead and double-tap times",
                heading="Times",
            ),
            self._one(
                "Notice outside",
                "notify_s",
                _SECONDS,
                text=f"after {self._screen.notify_s:.0f} s",
                note="when somebody needs you and the window is hidden",
            ),
            self._one(
                "Second press",
                "second_press_usd",
                _DOLLARS,
                text=f"over ${now.second_press_usd:.2f}",
                note="dearer orders want the key twice",
            ),
        ]

    def _one(self, name: str, field: str, values: Sequence[Any], **more: str) -> Setting:
        now = getattr(self._settings.comfort, field)
        now = self._screen.notify_s if field == "notify_s" else now

        def turn(by: int) -> None:
            at = values.index(now) if now in values else 0
            value = values[(at + by) % len(values)]
            self._take(replace(self._settings.comfort, **{field: value}))

        text, note = more.get("text", str(now)), more.get("note", "")
        return Setting(name, text, note, turn, more.get("heading", ""))

    def _take(self, comfort: Comfort) -> None:
        self._settings.keep(comfort)
        self._screen.on_comfort()

    def _sounds(self) -> list[Setting]:
        sounds = self._screen.sounds
        muted = "silent" if sounds.mute else "no"
        found = [
            Setting("Mute all", muted, "danger too", self._mute, "Sounds"),
        ]
        for sound in SWITCHED:
            on = "on" if sound in sounds.on else "off"
            found.append(Setting(_SOUNDS[sound], on, "", self._switch(sound)))
        return found

    def _mute(self, by: int) -> None:
        self._screen.sounds.mute = not self._screen.sounds.mute

    def _switch(self, sound: Sound) -> Callable[[int], None]:
        return lambda by: self._screen.sounds.switch(sound)

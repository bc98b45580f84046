"""Which sound is due: one at a time, none twice, each with its caption (screen.md 10). Pure."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.hud.alerts import AlertRow

Sound = Literal["danger", "warn", "info", "click"]
SOUNDS: tuple[Sound, ...] = ("danger", "warn", "info", "click")
"""Gravest first; `click` = a key that decided nothing."""
SWITCHED: tuple[Sound, ...] = ("warn", "info", "click")
"""Each has a switch of its own; danger is silenced by `mute` alone."""
GAP_S = 0.7
QUIET_S = 3.0
"""The same sound is not heard again sooner, nor a lesser one behind a graver."""
STALE_S = 2.0
CAPTION_S = 4.0


class SoundSettings(msgspec.Struct):
    """What the player wants to hear; kept in screen.json."""

    mute: bool = False
    """Silences everything, danger too."""
    on: tuple[Sound, ...] = ()
    """The switched-on ones of `SWITCHED`."""

    def hears(self, sound: Sound) -> bool:
        """Is it to be played."""
        return not self.mute and (sound == "danger" or sound in self.on)

    def switch(self, sound: Sound) -> None:
        """Turn one class on or off; danger has no switch."""
        if sound in SWITCHED:
            kept = tuple(one for one in self.on if one != sound)
            self.on = kept if sound in self.on else (*kept, sound)


class Caption(Record, frozen=True):
    """What a sound says, to be read."""

    sound: Sound
    text: str
    until: float
    """Monotonic s."""


class Sounding:
    """The queue of sounds; what the rows of the panel newly say becomes one. Times monotonic s."""

    def __init__(self, settings: SoundSettings) -> None:
        self.settings = settings
        self.caption: Caption | None = None
        self._known: dict[str, str] | None = None
        self._waiting: list[tuple[Sound, str, float]] = []
        self._played: dict[Sound, float] = {}
        self._last = -1e9

    def rows(self, rows: Iterable[AlertRow], now: float) -> None:
        """New rows, and rows that became graver, sound; what stood there at first does not."""
        shown = {row.key: row for row in rows if not row.deferred}
        known, self._known = self._known, {key: row.severity for key, row in shown.items()}
        if known is None:
            return
        fresh = [row for key, row in shown.items() if _graver(row.severity, known.get(key))]
        for row in sorted(fresh, key=lambda row: SOUNDS.index(row.severity))[:1]:
            self.offer(row.severity, row.title, now)

    def offer(self, sound: Sound, text: str, now: float) -> None:
        """Something happened that has a sound."""
        queued = any(one == sound for one, _, _ in self._waiting)
        if self.settings.hears(sound) and not queued and not self._hushed(sound, now):
            self._waiting.append((sound, text, now))
            self._waiting.sort(key=lambda one: SOUNDS.index(one[0]))

    def due(self, now: float) -> Sound | None:
        """The sound to play now, with its caption set; None = none yet. Old captions end."""
        if self.caption is not None and now >= self.caption.until:
            self.caption = None
        self._waiting = [
            one
            for one in self._waiting
            if now - one[2] <= STALE_S and not self._hushed(one[0], now)
        ]
        if not self._waiting or now - self._last < GAP_S:
            return None
        sound, text, _ = self._waiting.pop(0)
        self._last = self._played[sound] = now
        self.caption = Caption(sound, text, now + CAPTION_S)
        return sound

    def wait(self, now: float) -> float:
        """Seconds until the next sound or the end of the caption; 0 = nothing waits."""
        waits = [max(self._last + GAP_S - now, 0.01)] if self._waiting else []
        if self.caption is not None:
            waits.append(max(self.caption.until - now, 0.01))
        return min(waits, default=0.0)

    def _hushed(self, sound: Sound, now: float) -> bool:
        """Was it, or a graver one, heard just now? A click has its own time."""
        if sound == "click":
            return now - self._last < GAP_S
        grave = SOUNDS[: SOUNDS.index(sound) + 1]
        return any(now - self._played.get(one, -1e9) < QUIET_S for one in grave)


def _graver(severity: str, known: str | None) -> bool:
    return known is None or SOUNDS.index(severity) < SOUNDS.index(known)

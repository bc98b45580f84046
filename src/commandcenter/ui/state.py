"""What the screen keeps between two runs: selection, camera, tab in screen.json; drafts apart."""

import os
from pathlib import Path

import msgspec

from commandcenter.core.base import Record
from commandcenter.hud.fog import FogMode
from commandcenter.hud.sounding import SoundSettings
from commandcenter.hud.tinting import Tint
from commandcenter.ui.lens import View

FILE = "screen.json"
DRAFTS = "drafts"
PICTURES = "pictures"
NEWEST = 50
LARGEST = 1 << 20


class Saved(Record, frozen=True):
    """The player's view; camera = step of the ladder (0: automatic) and px from the map's top."""

    selection: tuple[int, ...] = ()
    cursor: int = 0
    camera: tuple[int, int] = (0, 0)
    tab: str = "Transcript"
    inspector: bool = True
    raw: bool = False
    """Transcripts as they were written."""
    sounds: SoundSettings = msgspec.field(default_factory=SoundSettings)
    handling: dict[str, tuple[float, ...]] = msgspec.field(default_factory=dict)
    """Seconds the player took, by kind of entry."""
    sent: tuple[str, ...] = ()
    """The last texts that went out, for Up in an empty line."""
    views: dict[str, View] = msgspec.field(default_factory=dict)
    """What the keys Y U I O bring back, by number."""
    sectors: tuple[str, ...] = ()
    """Operations in the order that the player gave them."""
    fog: FogMode = "both"
    tint: Tint = "state"
    """The minimap's colours."""


class Store:
    """screen.json and the drafts in one folder; None = keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self) -> Saved:
        """What was saved; the defaults when nothing was, or when it cannot be read."""
        if self._folder is None:
            return Saved()
        try:
            data = (self._folder / FILE).read_bytes()[:LARGEST]
            return msgspec.json.decode(data, type=Saved)
        except (OSError, msgspec.DecodeError):
            return Saved()

    def save(self, saved: Saved) -> None:
        """Write, sync, rename; a full disk leaves the old file."""
        if self._folder is not None:
            _write(self._folder / FILE, msgspec.json.encode(saved))

    def drafts(self) -> dict[str, str]:
        """The kept drafts by their receivers' key."""
        if self._folder is None or not (self._folder / DRAFTS).is_dir():
            return {}
        found = {}
        for path in sorted((self._folder / DRAFTS).glob("*.txt"))[:500]:
            try:
                key, _, text = path.read_text(encoding="utf-8")[:LARGEST].partition("\n")
            except (OSError, UnicodeDecodeError):
                continue
            found[key] = text
        return found

    def keep_draft(self, key: str, text: str) -> None:
        """One file per receivers; an empty text removes it."""
        if self._folder is None:
            return
        name = msgspec.json.encode(key).hex()[:180]
        path = self._folder / DRAFTS / f"{name}.txt"
        if not text:
            path.unlink(missing_ok=True)
        else:
            _write(path, f"{key}\n{text}".encode())

    def keep_picture(self, name: str, data: bytes) -> Path:
        """A pasted picture, 0600; the 50 newest stay. Raises ValueError when nothing is kept."""
        if self._folder is None:
            raise ValueError("this screen keeps no files, so no picture")
        path = self._folder / PICTURES / name
        if not path.is_file():
            _write(path, data)
        if not path.is_file():
            raise ValueError(f"the picture cannot be written to {path.parent}")
        old = sorted(path.parent.glob("*.png"), key=lambda one: one.stat().st_mtime)[:-NEWEST]
        for one in old:
            one.unlink(missing_ok=True)
        return path


def _write(path: Path, data: bytes) -> None:
    """Temp file, fsync, rename; what cannot be written is left as it was."""
    temp = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(temp, "wb", opener=_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temp, path)
    except OSError:
        temp.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

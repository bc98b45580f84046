"""The settings of the screen take effect: colours, text size, motion, times, keys."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from commandcenter.config.comfort import Comfort, load_comfort, save_comfort, write_config
from commandcenter.config.resources import resource
from commandcenter.hud import profiles
from commandcenter.hud.keymap import Keymap
from commandcenter.hud.layout import text_shift
from commandcenter.hud.profiles import Profile
from commandcenter.ui.theme import Contrast, qpalette
from commandcenter.ui.zoom import Zoomed

if TYPE_CHECKING:
    from commandcenter.ui.window import Window

log = logging.getLogger("cc.screen")
SHEET = "keys.html"


class Settings:
    """What is set now, and the files it is kept in; `folder` None = nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.comfort = Comfort()
        self.profile = Profile()
        self.trouble = ""
        """What could not be read or written, as a sentence."""
        self.shipped = resource("keymaps/grid.toml").read_text(encoding="utf-8")
        if folder is not None:
            self._load(folder)

    def _load(self, folder: Path) -> None:
        """Take what the files say; what cannot be read leaves the defaults and says so."""
        try:
            self.comfort = load_comfort(folder)
        except (OSError, ValueError) as error:
            self._trouble(error)
        try:
            found = profiles.read((folder / profiles.FILE).read_text(encoding="utf-8"))
            unknown = profiles.keymap(self.shipped, found).unknown
            self.profile = found
            if unknown:
                self.trouble = f"{profiles.FILE} names what nobody knows: {', '.join(unknown)}"
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            self._trouble(error)

    def _trouble(self, error: Exception) -> None:
        self.trouble = str(error)
        log.warning("the screen's settings: %s", error)

    def keymap(self, profile: Profile | None = None) -> Keymap:
        """The table of a profile, by default the one in use. Raises ValueError."""
        return profiles.keymap(self.shipped, profile or self.profile)

    def keep(self, comfort: Comfort) -> None:
        """Take other looks and write them."""
        self.comfort = comfort
        self._write(lambda folder: save_comfort(folder, comfort))

    def keep_keys(self, profile: Profile) -> list[str]:
        """Take other keys and write them; the collisions that forbid it, else empty."""
        found = profiles.errors(self.keymap(profile))
        if not found:
            self.profile = profile
            text = profiles.write(profile)
            self._write(lambda folder: write_config(folder / profiles.FILE, text))
        return found

    def export(self, name: str, text: str) -> str:
        """Write a file beside the settings; its path, empty when nothing is kept."""
        if self.folder is None:
            return ""
        self._write(lambda folder: write_config(folder / name, text))
        return "" if self.trouble else str(self.folder / name)

    def _write(self, act: Callable[[Path], None]) -> None:
        self.trouble = ""
        if self.folder is None:
            return
        try:
            act(self.folder)
        except OSError as error:
            self._trouble(error)
            self.trouble = f"not written: {error}"


def dress(window: "Window", comfort: Comfort) -> None:
    """Everything painted anew with these settings; nothing moves but what text size moves."""
    theme, ink, screen = window.ink.theme, window.ink, window.screen_state
    theme.dress(comfort.palette, contrast(comfort))
    ink.renew(comfort.grown)
    ink.steady = comfort.reduced_motion
    for part in window.findChildren(Zoomed):
        part.grow(comfort.grown)
    editor = window.overlay.form.editor
    for field in (window.selection.composer.field, window.overlay.field, editor):
        field.dress()
    for timed in (screen.kill, screen.twice, screen.deck):
        if hasattr(timed, "timing"):
            timed.timing = float(comfort.timing)
    app = QApplication.instance()
    if isinstance(app, QApplication):
        app.setPalette(qpalette(theme))
    window.map.scene.resize_text(text_shift(comfort.text))
    window.restyle()
    for widget in window.findChildren(QWidget):
        widget.update()
    window.update()


def contrast(comfort: Comfort) -> Contrast:
    """The contrast wanted: the person's, else the platform's."""
    if comfort.contrast != "auto":
        return comfort.contrast
    app = QApplication.instance()
    if isinstance(app, QApplication):
        hints = app.styleHints()  # kept: without it PySide deletes what it gave
        wish = hints.accessibility().contrastPreference()
        if wish == Qt.ContrastPreference.HighContrast:
            return "high"
    return "normal"

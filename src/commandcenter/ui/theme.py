"""Every colour, size and font of the screen (screen.md 3); nothing of the kind stands elsewhere."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontDatabase, QFontInfo, QPalette, QPen
from PySide6.QtWidgets import QApplication

from commandcenter.config.resources import resource
from commandcenter.core.base import Record

Align = Literal["left", "right", "center"]
PaletteName = Literal["default", "okabe-ito"]
Contrast = Literal["normal", "high"]

DEFAULT: dict[str, str] = {
    "bg": "#090c12",
    "map": "#0b0f17",
    "panel": "#10151e",
    "panel2": "#151b26",
    "tile": "#171e2a",
    "tileHi": "#1f2937",
    "edge": "#232c3b",
    "edgeHi": "#3a4862",
    "fg": "#e8edf5",
    "mid": "#a9b4c4",
    "dim": "#7d899b",
    "faint": "#515d70",
    "small": "#63d0c8",
    "standard": "#7da7ff",
    "large": "#e08bff",
    "local": "#9aa5b5",
    "sel": "#6df28b",
    "accent": "#5ad1ff",
    "wait": "#ff9f43",
    "err": "#ff5d5d",
    "run": "#46b98a",
    "think": "#5b93d6",
    "tool": "#b59a4a",
    "pause": "#a58bff",
    "done": "#5a6577",
}
"""token -> colour."""
OKABE_ITO: dict[str, str] = {
    "run": "#009E73",
    "think": "#56B4E9",
    "tool": "#F0E442",
    "wait": "#E69F00",
    "pause": "#CC79A7",
    "err": "#D55E00",
    "done": "#9aa5b5",
    "sel": "#FFFFFF",
}
"""What the palette for colour-blind eyes changes."""
MIXED: dict[str, tuple[str, str, float]] = {
    "sector": ("panel", "map", 0.7),
    "tileDone": ("tile", "map", 0.5),
    "track": ("edge", "tile", 0.9),
    "track2": ("edge", "panel", 1.0),
    "lineDim": ("faint", "tile", 0.7),
    "barDone": ("faint", "tile", 0.75),
    "grid": ("edge", "map", 0.27),
    "veil": ("bg", "tile", 0.35),
}
"""Colours that are one token laid over another at a share."""

REGULAR, MEDIUM, SEMIBOLD, BOLD = 400, 500, 600, 700
SANS, MONO = "Inter", "JetBrains Mono"
FONTS: dict[str, tuple[str, ...]] = {
    SANS: tuple(f"fonts/inter/Inter-{w}.otf" for w in ("Regular", "Medium", "SemiBold", "Bold")),
    MONO: tuple(
        f"fonts/jetbrains-mono/JetBrainsMono-{w}.ttf" for w in ("Regular", "Medium", "Bold")
    ),
}
SIZES = (18, 15, 14, 13, 12, 11, 10, 9, 8)
"""The only type sizes, in px at 100 %."""


class Style(Record, frozen=True):
    """How a text looks: size in px, colour token, weight, letter spacing in px, opacity."""

    size: int
    color: str = "fg"
    weight: int = REGULAR
    align: Align = "left"
    mono: bool = False
    spacing: float = 0.0
    alpha: float = 1.0


CAPTION = Style(9, "dim", BOLD, spacing=0.8)
"""Small capitals over a figure of the bar."""
HEADING = Style(10, "dim", BOLD, spacing=1.0)
"""Name of a panel, in capitals."""
KEYCAP = Style(9, "fg", BOLD, "center")
"""What is printed on a key."""


class Theme:
    """Colours, pens, brushes and fonts, each built once. Make one per application."""

    def __init__(self, palette: PaletteName = "default", contrast: Contrast = "normal") -> None:
        self._colors: dict[tuple[str, float], QColor] = {}
        self._pens: dict[tuple[str, float, float], QPen] = {}
        self._brushes: dict[tuple[str, float], QBrush] = {}
        self._fonts: dict[tuple[int, int, bool, float, float], QFont] = {}
        self.dress(palette, contrast)

    def dress(self, palette: PaletteName, contrast: Contrast) -> None:
        """Other colours from now on; what was painted with the old ones is to be painted anew."""
        self.palette: PaletteName = palette
        self.contrast: Contrast = contrast
        self._hex = _tokens(palette, contrast)
        self._pale = _pale(self._hex) if palette == "okabe-ito" else frozenset[str]()
        for kept in (self._colors, self._pens, self._brushes):
            kept.clear()

    @property
    def double_ring(self) -> bool:
        """True when the selection ring is drawn double, because it has no colour of its own."""
        return self.palette == "okabe-ito"

    def hex(self, token: str) -> str:
        """The colour of a token as `#rrggbb`. Raises KeyError for an unknown one."""
        return self._hex[token]

    def color(self, token: str, alpha: float = 1.0) -> QColor:
        """The colour of a token at an opacity of 0 to 1; the same object each time."""
        key = (token, alpha)
        found = self._colors.get(key)
        if found is None:
            found = self._colors[key] = QColor(self._hex[token])
            found.setAlphaF(alpha)
        return found

    def text(self, token: str, alpha: float = 1.0) -> QColor:
        """The colour of text: `fg` where the token itself could not be read on a tile."""
        return self.color("fg" if token in self._pale else token, alpha)

    def pen(self, token: str, width: float = 1.0, alpha: float = 1.0) -> QPen:
        """A cosmetic pen, `width` in px, round caps and joins."""
        key = (token, width, alpha)
        found = self._pens.get(key)
        if found is None:
            found = QPen(self.color(token, alpha), width)
            found.setCosmetic(True)
            found.setCapStyle(Qt.PenCapStyle.RoundCap)
            found.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            self._pens[key] = found
        return found

    def brush(self, token: str, alpha: float = 1.0) -> QBrush:
        """A flat brush."""
        key = (token, alpha)
        found = self._brushes.get(key)
        if found is None:
            found = self._brushes[key] = QBrush(self.color(token, alpha))
        return found

    def font(self, style: Style, grown: float = 1.0) -> QFont:
        """The font of a style: Inter or JetBrains Mono, unhinted, tabular figures; `grown` = the
        text size, 1.0 = 100 %."""
        key = (style.size, style.weight, style.mono, style.spacing, grown)
        found = self._fonts.get(key)
        if found is None:
            found = self._fonts[key] = _font(style, grown)
        return found


def install(app: QApplication, theme: Theme) -> None:
    """Fusion, our palette and fonts, before the first widget. Raises as `load_fonts`."""
    load_fonts()
    app.setStyle("Fusion")
    app.styleHints().setColorScheme(Qt.ColorScheme.Dark)
    app.setPalette(qpalette(theme))
    app.setFont(theme.font(Style(12)))


def load_fonts() -> None:
    """Register the shipped families. Raises RuntimeError when one is missing: no fallback."""
    for family, files in FONTS.items():
        if family in QFontDatabase.families() and _is(family):
            continue
        for name in files:
            QFontDatabase.addApplicationFont(str(resource(name)))
        if not _is(family):
            raise RuntimeError(f"the font {family} did not load from resources/fonts; reinstall")


def qpalette(theme: Theme) -> QPalette:
    """The palette of the few standard widgets (text fields)."""
    palette = QPalette()
    for role, token in (
        (QPalette.ColorRole.Window, "bg"),
        (QPalette.ColorRole.Base, "panel2"),
        (QPalette.ColorRole.AlternateBase, "panel"),
        (QPalette.ColorRole.Button, "panel2"),
        (QPalette.ColorRole.ToolTipBase, "panel2"),
        (QPalette.ColorRole.WindowText, "fg"),
        (QPalette.ColorRole.Text, "fg"),
        (QPalette.ColorRole.ButtonText, "fg"),
        (QPalette.ColorRole.ToolTipText, "fg"),
        (QPalette.ColorRole.PlaceholderText, "dim"),
        (QPalette.ColorRole.Highlight, "edgeHi"),
        (QPalette.ColorRole.HighlightedText, "fg"),
        (QPalette.ColorRole.Link, "accent"),
    ):
        palette.setColor(role, theme.color(token))
    return palette


def contrast(one: str, other: str) -> float:
    """The WCAG contrast of two `#rrggbb` colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def over(top: str, ground: str, share: float) -> str:
    """The colour `top` laid over `ground` at an opacity of `share`, as `#rrggbb`."""
    pairs = zip(_channels(top), _channels(ground), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def _tokens(palette: PaletteName, contrast: Contrast) -> dict[str, str]:
    tokens = DEFAULT | (OKABE_ITO if palette == "okabe-ito" else {})
    if contrast == "high":
        tokens = tokens | {"edge": tokens["edgeHi"], "dim": tokens["mid"]}
    for name, (top, ground, share) in MIXED.items():
        tokens[name] = over(tokens[top], tokens[ground], share)
    return tokens


def _pale(tokens: dict[str, str]) -> frozenset[str]:
    """State colours whose text falls below 4.5:1 on a tile."""
    states = ("run", "think", "tool", "wait", "pause", "err")
    return frozenset(t for t in states if contrast(tokens[t], tokens["tileHi"]) < 4.5)


def _font(style: Style, grown: float) -> QFont:
    font = QFont(MONO if style.mono else SANS)
    font.setPixelSize(round(style.size * grown))
    font.setWeight(QFont.Weight(style.weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    font.setFeature(QFont.Tag("tnum"), 1)
    if style.mono:  # no ligatures: code is shown as it was written
        font.setFeature(QFont.Tag("calt"), 0)
    if style.spacing:
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, style.spacing * grown)
    return font


def _is(family: str) -> bool:
    return QFontInfo(QFont(family)).family() == family


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    parts = (channel / 255 for channel in _channels(color))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

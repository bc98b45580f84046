import re
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from commandcenter.ui import theme as themes
from commandcenter.ui.theme import DEFAULT, MONO, SANS, SIZES, PaletteName, Style, Theme, contrast
from commandcenter.ui.tile import letter_style

UI = Path(themes.__file__).parent
TEXT = [
    *(
        (text, ground)
        for text in ("fg", "mid", "dim")
        for ground in ("bg", "map", "panel", "panel2")
    ),
    *((text, ground) for text in ("fg", "mid", "dim") for ground in ("tile", "tileDone", "sector")),
    *((text, "tileHi") for text in ("fg", "mid", "wait", "err", "pause", "accent")),
    *((text, "panel") for text in ("accent", "wait", "err", "run", "tool")),
    *((text, "tile") for text in ("wait", "err", "pause")),
    ("fg", "edgeHi"),
    ("bg", "accent"),
]
"""Every text colour on every ground it stands on."""
GLYPHS = [
    (glyph, ground)
    for glyph in ("run", "think", "tool", "wait", "err", "pause", "mid", "dim")
    for ground in ("tile", "tileHi", "panel")
]


@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(text: str, ground: str) -> None:
    palette = Theme()
    assert contrast(palette.hex(text), palette.hex(ground)) >= 4.5


@pytest.mark.parametrize("palette", ["default", "okabe-ito"])
@pytest.mark.parametrize(("glyph", "ground"), GLYPHS)
def test_glyphs_can_be_told(palette: PaletteName, glyph: str, ground: str) -> None:
    colors = Theme(palette)
    assert contrast(colors.hex(glyph), colors.hex(ground)) >= 3.0


@pytest.mark.parametrize("tier", ["small", "standard", "large", "local"])
def test_model_letters_on_their_plate(tier: str) -> None:
    colors = Theme()
    for ground, selected in (("tile", False), ("tileHi", True)):
        plate = themes.over(colors.hex(tier), colors.hex(ground), 0.16)
        assert contrast(colors.hex(letter_style(tier, selected).color), plate) >= 4.5


def test_high_contrast_and_the_other_palette_change_tokens() -> None:
    assert Theme(contrast="high").hex("edge") == DEFAULT["edgeHi"]
    assert Theme(contrast="high").hex("dim") == DEFAULT["mid"]
    other = Theme("okabe-ito")
    assert other.hex("err") == "#D55E00"
    assert other.double_ring
    for token in ("run", "think", "tool", "wait", "pause", "err"):
        assert contrast(other.text(token).name(), other.hex("tileHi")) >= 4.5
    assert other.text("err").name() == other.hex("fg")
    assert Theme().text("err").name() == DEFAULT["err"]


def test_both_families_load_and_figures_are_tabular(qapp: QApplication) -> None:
    colors = Theme()
    for style, family in ((Style(11), SANS), (Style(10, mono=True), MONO)):
        font = colors.font(style)
        assert QFontInfo(font).family() == family
        assert font.hintingPreference() == QFont.HintingPreference.PreferNoHinting
    assert colors.font(Style(11)) is colors.font(Style(11, "mid"))


def test_a_missing_family_is_an_error(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(themes.FONTS, "No Such Family", ())
    with pytest.raises(RuntimeError, match="No Such Family"):
        themes.load_fonts()


def test_the_application_is_dark(qapp: QApplication) -> None:
    window = themes.qpalette(Theme()).color(QPalette.ColorRole.Window)
    assert window.name() == DEFAULT["bg"]


def test_sizes_and_colours_stand_in_the_theme_only() -> None:
    for path in UI.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "theme.py":
            assert not re.search(r"#[0-9a-fA-F]{6}\b", text), path.name
        for size in re.findall(r"\bStyle\((\d+)", text):
            assert int(size) in SIZES, path.name


def test_dressed_anew_it_is_as_if_made_so() -> None:
    theme, other = Theme(), Theme("okabe-ito", "high")
    before = theme.color("run")
    theme.dress("okabe-ito", "high")
    for token in DEFAULT:
        assert theme.color(token) == other.color(token)
    assert theme.color("run") != before
    assert theme.double_ring
    theme.dress("default", "normal")
    assert theme.color("run") == before


def test_larger_text_is_the_same_style_larger(qapp: object) -> None:
    theme, style = Theme(), Style(12, "fg")
    assert theme.font(style, 1.5).pixelSize() == 18
    assert theme.font(style).pixelSize() == 12

"""The grid takes whatever a program writes; keys become what xterm sends."""

import random

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from commandcenter.ui.paint import Ink
from commandcenter.ui.terminal import TerminalView
from commandcenter.ui.terminal_colors import Colors
from commandcenter.ui.terminal_keys import Wants, encoded, pasted
from commandcenter.ui.terminal_screen import HELD, Grid
from commandcenter.ui.theme import Theme, contrast

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier


def drawn(*pieces: bytes, size: tuple[int, int] = (20, 5)) -> list[str]:
    grid = Grid(*size)
    for piece in pieces:
        grid.feed(piece)
    return [line.rstrip() for line in grid.screen.display]


DRAWN = [
    ((b"a\r\nb", b"\x1b[1;1Hc"), ["c", "b"]),
    ((b"a\x1b[", b"31", b"mb\xe2", b"\x82\xacc"), ["ab€c"]),
    ((b"a\x1b]0;title", b" goes on\x07b", b"\x1bP+q544e\x1b\\c"), ["abc"]),
    ((b"a\x1b]52;c;aGk=", b"\x1b", b"\\b"), ["ab"]),
    ((b"a\x1b]8;;http://x\x1b[1mb",), ["ab"]),
    ((b"a\x1b[>4;2mb\x1b[=1;1u\x1b[<uc\x1b[?ud",), ["abcd"]),
    ((b"a\x1b[4:3mb\x1b[38:2::1:2:3mc\x1b[38;5;999md",), ["abcd"]),
    ((b"-\x1b[9b|",), ["----------|"]),
    ((b"1\r\n2\r\n3\x1b[2Sx",), ["3", "", " x"]),
    ((b"1\r\n2\x1b[Tx",), ["", "1x", "2"]),
    ((b"ab\x1b[s\x1b[3;3Hc\x1b[ud",), ["abd", "", "  c"]),
    ((b"\x1b(0lqk\x1b(Bl",), ["┌─┐l"]),
    ((b"main\x1b[?1049h\x1b[Hfull", b"\x1b[?1049l!"), ["main!"]),
    ((b"\x1b[?3h" + b"x" * 25,), ["x" * 20, "x" * 5]),
    ((b"a\xc2\x9b31mb",), ["a⟦009B⟧31mb"]),
    (("a\u202eb".encode(),), ["a⟦202E⟧b"]),
    ((b"a\x00\x01\x05\x7fb",), ["ab"]),
    ((b"a\x1b[99999999999999999999Cb\x1b[2;1;7;7;7Hc",), ["a" + " " * 18 + "b", "c"]),
    ((b"\x1b7" * 1000 + b"a\x1b8b",), ["b"]),
    ((b"\x1b[6nq\x1b[c\x1b[5n",), ["q"]),
]


@pytest.mark.parametrize(("pieces", "wanted"), DRAWN, ids=range(len(DRAWN)))
def test_what_is_drawn(pieces: tuple[bytes, ...], wanted: list[str]) -> None:
    found = drawn(*pieces)
    assert found[: len(wanted)] == wanted
    assert not any(found[len(wanted) :])


def test_a_string_that_never_ends_is_not_kept() -> None:
    grid = Grid(20, 5)
    grid.feed(b"a\x1b]1337;File=")
    for _ in range(50):
        grid.feed(b"QUJD" * 1000)
        assert len(grid._half) <= HELD
    grid.feed(b"QUJD\x07b")
    assert grid.screen.display[0].rstrip() == "ab"
    grid.feed(b"\x1b_" + b"x" * 9000)
    grid.feed(b"y" * 9000 + b"\x1b[1;1Hc")
    assert grid.screen.display[0].rstrip() == "cb"


def test_towers_of_marks_stay_low() -> None:
    grid = Grid(20, 5)
    grid.feed(("a" + "\u0301" * 5000).encode())
    assert len(grid.screen.buffer[0][0].data) < 20


PIECES = (
    b"\x1b[", b"\x1b]", b"\x1bP", b"\x1b", b"\x1b\\", b"\x07", b"?", b";", b":", b"38;2;999;1",
    b"m", b"1049", b"h", b"l", b"r", b"99999", b"H", b"J", b"K", b"L", b"M", b"@", b"P", b"X", b"S",
    b"T", b"b", b"7", b"8", b"#8", b"(0", b"%@", b"\x0e", b"\x0f", b"\r\n", b"\t", b"\x08", b"\x9b",
    "日本".encode(), "e\u0301".encode(), "👩‍👩‍👧".encode(), b"\xff\xfe", b"text", b"?6h", b"\x1bc",
    b"4h", b"\xc2\xb2", b"$", b"'", b"\x18", b"\x1a",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_nothing_it_is_fed_raises(seed: int, qapp: object) -> None:
    chance = random.Random(seed)
    parent = QWidget()
    view = TerminalView(Ink(Theme()), parent)
    view.resize(320, 200)
    grid = view.grid
    for _ in range(400):
        grid.feed(b"".join(chance.choices(PIECES, k=chance.randint(1, 40))))
        if chance.random() < 0.05:
            grid.resize(chance.randint(2, 70), chance.randint(1, 30))
        view.fresh()
        screen = grid.screen
        assert 0 <= screen.cursor.y < screen.lines
        assert 0 <= screen.cursor.x <= screen.columns
        assert max(screen.buffer, default=0) < max(screen.lines, 31)
    view.grab()


def test_random_bytes_do_not_raise() -> None:
    chance = random.Random(3)
    grid = Grid(60, 20)
    for _ in range(60):
        grid.feed(chance.randbytes(2000))


# --- colours ----------------------------------------------------------------------------------


@pytest.mark.parametrize("palette", ["default", "okabe-ito"])
def test_every_pair_of_colours_can_be_read(palette: str) -> None:
    colors = Colors(Theme(palette))  # type: ignore[arg-type]  # one of the two names
    grid = Grid(80, 5)
    for fg in (*range(30, 38), *range(90, 98), 39):
        for bg in (*range(40, 48), *range(100, 108), 49):
            for more in ("", ";7"):
                grid.feed(f"\x1b[H\x1b[0;{fg};{bg}{more}mx".encode())
                look = colors.look(grid.screen.buffer[0][0])
                assert contrast(look.fg, look.bg) >= 3, (fg, bg)
    grid.feed(b"\x1b[H\x1b[0;38;2;10;20;30;48;2;11;21;300my")
    look = colors.look(grid.screen.buffer[0][0])
    assert contrast(look.fg, look.bg) >= 3


# --- keys -------------------------------------------------------------------------------------

KEYS = [
    (Key.Key_Up, Mod.NoModifier, "", b"\x1b[A"),
    (Key.Key_Left, Mod.ControlModifier, "", b"\x1b[1;5D"),
    (Key.Key_Home, Mod.NoModifier, "", b"\x1b[H"),
    (Key.Key_End, Mod.ShiftModifier, "", b"\x1b[1;2F"),
    (Key.Key_PageUp, Mod.NoModifier, "", b"\x1b[5~"),
    (Key.Key_PageDown, Mod.AltModifier, "", b"\x1b[6;3~"),
    (Key.Key_Delete, Mod.NoModifier, "\x7f", b"\x1b[3~"),
    (Key.Key_F1, Mod.NoModifier, "", b"\x1bOP"),
    (Key.Key_F4, Mod.ShiftModifier, "", b"\x1b[1;2S"),
    (Key.Key_F12, Mod.NoModifier, "", b"\x1b[24~"),
    (Key.Key_Return, Mod.NoModifier, "\r", b"\r"),
    (Key.Key_Enter, Mod.KeypadModifier, "\r", b"\r"),
    (Key.Key_Return, Mod.AltModifier, "\r", b"\x1b\r"),
    (Key.Key_Backspace, Mod.NoModifier, "\x08", b"\x7f"),
    (Key.Key_Backspace, Mod.ControlModifier, "\x7f", b"\x08"),
    (Key.Key_Tab, Mod.NoModifier, "\t", b"\t"),
    (Key.Key_Backtab, Mod.ShiftModifier, "", b"\x1b[Z"),
    (Key.Key_Escape, Mod.NoModifier, "\x1b", b"\x1b"),
    (Key.Key_A, Mod.NoModifier, "a", b"a"),
    (Key.Key_A, Mod.ShiftModifier, "A", b"A"),
    (Key.Key_C, Mod.ControlModifier, "\x03", b"\x03"),
    (Key.Key_Space, Mod.ControlModifier, " ", b"\x00"),
    (Key.Key_BracketLeft, Mod.ControlModifier, "", b"\x1b"),
    (Key.Key_Slash, Mod.ControlModifier, "/", b"\x1f"),
    (Key.Key_X, Mod.AltModifier, "x", b"\x1bx"),
    (Key.Key_C, Mod.AltModifier | Mod.ControlModifier, "\x03", b"\x1b\x03"),
    (Key.Key_Q, Mod.AltModifier | Mod.ControlModifier, "@", b"@"),
    (Key.Key_Shift, Mod.ShiftModifier, "", b""),
    (Key.Key_Control, Mod.ControlModifier, "", b""),
    (Key.Key_VolumeUp, Mod.NoModifier, "", b""),
    (0x0416, Mod.NoModifier, "ж", "ж".encode()),
]


@pytest.mark.parametrize(("key", "held", "text", "wanted"), KEYS)
def test_keys_are_those_of_xterm(key: Key, held: Mod, text: str, wanted: bytes) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, int(key), held, text)
    assert encoded(event, Wants()) == wanted


def test_ctrl_goes_by_place_where_letters_are_not_latin() -> None:
    event = QKeyEvent(
        QEvent.Type.KeyPress,
        0x0421,
        Mod.ControlModifier,
        0x2E + 8,
        0,
        0,
        chr(0x441),
    )
    assert encoded(event, Wants()) == b"\x03"


def test_an_application_gets_its_own_arrows_and_a_paste_no_keys() -> None:
    up = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Up, Mod.NoModifier)
    assert encoded(up, Wants(application=True)) == b"\x1bOA"
    assert pasted("a\r\nb\n\x1b[201~\x15rm\x9b", Wants(pastes=True)) == (
        b"\x1b[200~a\rb\r[201~rm\x1b[201~"
    )

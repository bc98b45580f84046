"""What a terminal program has drawn: its bytes on a grid of cells, whatever they are."""

import codecs
import copy
import logging
import re
from typing import TYPE_CHECKING, Final

from commandcenter.core.text import safe

if TYPE_CHECKING:
    from pyte.screens import Char, Cursor

log = logging.getLogger("cc.screen")
HELD: Final = 4096
"""Characters of a control string that is not over yet; of a longer one the rest is skipped."""
MARKS: Final = 8
"""Combining marks one cell shows."""
_PARAMETERS: Final = 16
_DIGITS: Final = 5
_REPEATED: Final = 512
_STRING: Final = r"\x1b[\]PX^_][^\x07\x18\x1a\x1b]*"
_SEQUENCE: Final = re.compile(
    r"\x1b\[(?P<sign>[<=>?]?)(?P<args>[0-9;:]*)(?P<mid>[ -/<-?]*)(?P<final>[@-~])"
    rf"|{_STRING}(?:\x07|\x18|\x1a|\x1b\\|(?=\x1b))"  # OSC, DCS and other strings: no effect
    r"|\x1b(?P<between>[ -/]*)(?P<code>[0-Z\\^-~])"
    r"|\x1b"
)
_HALF: Final = re.compile(rf"(?:\x1b\[[0-?]*[ -/]*|{_STRING}\x1b?|\x1b[ -/]*)$")
_ENDS: Final = re.compile("[\x07\x18\x1a\x1b]")
_CODES: Final = frozenset("78DEHMc")
_ONE: Final = frozenset("@ABCDEFGLMPX`adeg")
"""CSI with one parameter."""
_ERASES: Final = {"J": ("", "0", "1", "2", "3"), "K": ("", "0", "1", "2")}
_TWO: Final = frozenset("Hfr")
_COLUMNS_132: Final = "3"
_OTHER_SCREEN: Final = frozenset({"47", "1047", "1049"})
_C0: Final = "".join(chr(code) for code in range(32) if chr(code) not in "\x07\b\t\n\v\f\r\x0e\x0f")
_BREAKS: Final = re.compile(r"([\x07-\x0f])")
_BAD = (TypeError, ValueError, LookupError, AssertionError, AttributeError, UnboundLocalError)
"""What pyte may raise on sequences nobody should send."""


class Grid:
    """A screen of `columns` x `rows` cells, fed with bytes. Nothing it is fed raises, is answered,
    or has an effect outside the grid."""

    def __init__(self, columns: int, rows: int) -> None:
        import pyte  # here: a screen without a terminal thread starts a twentieth sooner

        self._pyte = pyte
        self.screen = pyte.Screen(columns, rows)
        self.reset()

    def reset(self) -> None:
        """Empty, in the state of a terminal that was just opened."""
        self.screen.reset()
        self.screen.savepoints.clear()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._half = ""
        self._skips = False
        """In a control string that is too long, up to its end."""
        self._last = ""
        self._under: tuple[dict[int, dict[int, Char]], Cursor] | None = None
        """The main screen while a program draws on the other one."""
        self._begin()

    def _begin(self) -> None:
        self._stream = self._pyte.Stream(self.screen)
        self._stream.use_utf8 = False  # bytes are decoded here; line drawing sets stay possible

    @property
    def pastes(self) -> bool:
        """The program asked for bracketed paste."""
        return 2004 << 5 in self.screen.mode

    @property
    def application(self) -> bool:
        """The arrows are those of an application (DECCKM)."""
        return 1 << 5 in self.screen.mode

    def resize(self, columns: int, rows: int) -> None:
        """Another size; the program draws anew."""
        self.screen.resize(rows, columns)
        self.screen.cursor.x = min(self.screen.cursor.x, columns)
        self.screen.cursor.y = min(self.screen.cursor.y, rows - 1)
        self.screen.tabstops = set(range(8, columns, 8))

    def feed(self, data: bytes) -> None:
        """More output."""
        text = self._unskipped(self._half + self._decode(data))
        half = _HALF.search(text, max(0, len(text) - HELD))
        if half is None and len(text) > HELD:
            start = text.rfind("\x1b")
            half = _HALF.match(text, start) if start >= 0 else None
        self._half = text[half.start() :] if half else ""
        if half:
            text = text[: half.start()]
        if len(self._half) > HELD:
            self._half, self._skips = "", True
        at = 0
        for found in _SEQUENCE.finditer(text):
            self._text(text[at : found.start()])
            self._sequence(found)
            at = found.end()
        self._text(text[at:])

    def _unskipped(self, text: str) -> str:
        if not self._skips:
            return text
        end = _ENDS.search(text)
        if end is None:
            return ""
        self._skips = False
        return text[end.start() :] if end[0] == "\x1b" else text[end.end() :]

    def _text(self, text: str) -> None:
        if not text:
            return
        if not text.isascii():
            text = "".join(map(_shown, _BREAKS.split(text)))
        text = text.translate(_DROPPED)
        if text:
            self._last = text[-1]
            self._put(text)

    def _put(self, text: str) -> None:
        try:
            self._stream.feed(text)
        except _BAD as error:
            log.info("a terminal's output was not understood: %r", error)
            self.screen.reset()
            self._begin()

    def _sequence(self, found: re.Match[str]) -> None:
        if found["code"]:
            self._escape(found["between"], found["code"])
        elif found["final"]:
            self._control(found)

    def _escape(self, between: str, code: str) -> None:
        if between in ("(", ")") or (between, code) == ("#", "8"):
            self._put(f"\x1b{between}{code}")
        elif not between and code in _CODES:
            if code == "7":
                self.screen.savepoints.clear()
            self._put(f"\x1b{code}")

    def _control(self, found: re.Match[str]) -> None:
        """A CSI sequence: what pyte knows goes there with no more than it can take."""
        sign, final = found["sign"], found["final"]
        args = [arg.partition(":")[0][:_DIGITS] for arg in found["args"].split(";")[:_PARAMETERS]]
        if found["mid"] or sign not in ("", "?"):
            return
        if final in "hl":
            self._modes(sign, args, final)
        elif final in "JK":
            if args[0] in _ERASES[final]:
                self._put(f"\x1b[{args[0]}{final}")
        elif sign:
            return
        elif final == "m":
            self._put(f"\x1b[{';'.join(_colors(found['args']))}m")
        elif final in _ONE or final in _TWO:
            self._put(f"\x1b[{';'.join(args[: 1 if final in _ONE else 2])}{final}")
        else:
            self._own(final, args[0])

    def _own(self, final: str, arg: str) -> None:
        """What pyte does not know and programs use."""
        count = int(arg) if arg.isdecimal() else 1
        if final == "s":
            self._escape("", "7")
        elif final == "u":
            self._escape("", "8")
        elif final == "b" and self._last.isprintable():
            self._put(self._last * min(max(count, 1), _REPEATED))
        elif final in "ST":
            self._scroll(min(max(count, 1), self.screen.lines), up=final == "S")

    def _scroll(self, count: int, *, up: bool) -> None:
        screen, at = self.screen, self.screen.cursor.y
        top, bottom = screen.margins or (0, screen.lines - 1)
        screen.cursor.y = bottom if up else top
        for _ in range(count):
            screen.index() if up else screen.reverse_index()
        screen.cursor.y = at

    def _modes(self, sign: str, args: list[str], final: str) -> None:
        for mode in args:
            if sign and mode in _OTHER_SCREEN:
                self._other(enter=final == "h")
            elif mode and not (sign and mode == _COLUMNS_132):
                self._put(f"\x1b[{sign}{mode}{final}")

    def _other(self, *, enter: bool) -> None:
        """The screen that full-screen programs draw on; the main one comes back after it."""
        screen = self.screen
        if enter and self._under is None:
            kept: dict[int, dict[int, Char]] = {y: dict(row) for y, row in screen.buffer.items()}
            self._under = kept, copy.copy(screen.cursor)
            screen.erase_in_display(2)
        elif not enter and self._under is not None:
            (kept, cursor), self._under = self._under, None
            screen.buffer.clear()
            for y, row in kept.items():
                if y < screen.lines:
                    screen.buffer[y].update({x: c for x, c in row.items() if x < screen.columns})
            screen.margins = None
            screen.cursor = cursor
            cursor.x, cursor.y = min(cursor.x, screen.columns), min(cursor.y, screen.lines - 1)
            screen.dirty.update(range(screen.lines))


_DROPPED: Final = dict.fromkeys(map(ord, _C0 + "\x7f"))
_RUNS: Final = re.compile("[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u1ab0-\u1aff\u20d0-\u20ff]{9,}")


def _shown(text: str) -> str:
    """Hidden characters seen, towers of marks cut."""
    if text.isascii():
        return text
    return safe(_RUNS.sub(lambda run: run[0][:MARKS], text)).replace("\n", "")


def _colors(args: str) -> list[str]:
    """The parameters of SGR: `38:2::r:g:b` as `38;2;r;g;b`, kinds of underline as one."""
    found: list[str] = []
    for group in args.split(";")[: 2 * _PARAMETERS]:
        head, *more = (part[:_DIGITS] for part in group.split(":"))
        if head in ("38", "48") and more:
            numbers = more[:1] + more[-3:] if more[0] == "2" else more[:2]
            found += [head, *(number or "0" for number in numbers)]
        elif not (head == "4" and more == ["0"]):
            found.append(head)
        else:
            found.append("24")
    return found

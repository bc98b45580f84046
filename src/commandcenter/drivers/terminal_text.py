"""What a terminal program printed, as plain lines: no screen is kept, only what was last said."""

import codecs
import re
from collections import deque
from typing import Final

from commandcenter.core.text import CUT, safe

LINES: Final = 40
"""How many of the last lines the catalog's expressions look at."""
_WIDEST: Final = 4096
"""Characters of one line that are kept."""
_HELD: Final = 4096
"""Bytes of a control string that may come in several pieces; a longer one is given up."""

_SEQUENCE: Final = re.compile(
    r"\x1b\[(?P<args>[0-?]*)[ -/]*(?P<final>[@-~])"  # CSI
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\)"  # OSC, DCS and other strings
    r"|\x1b[ -/]*[0-Z\\^-~]",  # ESC and a few
    re.DOTALL,
)
_HALF: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_](?:(?!\x07|\x1b\\).)*|[ -/]*)$", re.DOTALL
)
_MOVES: Final = frozenset("ABEFJLMSTd")
"""CSI that go to another line, or clear; H and f may stay on theirs."""
_ASKED: Final = {
    ("c", ""): b"\x1b[?62c",
    ("c", "0"): b"\x1b[?62c",
    ("n", "5"): b"\x1b[0n",
    ("n", "6"): b"\x1b[1;1R",
}
"""What programs ask a terminal at their start, and some wait for: its kind, its health, where its
cursor stands (as nothing is painted: at the top)."""
_PASTE: Final = "?2004"
_GONE: Final = re.compile(r"[\x00-\x07\x0b-\x0c\x0e-\x1f\x7f]")


class Plain:
    """Bytes in, new text out. Lines that a redraw says again are left out."""

    def __init__(self) -> None:
        self.takes_paste = False
        """The program switched bracketed paste on."""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._half = ""
        self._line = ""
        self._told = 0
        """Characters of the open line that were already handed out."""
        self._return = False
        """A carriage return came: the line begins anew with the next character."""
        self._broken = False
        """The next text begins on a line of its own."""
        self._count = 0
        self._row = 0
        """Where the cursor was sent last, line ends counted on."""
        self._replies = b""
        self._seen = (0, 0)
        """Line and column behind what was read."""
        self._recent: deque[tuple[int, str]] = deque(maxlen=LINES)
        """The last lines with their numbers, each as it was drawn last."""

    def feed(self, data: bytes) -> str:
        """The lines that are whole now, each with its end."""
        text = self._half + self._decode(data)
        half = _HALF.search(text, max(0, len(text) - _HELD))
        self._half = text[half.start() :] if half else ""
        if self._half:
            text = text[: -len(self._half)]
        said: list[str] = []
        at = 0
        for found in _SEQUENCE.finditer(text):
            said += self._take(text[at : found.start()])
            said += self._control(found)
            at = found.end()
        return "".join(said + self._take(text[at:]))

    def rest(self) -> str:
        """What of the open line was not handed out yet: a question, a prompt."""
        new, self._told = self._line[self._told :], len(self._line)
        return self._whole(new)

    def _whole(self, text: str) -> str:
        if not (text and self._broken):
            return safe(text)
        self._broken = False
        return "\n" + safe(text)

    def lines(self) -> str:
        """The last 40 lines, the open one too."""
        return "\n".join([*(line for _, line in self._recent), self._line][-LINES:])

    def read(self) -> None:
        """What stands there now is old: `news` begins here."""
        self._seen = self._count + 1, len(self._line)

    def news(self) -> str:
        """The end of `lines` that came since `read`."""
        line, column = self._seen
        rows = [row for row in (*self._recent, (self._count + 1, self._line)) if row[0] >= line]
        said = [text[column:] if number == line else text for number, text in rows]
        return "\n".join(said[-LINES:])

    def replies(self) -> bytes:
        """The answers to what the program has asked its terminal, once."""
        replies, self._replies = self._replies, b""
        return replies

    def _control(self, found: re.Match[str]) -> list[str]:
        args, final = found["args"] or "", found["final"] or ""
        self._replies += _ASKED.get((final, args), b"")
        if args.startswith(_PASTE) and final in ("h", "l"):
            self.takes_paste = final == "h"
        elif final in ("H", "f"):
            return self._sent(args)
        elif final == "G":
            self._return = self._return or args in ("", "1")
            self._space()
        elif final == "C":
            self._space()
        elif final == "K" and self._return:
            self._again()
        elif final in _MOVES and final:
            return self._end(redrawn=True)
        return []

    def _sent(self, args: str) -> list[str]:
        """The cursor goes to a row and a column."""
        row, _, column = args.partition(";")
        before, self._row = self._row, int(row) if row.isdecimal() else 1
        if before == self._row and column not in ("", "1"):
            self._space()
            return []
        return self._end(redrawn=True)

    def _space(self) -> None:
        """A jump to the right parts words."""
        if self._line and not self._return and not self._line.endswith(" "):
            self._put(" ")

    def _take(self, text: str) -> list[str]:
        said: list[str] = []
        for part in re.split(r"([\r\n\x08])", text):
            if part == "\n":
                self._row += 1
                said += self._end()
            elif part == "\r":
                self._return = True
            elif part == "\x08":
                self._line = self._line[:-1]
                self._told = min(self._told, len(self._line))
            elif part:
                self._put(_GONE.sub("", part))
        return said

    def _put(self, text: str) -> None:
        if self._return and text:
            self._again()
        self._line += text
        if len(self._line) > _WIDEST:
            self._line = self._line[: _WIDEST - 1] + CUT

    def _again(self) -> None:
        """The open line is written anew; what of it was told already stands on its own line."""
        self._broken = self._broken or self._told > 0
        if self._seen[0] == self._count + 1:
            self._seen = self._seen[0], 0
        self._line, self._told, self._return = "", 0, False

    def _end(self, *, redrawn: bool = False) -> list[str]:
        """The open line is over; one that is drawn again, or is empty by a move, says nothing."""
        line, told = self._line.rstrip(), self._told
        self._line, self._told, self._return = "", 0, False
        if redrawn and not line:
            return []
        before = next((old for old in self._recent if old[1] == line), None) if redrawn else None
        if before is not None:
            self._recent.remove(before)
        self._count += 1
        self._recent.append((self._count, line))
        return [] if before is not None else [self._whole(line[told:] + "\n")]

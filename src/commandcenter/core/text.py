"""Text that an agent, a model or a file wrote, made fit to be painted (safety.md 10)."""

import functools
import re
import unicodedata

RUN = 2_000
"""Characters without a break after which one is put in."""
MARKS = 30
"""Combining marks one base may carry."""
TITLE = 120
CUT = "…"

_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0"  # seen as nothing
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # zero width, bidi, notes
    "\ud800-\udfff\ufdd0-\ufdef"  # lone surrogates, noncharacters
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # format controls
    "\U000e0000-\U000e007f"  # tags: hidden words
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
_SELECTOR = "[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_SELECTORS = re.compile(f"({_SELECTOR}){_SELECTOR}+")
_LONG = re.compile(rf"[^ \t\n]{{{RUN}}}(?=[^ \t\n])")
_HOST = re.compile(r"://([^\s/:@?#\"'<>]{1,255})")


def safe(text: str, limit: int = 0) -> str:
    """`text` with every hidden character shown; at most `limit` characters if > 0.

    Newlines and tabs stay, CR LF becomes a newline; controls, bidi, zero-width, tag and other
    hidden characters become glyphs (`␛`, `⟦202E⟧`); runs of over 2,000 characters get a break;
    over 30 combining marks on one base are cut; a host that is not ASCII gets its A-label
    beside it. Nothing is dropped without a visible mark. Cost grows with `limit`, not `text`.
    """
    head = text[: limit + 1] if limit else text
    if not (head.isascii() and head.isprintable()):
        head = _HIDDEN.sub(_glyph, _shown(head.replace("\r\n", "\n")))
    if len(head) > RUN:
        head = _LONG.sub(r"\g<0>\n", head)
    over = limit and (len(head) > limit or len(text) > limit + 1)
    return _cut(head, limit) if over else head


def one_line(text: str, limit: int = TITLE) -> str:
    """`safe` on one line: breaks and tabs become single spaces."""
    words = " ".join(text[: limit * 4].split())
    if len(text) > limit * 4 and len(words) <= limit and text[limit * 4 :].strip():
        words = f"{words[: limit - 1]}{CUT}"
    return safe(words, limit).replace("\n", " ")


line = one_line


def _shown(text: str) -> str:
    """What only text beyond ASCII can hide."""
    if text.isascii():
        return text
    if "://" in text:
        text = _HOST.sub(_a_label, text)
    text = _SELECTORS.sub(r"\1⟦vs⟧", text)
    return _mark_runs().sub(lambda run: run[0][:MARKS] + "⟦marks⟧", text)


def _glyph(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟦{code:04X}⟧"


def _cut(text: str, limit: int) -> str:
    kept = text[: limit - 1]
    if kept.rfind("⟦", -9 if limit > 9 else 0) > kept.rfind("⟧"):  # half a glyph says nothing
        kept = kept[: kept.rfind("⟦")]
    return kept + CUT


def _a_label(match: re.Match[str]) -> str:
    host = match[1]
    if host.isascii():
        return match[0]
    try:
        label = host.encode("idna").decode("ascii")
    except UnicodeError:
        label = host.encode("ascii", "backslashreplace").decode("ascii")
    return f"{match[0]}⟦{label}⟧"


@functools.cache
def _mark_runs() -> re.Pattern[str]:
    """Over 30 combining marks in a row; made at first need, as it reads the character table."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x1FFFF):
        if unicodedata.category(chr(code)) not in ("Mn", "Me"):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    members = "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)
    return re.compile(f"[{members}]{{{MARKS + 1},}}")

"""Text that an agent, a model or a file wrote, made fit to be painted (safety.md 10)."""

import re
import unicodedata

RUN = 2_000
"""Characters without a break after which one is put in."""
MARKS = 30
"""Combining marks one base may carry."""
TITLE = 120

_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ZERO = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2028\u2029"
    "\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
)
_TAGS = "\U000e0000-\U000e007f"
_NON = "\ufdd0-\ufdef\ufffe\uffff"
_LONE = "\ud800-\udfff"
_BAD = re.compile(f"[{_CONTROL}{_BIDI}{_ZERO}{_TAGS}{_NON}{_LONE}]|[\U0001fffe-\U0010ffff]")
_VARIATION = re.compile(
    "([\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
)
_LONG = re.compile(rf"[^\s]{{{RUN}}}(?=[^\s])")
_COMBINING = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    r"\ufe20-\ufe2f]{31,}"
)


def safe(text: str, limit: int = 0) -> str:
    """`text` with every control and invisible character shown; at most `limit` characters if > 0.

    Newlines and tabs stay, CR LF becomes a newline. Nothing is dropped without a visible mark.
    """
    if limit and len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return _broken(text)
    text = _BAD.sub(_shown, text.replace("\r\n", "\n"))
    if not text.isascii():
        text = _VARIATION.sub(r"\1⟦vs⟧", text)
        text = _COMBINING.sub(_cut, text)
    return _broken(text)


def line(text: str, limit: int = TITLE) -> str:
    """`safe` on one line: breaks and tabs become single spaces."""
    return safe(" ".join(text[: limit * 4].split()), limit)


def _broken(text: str) -> str:
    return _LONG.sub(lambda run: run.group() + "\n", text) if len(text) > RUN else text


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(match.group()) in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp", "Lo", "Mn"}:
        return f"⟦{code:04X}⟧"
    return match.group()


def _cut(match: re.Match[str]) -> str:
    return match.group()[:MARKS] + "⟦marks⟧"

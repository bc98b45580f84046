"""The one retry table (gate.md 7): what an answer of the provider means, and how long to wait."""

from email.utils import parsedate_to_datetime
from typing import Literal

from commandcenter.core.base import NS, Record
from commandcenter.gate.base import Headers
from commandcenter.gate.headers import header

Action = Literal["deliver", "close", "again", "auth", "missing", "refused", "unsent"]
"""unsent: the thread was held while the connection was made."""
_AGAIN = {408, 409, 425}
_DELIVERED = {400, 413, 422}
LONGEST_S = 366 * 86_400.0


class Setback(Record, frozen=True):
    """One try that brought no answer: status 0 = nothing came over HTTP."""

    action: Action
    status: int
    why: str
    retry_after_s: float | None = None
    headers: Headers = ()
    body: bytes = b""


def judge(status: int) -> Action:
    """What to do with an answer of this status."""
    if 200 <= status < 300 or status in _DELIVERED:
        return "deliver"
    if status in (429, 529):
        return "close"
    if status in _AGAIN or status >= 500:
        return "again"
    if status in (401, 402, 403):
        return "auth"
    return "missing" if status == 404 else "refused"


def retry_after(headers: Headers, wall: int) -> float | None:
    """Seconds the provider asks for, by number or date, None = none; `wall` = now in ns."""
    millis = _number(header(headers, b"retry-after-ms"))
    if millis is not None:
        return millis / 1_000
    text = header(headers, b"retry-after")
    seconds = _number(text)
    if seconds is None and text:
        try:
            when = parsedate_to_datetime(text.decode("latin-1"))
        except ValueError:
            return None
        seconds = max(0.0, when.timestamp() - wall / NS)
    return seconds if seconds is None else min(seconds, LONGEST_S)


def _number(text: bytes) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return min(value, LONGEST_S) if value >= 0 else None


def backoff(chance: float, n: int, unit: float, most: float) -> float:
    """Full jitter: `chance` in [0, 1) of 2^n units, at most `most` seconds."""
    return chance * min(most, unit * 2.0 ** min(n, 30))

"""A plan's windows as the provider's headers tell them, and until when they are used up."""

import math
import re

import msgspec

from commandcenter.core.base import NS
from commandcenter.core.world import Window
from commandcenter.gate.base import Headers
from commandcenter.gate.retry import LONGEST_S

FULL = 1.0
_UNIFIED = b"anthropic-ratelimit-unified-"
_SPAN = re.compile(rb"anthropic-ratelimit-unified-([1-9]\d{0,3})([hd])-utilization")
_CODEX = b"x-codex-"
_CLAIMS = {b"five_hour": 300, b"seven_day": 10_080}
_DAY, _HOUR = 1_440, 60


def windows(headers: Headers, wall: int) -> tuple[Window, ...]:
    """The windows that an answer names, shortest first; `wall` = now in ns. Never raises."""
    fields = {name: value for name, value in headers if name.startswith((_UNIFIED, _CODEX))}
    if not fields:
        return ()
    found = _unified(fields, wall) or _codex(fields, wall)
    return tuple(sorted(found, key=lambda window: window.minutes))


def closed_until(seen: tuple[Window, ...], headers: Headers, wall: int) -> int:
    """Wall ns of the reset of what is used up, 0 = nothing is, or nobody says until when."""
    full = [window.resets_at for window in seen if window.used >= FULL]
    until = max(full, default=0)
    if not until and any(used_up(window) for window in seen):
        told = _reset(dict(headers).get(_UNIFIED + b"reset", b""), wall)
        until = told or max(window.resets_at for window in seen if used_up(window))
    return until if until > wall else 0


def used_up(window: Window) -> bool:
    """Is nothing of it left?"""
    return window.used >= FULL or window.status == "rejected"


def told_reset(body: bytes, wall: int) -> int:
    """The reset in the body of an OpenAI 429 (`usage_limit_reached`), wall ns; 0 = none."""
    try:
        error = msgspec.json.decode(body)["error"]
        at, after = error.get("resets_at"), error.get("resets_in_seconds")
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0
    if isinstance(at, (int, float)):
        return _reset(str(at).encode(), wall)
    if isinstance(after, (int, float)):
        return _after(str(after).encode(), wall)
    return 0


def _unified(fields: dict[bytes, bytes], wall: int) -> list[Window]:
    status = fields.get(_UNIFIED + b"status", b"").decode("latin-1")[:40]
    found = []
    for name, value in fields.items():
        match, used = _SPAN.fullmatch(name), _number(value)
        if match and used is not None:
            minutes = int(match[1]) * (_HOUR if match[2] == b"h" else _DAY)
            reset = _reset(fields.get(name.replace(b"utilization", b"reset"), b""), wall)
            found.append(Window(minutes, min(used, FULL), reset, status, wall))
    if status != "rejected":
        return found
    guilty = _guilty(found, _CLAIMS.get(fields.get(_UNIFIED + b"representative-claim", b""), 0))
    return [
        one
        if one.minutes in guilty
        else Window(one.minutes, one.used, one.resets_at, "allowed", wall)
        for one in found
    ]


def _guilty(found: list[Window], claimed: int) -> set[int]:
    """Which windows a rejection is about: the full ones, the named one, else the fullest."""
    full = {window.minutes for window in found if window.used >= FULL}
    if full or not found:
        return full
    if any(window.minutes == claimed for window in found):
        return {claimed}
    return {max(found, key=lambda window: window.used).minutes}


def _codex(fields: dict[bytes, bytes], wall: int) -> list[Window]:
    found = []
    for slot in (b"x-codex-primary-", b"x-codex-secondary-"):
        used = _number(fields.get(slot + b"used-percent", b""))
        minutes = _number(fields.get(slot + b"window-minutes", b""))
        if used is None or not minutes:
            continue
        reset = _reset(fields.get(slot + b"reset-at", b""), wall)
        reset = reset or _after(fields.get(slot + b"reset-after-seconds", b""), wall)
        found.append(Window(int(minutes), min(used / 100, FULL), reset, "", wall))
    return found


def _reset(text: bytes, wall: int) -> int:
    """Unix seconds as wall ns; 0 unless it lies within a year of now."""
    seconds = _number(text)
    if seconds is None or abs(seconds - wall / NS) > LONGEST_S:
        return 0
    return int(seconds * NS)


def _after(text: bytes, wall: int) -> int:
    seconds = _number(text)
    return 0 if seconds is None or seconds > LONGEST_S else wall + int(seconds * NS)


def _number(text: bytes) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None

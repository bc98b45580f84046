"""Plan mode: windows that fill with true tokens and refill at their reset, as vendors tell them.

All times are real seconds, whatever the speed of the practice models.
"""

import math
import tomllib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from commandcenter.core.base import NS, Clock, Record
from commandcenter.core.conversation import Usage
from commandcenter.sparring.chance import between
from commandcenter.sparring.inquiry import Kind
from commandcenter.sparring.listen import Headers, Incoming
from commandcenter.sparring.login import MARK

WARN_AT = 0.9
STRAY_WAIT_S = 1
PLAN_KINDS: tuple[Kind, ...] = ("anthropic", "responses")
CLAIMS = {300: "five_hour", 10_080: "seven_day"}
SLOTS = ("primary", "secondary")
Positive = Annotated[float, Meta(gt=0)]


class Window(Record, frozen=True, forbid_unknown_fields=True):
    """A quota: its length in minutes, tokens, the share used at the start, s to the first reset."""

    minutes: Annotated[int, Meta(gt=0)]
    tokens: Annotated[int, Meta(gt=0)]
    used: Annotated[float, Meta(ge=0)] = 0.0
    reset_s: Positive | None = None


class PlanFile(Record, frozen=True, forbid_unknown_fields=True):
    """A plan; `beta` must stand in `anthropic-beta` ("" = any), `stray` is how many stray 429s."""

    window: tuple[Window, ...]
    beta: str = ""
    stray: Annotated[int, Meta(ge=0)] = 1
    seed: int = 1


def load_plan(data: bytes) -> PlanFile:
    """A plan from TOML bytes; ValueError names what is wrong with them."""
    try:
        plan = msgspec.convert(tomllib.loads(data.decode()), PlanFile)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"plan: {error}") from None
    if not 1 <= len(plan.window) <= len(SLOTS):
        raise ValueError(f"plan: 1 to {len(SLOTS)} windows are needed")
    return plan


class Standing(Record, frozen=True):
    """One window now: `used` 0..1, `resets_at` in whole s since the epoch, `left` s until then."""

    minutes: int
    used: float
    resets_at: int
    left: float


class Plan:
    """The windows of one login, filled by every answer; a window refills at its reset."""

    def __init__(self, file: PlanFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._mono, self._wall = clock.monotonic(), clock.wall()
        self._tokens = [window.used * window.tokens for window in file.window]
        self._turn = [0] * len(file.window)
        self._calls = 0

    def spend(self, usage: Usage) -> None:
        """What an answer really cost counts in every window."""
        self._refill()
        self._tokens = [used + usage.input + usage.output for used in self._tokens]

    def standing(self) -> tuple[Standing, ...]:
        """All windows as they are now."""
        self._refill()
        age = self._clock.monotonic() - self._mono
        found = []
        for window, used, turn in zip(self._file.window, self._tokens, self._turn, strict=True):
            at = _reset(window, turn)
            share = min(1.0, used / window.tokens)
            found.append(
                Standing(window.minutes, share, round(self._wall / NS + at), max(0.0, at - age))
            )
        return tuple(found)

    def refusal(self) -> Literal["", "window", "stray"]:
        """Why the call that now arrives gets a 429, if it does; counts it."""
        self._calls += 1
        if any(window.used >= 1 for window in self.standing()):
            return "window"
        strays = {
            round(between(2, 8, self._file.seed, "stray", n)) for n in range(self._file.stray)
        }
        return "stray" if self._calls in strays else ""

    def wait_s(self) -> int:
        """Whole seconds until the last full window has its reset."""
        return self.next_reset()[1]

    def next_reset(self) -> tuple[int, int]:
        """When the last full window has its reset: s since the epoch, whole s until then."""
        full = [window for window in self.standing() if window.used >= 1]
        if not full:
            return 0, 0
        last = max(full, key=lambda window: window.left)
        return last.resets_at, math.ceil(last.left)

    def headers(self, kind: str) -> Headers:
        """What every answer to a client of this protocol says about the windows."""
        windows = self.standing()
        return _openai(windows) if kind == "responses" else _anthropic(windows)

    def denied(self, incoming: Incoming, kind: Kind) -> str:
        """Why the vendor would answer this request with 401; "" when it would not."""
        if kind == "responses" and not incoming.header("chatgpt-account-id"):
            return "You have insufficient permissions for this operation. Missing scopes: api.write"
        if not incoming.header("authorization").startswith(f"Bearer {MARK}"):
            return "Invalid bearer token"
        if kind == "responses":
            session = incoming.header("session_id") or incoming.header("session-id")
            model_call = incoming.method == "POST"
            wanted = incoming.header("originator") and (session or not model_call)
            return "" if wanted else "originator and session_id are needed"
        if not incoming.header("anthropic-version"):
            return "anthropic-version: header is required"
        betas = {beta.strip() for beta in incoming.header("anthropic-beta").split(",")}
        if self._file.beta and self._file.beta not in betas:
            return "OAuth authentication is currently not supported."
        return ""

    def _refill(self) -> None:
        age = self._clock.monotonic() - self._mono
        for n, window in enumerate(self._file.window):
            while age >= _reset(window, self._turn[n]):
                self._turn[n] += 1
                self._tokens[n] = 0.0


def _reset(window: Window, turn: int) -> float:
    """Seconds from the start to the reset that ends this turn of the window."""
    length = window.minutes * 60
    return (length if window.reset_s is None else window.reset_s) + turn * length


def _anthropic(windows: tuple[Standing, ...]) -> Headers:
    fullest = max(windows, key=lambda window: window.used)
    status = "allowed_warning" if fullest.used >= WARN_AT else "allowed"
    status = "rejected" if fullest.used >= 1 else status
    prefix = "anthropic-ratelimit-unified"
    lines = [
        (f"{prefix}-status", status),
        (f"{prefix}-reset", str(fullest.resets_at)),
        (f"{prefix}-representative-claim", CLAIMS.get(fullest.minutes, "other")),
    ]
    for window in windows:
        name = f"{prefix}-{_length(window.minutes)}"
        lines.append((f"{name}-utilization", f"{window.used:.4f}"))
        lines.append((f"{name}-reset", str(window.resets_at)))
    return tuple(lines)


def _openai(windows: tuple[Standing, ...]) -> Headers:
    lines = []
    for slot, window in zip(SLOTS, windows, strict=False):
        lines.append((f"x-codex-{slot}-used-percent", f"{100 * window.used:.2f}"))
        lines.append((f"x-codex-{slot}-window-minutes", str(window.minutes)))
        lines.append((f"x-codex-{slot}-reset-at", str(window.resets_at)))
    return tuple(lines)


def _length(minutes: int) -> str:
    """300 as 5h, 10080 as 7d."""
    return f"{minutes // 1440}d" if minutes % 1440 == 0 else f"{max(1, minutes // 60)}h"

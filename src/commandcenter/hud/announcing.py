"""Which sentence a screen reader speaks next: danger first, at most one in two seconds."""

from typing import Literal

from commandcenter.core.base import Record
from commandcenter.core.events import Severity

Kind = Literal["danger", "refusal", "mode", "warn"]
KINDS: tuple[Kind, ...] = ("danger", "refusal", "mode", "warn")
"""What is spoken first."""
APART_S = 2.0
STALE_S = 6.0
"""A mode or refusal that waited so long is no longer true enough to be said."""


class Said(Record, frozen=True):
    """A sentence to speak; assertive ones cut the voice off."""

    text: str
    assertive: bool
    kind: Kind


class _Waits(Record, frozen=True):
    """A sentence that waits; `more` = others of its kind that came after it."""

    text: str
    since: float
    more: int = 0


class Announcer:
    """Times are monotonic seconds, given by the caller."""

    def __init__(self) -> None:
        self._waiting: dict[Kind, _Waits] = {}
        self._last = -APART_S
        self._calm = -APART_S
        """From then on the danger that was spoken is over and a warning is worth a word."""

    def alert(self, text: str, severity: Severity, now: float) -> None:
        """An alert is new, or graver than before; info is never spoken, warn not beside danger."""
        if severity == "danger":
            self._waiting.pop("warn", None)
            self._queue("danger", text, now)
        elif severity == "warn" and "danger" not in self._waiting and now >= self._calm:
            self._queue("warn", text, now)

    def mode(self, text: str, now: float) -> None:
        """The keys go elsewhere now; only the newest is said."""
        self._waiting["mode"] = _Waits(text, now)

    def refusal(self, text: str, now: float) -> None:
        """An order was not taken; only the newest is said."""
        self._waiting["refusal"] = _Waits(text, now)

    def next(self, now: float) -> Said | None:
        """What to speak now; None = nothing, or it is too soon."""
        self._waiting = {
            kind: held
            for kind, held in self._waiting.items()
            if kind in ("danger", "warn") or now - held.since <= STALE_S
        }
        if self.wait(now) > 0 or not self._waiting:
            return None
        kind = next(one for one in KINDS if one in self._waiting)
        held = self._waiting.pop(kind)
        self._last = now
        if kind == "danger":
            self._calm = now + APART_S
        more = f", and {held.more} more" if held.more else ""
        return Said(held.text + more, kind == "danger", kind)

    def wait(self, now: float) -> float:
        """Seconds until `next` may speak; 0 = now, or there is nothing to say."""
        if not self._waiting:
            return 0.0
        return max(self._last + APART_S - now, 0.0)

    @property
    def waiting(self) -> bool:
        """Is there something left to say?"""
        return bool(self._waiting)

    def _queue(self, kind: Kind, text: str, now: float) -> None:
        held = self._waiting.get(kind)
        if held is None:
            self._waiting[kind] = _Waits(text, now)
        elif held.text != text:
            self._waiting[kind] = _Waits(held.text, held.since, held.more + 1)

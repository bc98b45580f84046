"""What befalls a call: storms, planned cuts, drawn faults. The only memory beside the cache."""

import math
from collections import OrderedDict
from typing import Literal

from commandcenter.core.base import Record
from commandcenter.sparring.chance import between, chance
from commandcenter.sparring.inquiry import Inquiry, Kind
from commandcenter.sparring.scripts import Answer, Storm

REMEMBERED = 20_000


class Fate(Record, frozen=True):
    """An error status with its Retry-After in s, silence, a cut, or none; `why` a plan refused."""

    attempt: int
    status: int = 200
    retry_after: int | None = None
    silent: bool = False
    cut_at: float | None = None
    why: Literal["", "window", "stray"] = ""


class Fates:
    """Tries by fingerprint, cuts by place, storms by conversation; the oldest are forgotten."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._tries: OrderedDict[str, int] = OrderedDict()
        self._storms: dict[str, tuple[Kind, float, Storm]] = {}

    def of(self, inquiry: Inquiry, answer: Answer, now: float) -> Fate:
        """The fate of the call that arrives at `now` (monotonic s)."""
        attempt = self._counted(inquiry.fingerprint)
        if answer.storm is not None:
            storm = (inquiry.kind, now, answer.storm)
            self._storms.setdefault(inquiry.conversation, storm)
        if (left := self._burst_left(inquiry.kind, now)) > 0:
            draw = chance(answer.seed, inquiry.fingerprint, attempt, "storm")
            return Fate(attempt, 429 if draw < 0.5 else 529, max(1, math.ceil(left / self._speed)))
        if answer.cut is not None:
            place = f"cut {inquiry.conversation} {answer.script} {answer.position}"
            if self._counted(place) <= answer.cut.times:
                return Fate(attempt, cut_at=answer.cut.at)
        return _drawn(answer, inquiry.fingerprint, attempt)

    def _counted(self, key: str) -> int:
        tries = self._tries[key] = self._tries.pop(key, 0) + 1
        while len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)
        return tries

    def _burst_left(self, kind: Kind, now: float) -> float:
        """Seconds (at speed 1) until the last burst that blows on this kind of account ends."""
        left = 0.0
        for conversation, (stormy, start, storm) in list(self._storms.items()):
            age = (now - start) * self._speed
            burst = int(age // storm.every_s)
            if burst > storm.times:
                del self._storms[conversation]
            elif stormy == kind and burst >= 1:
                left = max(left, storm.burst_s - age % storm.every_s)
        return left


def _drawn(answer: Answer, fingerprint: str, attempt: int) -> Fate:
    """The fault drawn from hash(seed, fingerprint, try); at most one."""
    faults, key = answer.faults, (answer.seed, fingerprint, attempt)
    draw = chance(*key, "fault")
    for part, status in ((faults.p429, 429), (faults.p529, 529), (faults.p500, 500)):
        if draw < part:
            wait = faults.retry_after_s if status != 500 else None
            return Fate(attempt, status, wait)
        draw -= part
    if draw < faults.p_cut:
        return Fate(attempt, cut_at=between(0.1, 0.9, *key, "cut"))
    return Fate(attempt, silent=draw - faults.p_cut < faults.p_timeout)

"""Events of the engine itself: its life, orders, alerts, the clock."""

from typing import Any

from commandcenter.core.events.base import Event, Severity
from commandcenter.core.orders import AnyOrder
from commandcenter.core.refusals import Reason


class EngineStarted(Event, frozen=True):
    """An engine took the journal; `start` is the fence older messages are refused by."""

    start: int
    clean: bool
    pid: int
    version: str


class EngineStopped(Event, frozen=True):
    """The engine ended cleanly; nothing was left open."""


class SegmentOpened(Event, frozen=True):
    """A new journal file begins; `head` is the last hash of the one before, in hex."""

    previous: int
    head: str


class OrderGiven(Event, frozen=True):
    """An order came through the door; `threads` are the receivers it was resolved to."""

    id: str
    order: AnyOrder
    threads: tuple[int, ...] = ()


class OrderRefused(Event, frozen=True):
    """The whole order (thread 0) or its part for one thread was refused."""

    id: str
    reason: dict[str, Any]
    """The `Reason` as builtins: {"type": NAME, fields ...}."""
    text: str
    mend: str = ""


class OrderDone(Event, frozen=True):
    """The order was carried out; `inverse` takes it back, `redone` is what redo repeated."""

    id: str
    verb: str
    inverse: tuple[AnyOrder, ...] = ()
    undoable: bool = False
    redone: AnyOrder | None = None


class OrderUndone(Event, frozen=True):
    """An earlier order was taken back by `undo`, or proved not to be undoable any more."""

    id: str
    taken_back: bool = True


class AlertRaised(Event, frozen=True):
    """Worth a glance; `alert` is the dedupe key, `count` grows inside its window."""

    alert: str
    severity: Severity
    category: str
    line: str
    mend: str = ""
    operation: str = ""


class AlertCleared(Event, frozen=True):
    """The alert's condition is over."""

    alert: str


class WireError(Event, frozen=True):
    """A frame could not be read; the next one is."""

    reason: str
    sample: str = ""


class UsageImplausible(Event, frozen=True):
    """A provider reported numbers that cannot be; our own estimate was taken."""

    call: str
    why: str


class ClockJumped(Event, frozen=True):
    """Wall time moved against monotonic time by so many seconds."""

    seconds: float


class HostSlept(Event, frozen=True):
    """The machine slept for so many seconds."""

    seconds: float


class MirrorDiverged(Event, frozen=True):
    """A client's World differs from ours at the same seq."""

    seq_seen: int


class RecordingStopped(Event, frozen=True):
    """The journal could take no entry; every thread was held (written once it can again)."""

    why: str
    seconds: float
    lost: int = 0
    """Entries for which 64 MiB of memory were not enough."""


class DayBegan(Event, frozen=True):
    """The player's local day, as YYYY-MM-DD; the day's limit counts from here."""

    day: str


def reason_data(reason: Reason) -> dict[str, Any]:
    """The reason as builtins, with its name under `type`."""
    fields = {name: getattr(reason, name) for name in reason.__struct_fields__}
    return {"type": type(reason).__name__, **fields}

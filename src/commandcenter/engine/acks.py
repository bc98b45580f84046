"""What the sender of an order is answered, at once or when it sends the same order again."""

from collections.abc import Iterable

from commandcenter.core.codec import Fact, Stamp, load_entry
from commandcenter.core.events import OrderGiven, OrderRefused, reason_data
from commandcenter.core.orders import Given
from commandcenter.core.refusals import Reason
from commandcenter.engine.parts import Reads
from commandcenter.journal.live import Repeated
from commandcenter.link.base import Ack, Refusal

MOST = 1_000
"""Rows an answer is read back from; more receivers than that refuse without being named."""


def refusal(thread: int, reason: Reason) -> Refusal:
    """One "no", for one receiver or (0) the whole order."""
    return Refusal(thread, type(reason).__name__, reason.text(), reason.mend())


def refusals(refused_by: dict[int, Reason]) -> Iterable[Refusal]:
    """The "no" of each receiver that has one."""
    return (refusal(thread, reason) for thread, reason in refused_by.items())


def refused(given: Given, thread: int, reason: Reason) -> Fact:
    """The same as a fact."""
    event = OrderRefused(given.id, reason_data(reason), reason.text(), reason.mend())
    return Fact(event, Stamp(thread, by=given.by, cause=given.id))


async def first_answer(reader: Reads, repeated: Repeated) -> Ack:
    """What the order was answered when it came first, perhaps by an engine before this one."""
    threads: tuple[int, ...] = ()
    told: list[Refusal] = []
    last = repeated.seq - 1
    for row in await reader.rows(last, MOST):
        event = load_entry(row).event
        if not isinstance(event, OrderGiven | OrderRefused) or event.id != repeated.key:
            break
        last = row.seq
        if isinstance(event, OrderGiven):
            threads = event.threads
        else:
            reason = str(event.reason["type"])
            told.append(Refusal(row.thread, reason, event.text, event.mend))
    return Ack(repeated.key, last, threads, tuple(told))

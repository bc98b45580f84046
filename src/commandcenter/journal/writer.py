"""The one writer: appends of the event loop, committed in groups by one OS thread."""

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from commandcenter.core.codec import Draft, Row
from commandcenter.journal.live import JournalSettings, Live, Opening, Repeated
from commandcenter.journal.recovery import Found, open_live

__all__ = ["CannotRecord", "JournalSettings", "Opened", "Repeated", "Writer"]

Opened = Callable[[Row], None]
"""Told in the event loop of a new segment's `SegmentOpened`, before what was recorded after it."""
_ENTRIES = 1_000
_PER_ENTRY = 100


class CannotRecord(OSError):
    """Nothing of this was recorded; `why` is SQLite's or the system's reason, or "closed"."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the journal cannot be written: {why}")
        self.why = why


class _Append(msgspec.Struct, frozen=True):
    """Entries that wait for a commit."""

    future: "asyncio.Future[Any]"
    drafts: tuple[Draft, ...]
    flush: bool
    size: int


class _Job(msgspec.Struct, frozen=True):
    """Anything else the connection is needed for."""

    future: "asyncio.Future[Any]"
    work: Callable[[Live], object]


def _reason(exc: sqlite3.Error | OSError) -> str:
    name = getattr(exc, "sqlite_errorname", "")
    return f"{name}: {exc}" if name else str(exc)


_Outcome = tuple["asyncio.Future[Any]", object]


class Writer:
    """Made by `await Writer.open(...)`, ended by `await close(...)`; one event loop."""

    def __init__(self, settings: JournalSettings, opening: Opening, opened: Opened | None) -> None:
        """Use `open`."""
        self._settings, self._opening, self._opened = settings, opening, opened
        self._loop = asyncio.get_running_loop()
        self._change = threading.Condition()
        self._queue: deque[_Append | _Job] = deque()
        self._blocked: deque[_Append] = deque()
        self._entries = self._bytes = 0
        self._flush = self._closing = False
        self._why = ""
        self._last_seq, self._segment, self._size = 0, 0, 0
        self._ready: asyncio.Future[Found] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._batch: list[_Append | _Job] = []
        self._thread = threading.Thread(target=self._run, name="cc journal", daemon=True)
        self.found: Found

    @classmethod
    async def open(
        cls, settings: JournalSettings, opening: Opening, opened: Opened | None = None
    ) -> "Writer":
        """Take the journal up; `found` tells what it was like. Raises as `open_live` does,
        with CannotRecord in place of sqlite3.Error.

        `opening` makes the `SegmentOpened` draft, in the writer's OS thread.
        """
        writer = cls(settings, opening, opened)
        writer._thread.start()
        writer.found = await writer._ready
        return writer

    @property
    def last_seq(self) -> int:
        """The newest committed entry."""
        return self._last_seq

    @property
    def segment(self) -> int:
        """The number of the segment being written."""
        return self._segment

    @property
    def size(self) -> int:
        """Bytes of that segment after the last commit."""
        return self._size

    @property
    def why(self) -> str:
        """Why nothing but flushed entries is tried now; "" while all is well."""
        return self._why

    async def append(self, drafts: Sequence[Draft], flush: bool) -> int:
        """Record the entries in this order, side by side; the first one's seq, after COMMIT.

        Without `flush` they wait up to `window_s` for company, and for room when `queue_bytes`
        already wait: who needs an order between two appends awaits the first. With `flush` a
        commit starts now and takes all that waits along. Raises CannotRecord, Repeated (none of
        these drafts is recorded), ValueError. Cancelling does not take entries back.
        """
        if not drafts:
            raise ValueError("nothing to append")
        size = sum(len(draft.payload) + _PER_ENTRY for draft in drafts)
        item = _Append(self._loop.create_future(), tuple(drafts), flush, size)
        with self._change:
            self._refuse_closed()
            full = self._bytes > 0 and self._bytes + size > self._settings.queue_bytes
            if not flush and (full or self._blocked):
                self._blocked.append(item)
            else:
                self._enqueue(item)
        return int(await item.future)

    async def snapshot(self, seq: int, state: bytes) -> None:
        """Store World as it was after entry `seq`. Raises ValueError, CannotRecord."""
        await self._job(lambda live: live.snapshot(seq, state))

    async def probe(self) -> bool:
        """Try a durable write; True (and `room_bytes` free) lets unflushed entries in again."""
        return bool(await self._job(self._probe))

    async def close(self, state: bytes | None) -> None:
        """Record what waits, a snapshot and the mark of a clean stop; then end the OS thread.

        Raises CannotRecord when the mark could not be written: the next start is unclean then.
        """
        with self._change:
            self._refuse_closed()
            while self._blocked:
                self._enqueue(self._blocked.popleft())
            future = self._enqueue_job(lambda live: live.close(state))
            self._closing = True
        try:
            await future
        finally:
            await asyncio.shield(self._gone)
            self._thread.join()

    def _refuse_closed(self) -> None:
        if self._closing or not self._thread.is_alive():
            raise CannotRecord("closed")

    async def _job(self, work: Callable[[Live], object]) -> object:
        with self._change:
            self._refuse_closed()
            future = self._enqueue_job(work)
        return await future

    def _enqueue_job(self, work: Callable[[Live], object]) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = self._loop.create_future()
        self._queue.append(_Job(future, work))
        self._flush = True
        self._change.notify()
        return future

    def _enqueue(self, item: _Append) -> None:
        """The OS thread is woken only by what changes its mind: it costs 10 us each time."""
        first = not self._queue
        self._queue.append(item)
        self._entries += len(item.drafts)
        self._bytes += item.size
        self._flush = self._flush or item.flush
        if first or self._due():
            self._change.notify()

    def _due(self) -> bool:
        return self._flush or self._entries >= _ENTRIES

    # -- from here on in the writer's OS thread

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            self._let_go()

    def _serve(self) -> None:
        try:
            live, found = open_live(self._settings, self._opening)
        except sqlite3.Error as exc:
            self._post(self._settle, [(self._ready, CannotRecord(_reason(exc)))], None)
            return
        except (OSError, RuntimeError, ValueError) as exc:
            self._post(self._settle, [(self._ready, exc)], None)
            return
        self._why = found.why
        self._note(live)
        self._post(self._settle, [(self._ready, found)], None)
        try:
            while self._turn(live):
                pass
        finally:
            live.abandon()

    def _turn(self, live: Live) -> bool:
        """One commit, and what is best done after it; False when the writer is to end."""
        batch = self._take(self._settings.idle_s if live.untidy else None)
        appends = [item for item in batch if isinstance(item, _Append)]
        if appends:
            self._commit(live, appends)
        for item in batch:
            if isinstance(item, _Job):
                outcome = self._work(live, item)
                self._post(self._settle, [(item.future, outcome)], None)
        try:
            live.tidy(idle=not batch)
        except sqlite3.Error as exc:
            self._fail(live, exc)
        return not self._closing or bool(self._queue)

    def _take(self, idle_s: float | None) -> list[_Append | _Job]:
        """What goes into the next commit; empty when nothing came for `idle_s`."""
        with self._change:
            if not self._change.wait_for(lambda: bool(self._queue), idle_s):
                return []
            self._change.wait_for(self._due, self._settings.window_s)
            batch = self._batch = list(self._queue)
            self._queue.clear()
            self._entries = self._bytes = 0
            self._flush = False
            while self._blocked and self._bytes < self._settings.queue_bytes:
                self._enqueue(self._blocked.popleft())
            return batch

    def _commit(self, live: Live, appends: list[_Append]) -> None:
        """While something is wrong only flushed entries are tried, on the reserve's room."""
        opened: Row | None = None
        outcomes: list[_Outcome] = []
        if self._why:
            refused = [item for item in appends if not item.flush]
            outcomes += [(item.future, CannotRecord(self._why)) for item in refused]
            appends = [item for item in appends if item.flush]
        try:
            if appends:
                opened = live.rotate_if_due(appends[0].drafts[0].wall)
                results = live.write([item.drafts for item in appends])
                outcomes += zip((item.future for item in appends), results, strict=True)
        except sqlite3.Error as exc:
            self._fail(live, exc)
            outcomes += [(item.future, CannotRecord(self._why)) for item in appends]
        self._note(live)
        self._post(self._settle, outcomes, opened)

    def _work(self, live: Live, job: _Job) -> object:
        try:
            return job.work(live)
        except ValueError as exc:
            return exc
        except (sqlite3.Error, OSError) as exc:
            self._fail(live, exc)
            return CannotRecord(self._why)

    def _probe(self, live: Live) -> bool:
        good = live.probe()
        if good:
            self._why = ""
        return good

    def _fail(self, live: Live, exc: sqlite3.Error | OSError) -> None:
        self._why = _reason(exc)
        live.reserve.spend()

    def _note(self, live: Live) -> None:
        self._last_seq, self._segment = live.head.seq, live.place.number
        if not self._why:
            self._size = live.size()

    def _let_go(self) -> None:
        """Nobody may wait for a thread that is gone."""
        with self._change:
            self._closing = True
            left = [item.future for item in (*self._batch, *self._queue, *self._blocked)]
        outcomes: list[_Outcome] = [(f, CannotRecord("closed")) for f in (*left, self._ready)]
        self._post(self._settle, [*outcomes, (self._gone, None)], None)

    def _post(self, call: Callable[..., None], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop ended first: nobody waits any more
            self._loop.call_soon_threadsafe(call, *args)

    def _settle(self, outcomes: list[_Outcome], opened: Row | None) -> None:
        """In the event loop again: tell those who wait, in the order of the entries."""
        if opened is not None and self._opened is not None:
            self._opened(opened)
        for future, outcome in outcomes:
            if future.done():
                continue
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

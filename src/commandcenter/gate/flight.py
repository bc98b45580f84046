"""Flight: one try of a call, from its send to the end of its answer; metered, forwarded, cut."""

import asyncio
from collections.abc import Callable
from typing import Literal

from commandcenter.core.base import Clock
from commandcenter.gate.base import CutReason, GateSettings, Headers, Outlet
from commandcenter.gate.headers import header, headers_down
from commandcenter.gate.retry import Setback, judge, retry_after
from commandcenter.gate.upstream import Line, Outbound, Upstream
from commandcenter.wires.base import AnswerTap

End = Literal["complete", "cut", "client_gone"]
ERROR_BYTES = 1 << 20


class Flight:
    """Bytes go tap first, then outlet, in the tick they were read; no task runs per chunk.

    `ready` is resolved with None once content came, or with what stood in its way. `deliver`
    opens the way to the outlet. `on_end` is called once, when nothing more will be read.
    """

    def __init__(
        self, tap: AnswerTap, outlet: Outlet, clock: Clock, settings: GateSettings
    ) -> None:
        self.tap = tap
        self.ready: asyncio.Future[Setback | None] = asyncio.get_running_loop().create_future()
        self.status = 0
        self.bytes = 0
        self.sent_at = clock.monotonic()
        self.head_at = 0.0
        self.cut_why = ""
        self.on_head: Callable[[int, Headers], None] = lambda status, headers: None
        self.on_end: Callable[[End], None] = lambda end: None
        self._outlet: Outlet | None = outlet
        self._clock = clock
        self._settings = settings
        self._line: Line | None = None
        self._headers: Headers = ()
        self._kept: list[bytes] = []
        self._kept_size = 0
        self._direct = False
        self._begun = False
        self._delivered = False
        self._draining = False
        self._paused = False
        self._slow = False
        self._over: End | None = None
        self._set_back = False
        self._by_us = False
        self._last = self.sent_at
        self._timer: asyncio.TimerHandle | None = None

    # --- towards the provider ---------------------------------------------------------------

    async def send(self, upstream: Upstream, request: Outbound, may: Callable[[], bool]) -> None:
        """Send unless `may` says no by then; what happens after shows in `ready`."""
        self._watch(self._settings.head_s)
        try:
            line = await upstream.line()
        except OSError as error:
            self._fail(f"cannot connect: {str(error) or 'no answer in time'}")
            return
        if not self.alive:
            upstream.keep(line)
        elif not may():
            upstream.keep(line)
            self._setback(Setback("unsent", 0, "held"))
        else:
            self._line = line
            line.send(request, self)

    def head(self, status: int, headers: Headers) -> None:
        """The provider's head came."""
        self.status, self._headers = status, headers
        self.head_at = self._last = self._clock.monotonic()
        self.on_head(status, headers)
        coding = header(headers, b"content-encoding")
        if coding not in (b"", b"identity"):
            self._fail(f"a compressed answer ({coding[:20].decode('latin-1')})")
        else:
            self._watch(self._settings.byte_s)

    def data(self, data: bytes) -> None:
        """Bytes of the answer came."""
        if self.status >= 300:
            self._keep(data, ERROR_BYTES)
            return
        self.bytes += len(data)
        out = self.tap.feed(data)
        if self._direct:
            self._last = self._clock.monotonic()
            if out:
                self._outlet.write(out)  # type: ignore[union-attr]  # direct = there is an outlet
        elif out:
            self._keep(out, self._settings.drain_bytes)
            self._judge_content()
        if self.bytes > self._settings.answer_bytes:
            self._lost("the answer is over its limit")

    def done(self, error: str) -> None:
        """The answer ended, whole or not."""
        self._line = None
        if self.status >= 300 and not error:
            self._refused()
        elif error:
            self._lost(error)
        else:
            self._whole()

    # --- towards the agent ------------------------------------------------------------------

    def deliver(self, draining: bool) -> None:
        """Recorded: the agent gets the head, what came so far, and from now on all that comes."""
        self._delivered = True
        self._draining = draining
        if not draining:
            self._flush()

    def drain(self, on: bool) -> None:
        """Keep what comes for a frozen agent, or hand it over and go on."""
        self._draining = on
        if on:
            self._direct = False
        elif self._delivered:
            self._flush()

    def slow(self, on: bool) -> None:
        """The agent does not read: neither do we."""
        self._slow = on
        self._press()

    def cut(self, why: CutReason) -> bool:
        """End both sides at once; False = the answer was over."""
        return self._stop("cut", why)

    def gone(self) -> bool:
        """The agent left; a drained answer is read on. False = nothing was cut by it.

        Some agents hang up at the end mark, before the provider's last byte: that answer is whole.
        """
        if self._draining and self.status:
            self._outlet, self._direct = None, False
            self._kept, self._kept_size = [], 0
            self._press()
            return False
        return self._stop("complete" if self.tap.complete else "client_gone", "the agent left")

    @property
    def alive(self) -> bool:
        """Sent, and neither over nor set back: something may still be owed for it."""
        return self._over is None and not self._set_back

    @property
    def ours(self) -> bool:
        """Did we cut it, for a reason of the player's or the engine's?"""
        return self._by_us

    @property
    def drained(self) -> bool:
        """Is it being kept for a frozen agent?"""
        return self._draining

    # --- inside -----------------------------------------------------------------------------

    def _judge_content(self) -> None:
        """Comments alone are no content: they neither end the wait nor reset its timer."""
        if self.ready.done():
            self._last = self._clock.monotonic()
        elif self.tap.broken and not self.tap.content_started:
            self._fail(f"broken answer: {self.tap.broken}")
        elif has_content(b"".join(self._kept)):
            self._last = self._clock.monotonic()
            self.ready.set_result(None)

    def _keep(self, data: bytes, most: int) -> None:
        if self._outlet is None:
            return
        self._kept.append(data)
        self._kept_size += len(data)
        if self._kept_size > most:
            if self.status >= 300:
                self._lost("the refusal is over its limit")
            else:
                self._press()

    def _flush(self) -> None:
        """Everything kept, then directly; ends the outlet if the answer is over."""
        outlet = self._outlet
        if outlet is None:
            return
        kept, self._kept, self._kept_size = b"".join(self._kept), [], 0
        if not self._begun:
            self._begun = True
            outlet.begin(self.status, headers_down(self._headers), self)
        if kept:
            outlet.write(kept)
        self._direct = self._over is None
        if self._over == "complete":
            outlet.end()
        elif self._over is not None:
            outlet.abort("upstream")
        self._press()

    def _press(self) -> None:
        """Read the provider only while there is room for what it says."""
        full = not self._direct and self._kept_size > self._settings.drain_bytes
        wanted = self._slow or full
        if wanted != self._paused and self._line is not None:
            self._paused = wanted
            self._last = self._clock.monotonic()
            self._line.pause(wanted)

    def _whole(self) -> None:
        tail = self.tap.end()
        if not self.ready.done() and not self.tap.complete and not has_content(self._all(tail)):
            self._fail("an answer without content")
            return
        if tail:
            self._kept.append(tail)
        self._ended("complete")
        if not self.ready.done():
            self.ready.set_result(None)
        if self._delivered and not self._draining:
            self._flush()

    def _all(self, tail: bytes) -> bytes:
        return b"".join([*self._kept, tail])

    def _refused(self) -> None:
        """A whole answer that is no success: judged by its status."""
        if not self.ready.done():
            self._setback(
                Setback(
                    action=judge(self.status),
                    status=self.status,
                    why=f"HTTP {self.status}",
                    retry_after_s=retry_after(self._headers, self._clock.wall()),
                    headers=self._headers,
                    body=b"".join(self._kept),
                )
            )

    def _lost(self, why: str) -> None:
        """The answer broke off."""
        if not self.ready.done():
            self._fail(why)
        elif self._over is None:
            self._abort_line()
            self._ended("cut")
            if self._delivered and not self._draining:
                self._flush()

    def _fail(self, why: str) -> None:
        if not self.ready.done():
            self._setback(Setback("again", self.status if self.status >= 300 else 0, why))

    def _setback(self, setback: Setback) -> None:
        self._set_back = True
        self._unwatch()
        self._abort_line()
        self.ready.set_result(setback)

    def _stop(self, end: End, why: str) -> bool:
        alive, outlet, self._outlet = self.alive, self._outlet, None
        if not alive:
            if outlet is not None and self._draining and end == "cut":
                outlet.abort(why)
            return False
        self.cut_why, self._by_us = why, end == "cut"
        self._direct = False
        sent = self._line is not None
        self._abort_line()
        if not self.ready.done():
            self.ready.set_result(Setback("unsent", 0, why))
        if sent:
            self._ended(end)
        else:
            self._set_back = True
            self._unwatch()
        if outlet is not None and end == "cut":
            outlet.abort(why)
        return True

    def _ended(self, end: End) -> None:
        if self._over is None:
            self._over = end
            self._unwatch()
            self.on_end(end)

    def _abort_line(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.abort()

    def _watch(self, limit: float) -> None:
        self._unwatch()
        self._timer = asyncio.get_running_loop().call_later(limit, self._check, limit)

    def _check(self, limit: float) -> None:
        """Too long silent? Looked at once per limit, not once per chunk."""
        quiet = 0.0 if self._paused else self._clock.monotonic() - self._last
        if quiet >= limit - 0.001:
            what = "no byte" if self.head_at else "no head"
            self._lost(f"{what} for {limit:g} s")
        else:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(limit - quiet, self._check, limit)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def has_content(data: bytes) -> bool:
    """Is there anything but blank lines and comment lines of an event stream?"""
    lines = data.splitlines()
    return any(line and not line.startswith(b":") for line in lines)

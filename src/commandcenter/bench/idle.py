"""`bench idle`: a screen on which nothing lives and nobody types paints nothing and wakes never."""

import asyncio
import time
from collections import Counter
from typing import Any

from commandcenter.bench.cpu import share
from commandcenter.bench.measure import Outcome, figure, specs
from commandcenter.bench.rig import Rig
from commandcenter.bench.talk import Child

MODULE = "commandcenter.bench.screen"
LONG_S = 10.0
QUIET_S = 2.0
EDGE_S = 0.5
"""At both ends the questions themselves wake the screen."""
GONE_S = 130.0
"""An alert lingers for a minute, and a screen that rests looks once a minute."""
MINUTE_S = 60


async def measure(threads: int) -> Outcome:
    """All threads ended, the alerts gone, one thread in the inspector, offscreen."""
    limits, notes = specs("idle"), []
    async with Rig() as rig:
        made = await rig.spawn("bench", threads)
        await rig.end(made)
        screen = await Child.start(
            MODULE, {"home": str(rig.home)}, {"QT_QPA_PLATFORM": "offscreen"}
        )
        rig.meter.roots["screen"] = screen.pid
        try:
            await screen.ask("select", thread=made[0])
            waited = await _alerts_gone(screen)
            notes.append(f"{threads} ended threads; the last alert went after {waited:.0f} s")
            await asyncio.sleep(QUIET_S + _to_a_free_span(time.time()))
            rest = _Rest(screen)
            span = await rig.measured("idle", rest.pass_by)
            inside = await rest.inside()
        finally:
            await screen.end()
    for kind in ("paint", "timer"):
        who = Counter(one["who"] for one in inside if one["kind"] == kind)
        notes += [f"{kind}: {name} {count} times" for name, count in who.most_common(5)]
    kinds = Counter(one["kind"] for one in inside)
    figures = (
        figure("paints", limits["paints"], kinds["paint"]),
        figure("timers", limits["timers"], kinds["timer"]),
        figure("cpu", limits["cpu"], share(span.window, "screen")),
    )
    return Outcome("idle", figures, (span.window,), tuple(notes))


class _Rest:
    """The one span that is looked at."""

    def __init__(self, screen: Child) -> None:
        self._screen = screen
        self._begun = self._ended = 0.0

    async def pass_by(self) -> None:
        """Do nothing for so long."""
        await self._screen.ask("rest")
        self._begun = time.monotonic()
        await asyncio.sleep(LONG_S + 2 * EDGE_S)
        self._ended = time.monotonic()

    async def inside(self) -> list[dict[str, Any]]:
        """The paints and timers in it, without its edges."""
        seen: list[dict[str, Any]] = await self._screen.ask("rested")
        return [one for one in seen if self._begun + EDGE_S <= one["at"] <= self._ended - EDGE_S]


async def _alerts_gone(screen: Child) -> float:
    """Seconds until no alert lingers. Raises TimeoutError."""
    begun = time.monotonic()
    async with asyncio.timeout(GONE_S):
        while await screen.ask("rows"):  # noqa: ASYNC110  another process is asked, it tells nobody
            await asyncio.sleep(1.0)
    return time.monotonic() - begun


def _to_a_free_span(now: float) -> float:
    """Seconds until a span begins in which the clock's minute does not change."""
    left = MINUTE_S - now % MINUTE_S
    need = LONG_S + 2 * EDGE_S + QUIET_S + 1.0
    return 0.0 if left > need else left + 0.5

"""What the player did on the screen, recorded, and the figures that are folded from it.

acted {acts: [{kind, target, wall, source}]} -> {recorded}: at most 200 acts at once. `kind` and
  `target` (a hash of the receivers, a group as `group:3`) are short words, `wall` is in ns,
  `source` key or mouse. Raises ValueError for anything else.
metrics {since?: wall ns} -> the figures from `since` on (when the screen opened; else since the
  engine began): apm, epm (of the last 60 s), apm_session, epm_session (per active minute),
  actions, effective, auto, active_s, decisions, decisions_per_hour, decision_median_s (null =
  none), results (that the player looked at), usd_per_result and practice_per_result (text, null =
  no result, or nothing spent of that kind), judged_at (wall ns up to which they are final).
"""

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from commandcenter.core.base import NS
from commandcenter.core.codec import Fact, Row, Stamp, load_entry
from commandcenter.core.events import Act, PlayerActed
from commandcenter.core.world import World
from commandcenter.rules.metrics import JUDGED_NS, KINDS, Tally

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

ACTS: Final = 200
WORD: Final = 64
OLD_NS: Final = 600 * NS
AHEAD_NS: Final = 5 * NS
"""An act may lie so far behind or ahead of our clock."""
READ: Final = 5_000
NEWEST: Final = 1 << 62


class Measures:
    """One engine's tally: read back once somebody asks for it, then kept up as entries come."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts
        self._tally = Tally()
        self._seq = 0
        """Taken up to here."""
        self._reads = asyncio.Lock()
        self._known = False

    async def tally(self) -> Tally:
        """With everything that was committed so far."""
        async with self._reads:
            if not self._known:
                await self._read()
        return self._tally

    async def _read(self) -> None:
        """The journal's last entries, and what is committed while they are read."""
        early: list[Row] = []
        unlisten = self._parts.ledger.listen(early.extend)
        try:
            rows = await self._parts.reader.tail(None, NEWEST, READ, KINDS)
        finally:
            unlisten()
        self._take([*rows, *early])
        self._parts.ledger.listen(self._take)
        self._known = True

    def _take(self, rows: list[Row]) -> None:
        for row in rows:
            if row.kind in KINDS and row.seq > self._seq:
                self._seq = row.seq
                self._tally.take(load_entry(row))


async def acted(engine: "Engine", args: dict[str, Any]) -> dict[str, int]:
    """Record what the player did. Raises ValueError for what no screen sends."""
    acts: list[Act] = msgspec.convert(args.get("acts", []), list[Act])
    now = engine.parts.clock.wall()
    if len(acts) > ACTS:
        raise ValueError(f"at most {ACTS} acts at once")
    for act in acts:
        if not (0 < len(act.kind) <= WORD and len(act.target) <= WORD):
            raise ValueError("kind and target of an act are short words")
        if not now - OLD_NS <= act.wall <= now + AHEAD_NS:
            raise ValueError("the act is of another time")
    if acts:
        event = PlayerActed(tuple(acts))
        engine.parts.ledger.post([Fact(event, Stamp(by="player"))])
    return {"recorded": len(acts)}


async def metrics(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """The player's figures at this moment."""
    parts = engine.parts
    now, since = parts.clock.wall(), int(args.get("since", 0)) or parts.started
    figures = (await engine.measures.tally()).figures(now, since)
    return {
        **msgspec.structs.asdict(figures),
        **per_result(parts.world),
        "judged_at": now - JUDGED_NS,
    }


def per_result(world: World) -> dict[str, Any]:
    """What was spent in all for each result that the player looked at."""
    heads = world.threads.values()
    results = sum(head.results_seen for head in heads)
    usd = sum((head.spent.usd for head in heads), Decimal(0))
    practice = sum((head.spent.practice for head in heads), Decimal(0))
    return {
        "results": results,
        "usd_per_result": _each(usd, results),
        "practice_per_result": _each(practice, results),
    }


def _each(spent: Decimal, results: int) -> str | None:
    return str(round(spent / results, 4)) if results and spent else None

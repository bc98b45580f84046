"""The limit action `downgrade`: one step down the ladder and a last grant, once; then pause."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from commandcenter.core.base import OrderId
from commandcenter.core.codec import Fact, Row, Stamp, load_entry
from commandcenter.core.events import LimitSet
from commandcenter.core.orders import Downgrade, Given
from commandcenter.core.refusals import Refused
from commandcenter.core.world import Head
from commandcenter.engine.laddering import next_rung
from commandcenter.engine.limits import limit_of, push_limits

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

REACHED: Final = "budget:"
"""Alerts of the gate for a limit that holds a thread, followed by its scope."""
GRANT: Final = Decimal("1.2")


class LastGrants:
    """Listens for limits that were reached."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._under_way: set[str] = set()

    def rows(self, rows: list[Row]) -> None:
        """After each commit."""
        for row in rows:
            if row.kind == "AlertRaised":
                event: Any = load_entry(row).event
                scope = event.alert.removeprefix(REACHED)
                if scope != event.alert and self._wanted(scope):
                    self._under_way.add(scope)
                    self._engine.parts.tasks.spawn(self._grant(scope), f"last grant {scope}")

    def _wanted(self, scope: str) -> bool:
        if not scope.startswith(("#", "@op:")) or scope in self._under_way:
            return False
        return limit_of(self._engine.parts.world, scope).at_limit == "downgrade"

    async def _grant(self, scope: str) -> None:
        """Where no thread of it can take a step down, the limit pauses as any other."""
        try:
            heads = [head for head in self._heads(scope) if self._steps(head)]
            if heads:
                await self._granted(scope, heads)
        finally:
            self._under_way.discard(scope)

    async def _granted(self, scope: str, heads: list[Head]) -> None:
        parts = self._engine.parts
        old = limit_of(parts.world, scope)
        usd = None if old.usd is None else old.usd * GRANT
        tokens = None if old.tokens is None else int(old.tokens * GRANT)
        owner = int(scope[1:]) if scope.startswith("#") else 0
        fact = Fact(LimitSet(scope, usd, tokens, "pause", old.share, old.reported), Stamp(owner))
        await parts.ledger.commit([fact])
        for head in heads:
            given = Given(OrderId(parts.ids.fresh()), Downgrade(f"#{head.id}"), "rule")
            await self._engine.submit(given)
            await self._engine.carried_out(given.id)
        push_limits(parts.gate, parts.world, (scope,))

    def _heads(self, scope: str) -> list[Head]:
        world = self._engine.parts.world
        if scope.startswith("#"):
            return [world.threads[int(scope[1:])]]
        return [h for h in world.threads.values() if h.operation == scope[4:]]

    def _steps(self, head: Head) -> bool:
        if head.state == "ended" or not head.account:
            return False
        try:
            next_rung(self._engine.parts, head, "down")
        except Refused:
            return False
        return True

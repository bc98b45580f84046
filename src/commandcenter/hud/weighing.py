"""What a wait costs and what an answer takes: the figures behind the attention queue (economy 9).

Dollars a minute. A thread that pays nothing still costs the floor: somebody waits for its work.
"""

from collections.abc import Sequence
from statistics import median
from typing import Literal

from commandcenter.core.base import NS, Record
from commandcenter.core.events import Severity
from commandcenter.core.world import Head, World
from commandcenter.hud import words
from commandcenter.hud.words import since, usd

Kind = Literal["approval", "question", "limit", "alert", "review"]
START_S: dict[Kind, float] = {
    "approval": 8.0,
    "limit": 10.0,
    "question": 25.0,
    "alert": 30.0,
    "review": 120.0,
}
"""Expected handling times until the player's own are known."""
RISK: dict[Severity, int] = {"info": 1, "warn": 2, "danger": 4}
FLOOR = 0.02
CACHE_S = 300.0
LAPSE_S = 60.0
"""The cache counts in the last minute of its lifetime."""
_LEARNT = 5
_KEPT = 31
_LONGEST_S = 600.0
_BINS_PER_MIN = 120
_CACHED, _OUTPUT = 0.1, 5
"""List prices of cached input and output, as multiples of plain input."""


class Handling:
    """How long the player takes for each kind; start values until five were seen."""

    def __init__(self) -> None:
        self._seen: dict[Kind, list[float]] = {}

    def learn(self, kind: Kind, seconds: float) -> None:
        """One entry was handled in so many seconds; over ten minutes the player was away."""
        if 0 < seconds <= _LONGEST_S:
            self._seen[kind] = [*self._seen.get(kind, ()), seconds][-_KEPT:]

    def of(self, kind: Kind) -> float:
        """Expected seconds for one entry of this kind."""
        seen = self._seen.get(kind, [])
        return max(median(seen), 1.0) if len(seen) >= _LEARNT else START_S[kind]

    def known(self) -> dict[str, tuple[float, ...]]:
        """What was seen, to be kept between two runs."""
        return {kind: tuple(seen) for kind, seen in self._seen.items()}

    def restore(self, known: dict[str, tuple[float, ...]]) -> None:
        """What an earlier run has seen; kinds unknown here are left out."""
        for kind in START_S:
            for seconds in known.get(kind, ()):
                self.learn(kind, seconds)


class Cost(Record, frozen=True):
    """Dollars a minute that an entry costs while it waits, and how many threads it holds."""

    per_min: float = 0.0
    worth: float = 0.0
    """The same weighed by risk and by the thread's priority: what the rank is made of."""
    blocks: int = 0
    practice: bool = False
    """All of it would be practice dollars."""

    def words(self) -> str:
        """`blocks 3 · $0.42/min`; what holds nobody and costs nothing says nothing."""
        blocks = f"blocks {self.blocks}" if self.blocks else ""
        money = f"{usd(self.per_min, self.practice)}/min" if self.per_min >= 0.005 else ""
        return " · ".join(part for part in (blocks, money) if part)


def value(head: Head) -> float:
    """A thread's own median burn while it was active, at least the floor."""
    active = [tokens for tokens in head.bins if tokens > 0]
    if not active:
        return FLOOR
    return max(median(active) * _BINS_PER_MIN * _per_token(head), FLOOR)


def behind(head: Head, world: World) -> int:
    """How many threads wait for this one: its live ancestors."""
    count, seen = 0, {head.id}
    parent = world.threads.get(head.parent)
    while parent is not None and parent.id not in seen:
        seen.add(parent.id)
        count += parent.state != "ended"
        parent = world.threads.get(parent.parent)
    return count


def waiting(head: Head, world: World, severity: Severity, now: int) -> Cost:
    """What a thread costs that does nothing until the player acts."""
    held = 1 + behind(head, world)
    dollars, cache = held * value(head), _cache(head, now)
    worth = RISK[severity] * head.weight * dollars + cache
    return Cost(dollars + cache, worth, held, practises(head, world))


def doubted(head: Head, world: World, severity: Severity) -> Cost:
    """What a thread costs that runs on under suspicion: its burn, spent perhaps for nothing."""
    burn = value(head)
    return Cost(burn, RISK[severity] * head.weight * burn, 0, practises(head, world))


def looked_at(head: Head, world: World) -> Cost:
    """What a result costs that nobody has looked at: those that wait for it."""
    held = 1 + behind(head, world)
    return Cost(held * value(head), head.weight * held * value(head), 0, practises(head, world))


def together(costs: Sequence[Cost]) -> Cost:
    """What one answer frees."""
    practice = bool(costs) and all(cost.practice for cost in costs)
    worth, blocks = sum(c.worth for c in costs), sum(c.blocks for c in costs)
    return Cost(sum(c.per_min for c in costs), worth, blocks, practice)


def practises(head: Head, world: World) -> bool:
    """Does it pay with practice dollars alone, or will once it has paid anything?"""
    account = world.accounts.get(head.account)
    return not head.spent.usd and (bool(head.spent.practice) or words.practises(head, account))


def _per_token(head: Head) -> float:
    paid = head.spent.usd or head.spent.practice or head.spent.plan
    return float(paid) / head.tokens.total if head.tokens.total else 0.0


def _cache(head: Head, now: int) -> float:
    """Dollars a minute lost when the provider's cache lapses, in its last minute alone."""
    left = CACHE_S - since(head.moved, now)
    if not 0 <= left <= LAPSE_S or not head.moved:
        return 0.0
    tokens, paid = head.tokens, float(head.spent.usd or head.spent.practice)
    plain = tokens.input - tokens.cached_read * (1 - _CACHED) + tokens.output * _OUTPUT
    price = paid / plain if plain > 0 else 0.0
    return head.context_used * price * (1 - _CACHED)


def old(then: int, now: int) -> bool:
    """Has it waited for ten minutes (wall ns)?"""
    return now - then > 600 * NS

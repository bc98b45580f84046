"""What a resume costs when the providers' caches have lapsed: said before the key is pressed."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from commandcenter.core.base import NS, Record
from commandcenter.core.world import Head, World
from commandcenter.hud import words
from commandcenter.hud.windows import Moves, TimeOfDay, closed, filled, opens

CACHE_S = 300
"""A provider keeps a conversation's cache about so long after its last call."""
_STOPPED = frozenset({"paused", "frozen", "hibernated"})
_CACHED, _OUTPUT = 0.1, 5
"""List prices of cached input and output, as multiples of plain input: nearly so everywhere."""


class Cold(Record, frozen=True):
    """What resuming these threads sends anew; a share or dollars only where they are known."""

    count: int
    tokens: int
    plan: str = ""
    """`CLAUDE 5 h`: the window that pays."""
    share: float | None = None
    usd: Decimal | None = None
    waits: int = 0
    opens: int = 0
    """So many wait for their window until wall ns."""


def cold(world: World, moves: Moves, ids: Sequence[int], now: int) -> Cold | None:
    """What the stopped ones among these threads cost at wall `now` (ns); None: their caches live.

    Agents of our own machine and practice threads have no price, only tokens.
    """
    heads = [world.threads[thread] for thread in ids if thread in world.threads]
    heads = [head for head in heads if head.state in _STOPPED and head.context_used]
    lapsed = [head for head in heads if now - head.moved > CACHE_S * NS]
    if not lapsed:
        return None
    held: Counter[str] = Counter()
    for head in lapsed:
        held[head.account] += head.context_used
    plan, share = filled(world, moves, held)
    waits, opening = _waits(world, heads, now)
    return Cold(
        len(lapsed),
        sum(head.context_used for head in lapsed),
        plan,
        share,
        _dollars(world, lapsed),
        waits,
        opening,
    )


def sentence(found: Cold, clock: TimeOfDay) -> str:
    """`resume 21: about 1.9 M tokens uncached, 9 % of CLAUDE 5 h; 4 wait for it until 14:05`."""
    text = f"resume {found.count}: about {words.tokens(found.tokens)} tokens uncached"
    if found.plan:
        share = "a part" if found.share is None else _percent(found.share)
        text += f", {share} of {found.plan}"
    if found.usd is not None:
        text += f", about {words.usd(found.usd)}"
    if found.waits:
        text += f"; {found.waits} wait for their window until {clock(found.opens)}"
    return text


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.01 else "under 1 %"


def _waits(world: World, heads: Sequence[Head], now: int) -> tuple[int, int]:
    count, when = 0, 0
    for head in heads:
        account = world.accounts.get(head.account)
        shut = [one for one in account.windows if closed(account, one, now)] if account else []
        if account is not None and shut:
            count += 1
            when = max(when, opens(account, shut[0], now))
    return count, when


def _dollars(world: World, heads: Sequence[Head]) -> Decimal | None:
    """By what each thread itself paid for a plain input token so far; None = nobody's is known."""
    total, known = 0.0, False
    for head in heads:
        tokens, paid = head.tokens, float(head.spent.usd)
        plain = tokens.input - tokens.cached_read * (1 - _CACHED) + tokens.output * _OUTPUT
        if paid > 0 and plain > 0:
            total, known = total + paid / plain * head.context_used, True
    return Decimal(f"{total:.2f}") if known else None

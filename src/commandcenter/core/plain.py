"""Parts of World as plain records, for `status` and the command line: nothing is left out."""

from typing import Any

from commandcenter.core.world import BIN_NS, Head, Limit, Spent, Tokens

BURN_BINS = 20


def tokens(sums: Tokens, live: int = 0) -> dict[str, Any]:
    """The meter's sums; `live` = estimate of calls in flight, part of none of them."""
    return {
        "input": sums.input,
        "cached_read": sums.cached_read,
        "cached_write": sums.cached_write,
        "output": sums.output,
        "thinking": sums.thinking,
        "counts": "estimated" if sums.estimated else "exact",
        "source": "gate",
        "calls": sums.calls,
        "live": live,
    }


def cost(spent: Spent) -> dict[str, Any]:
    """Money as decimal text, never a float. `usd` None = not known.

    `list_value_usd` is what plan calls would cost, in no sum. Where all calls were practice,
    `usd` is practice dollars and `basis` says so; else real money,
    with practice dollars beside it, never in it.
    """
    practice = spent.basis == ("practice",)
    real = spent.practice if practice else spent.usd
    return {
        "usd": None if spent.unknown and not real else str(real),
        "practice_usd": str(spent.practice),
        "list_value_usd": str(spent.plan),
        "known": not spent.unknown,
        "basis": ",".join(spent.basis),
        "priced_as": spent.priced_as,
    }


def limit(one: Limit) -> dict[str, Any]:
    """A scope's limit; None = none."""
    return {
        "usd": str(one.usd) if one.usd is not None else None,
        "tokens": one.tokens,
        "at_limit": one.at_limit,
        "share": one.share,
        "reported": one.reported,
    }


def burn(head: Head, wall: int) -> float:
    """Tokens per second over the last 10 s before `wall` (ns), from the tile's bins."""
    first = wall // BIN_NS - BURN_BINS
    start = head.bin_at - len(head.bins) + 1
    recent = (count for at, count in enumerate(head.bins, start) if at > first)
    return round(sum(recent) / 10, 1)

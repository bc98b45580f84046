"""Ledgers as plain records, for `status` and `threads`."""

from typing import Any

from commandcenter.core.world import Spent


def spent_record(spent: Spent) -> dict[str, Any]:
    """usd and practice dollars as text; `known` False when a part has no known price."""
    return {
        "usd": str(spent.usd),
        "practice": str(spent.practice),
        "known": not spent.unknown,
        "basis": list(spent.basis),
        "priced_as": spent.priced_as,
    }

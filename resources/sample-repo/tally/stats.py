"""Figures over entries."""

from collections import defaultdict
from datetime import date
from statistics import median

from tally.ledger import Entry


def per_month(entries: list[Entry]) -> dict[date, int]:
    """Cents by the first day of each month that has entries, in order."""
    totals: dict[date, int] = defaultdict(int)
    for entry in entries:
        totals[entry.day.replace(day=1)] += entry.cents
    return dict(sorted(totals.items()))


def typical(entries: list[Entry]) -> int:
    """The median amount without its sign; 0 without entries."""
    return int(median(abs(entry.cents) for entry in entries)) if entries else 0


def largest(entries: list[Entry], count: int = 3) -> list[Entry]:
    """The entries that move most, the largest first."""
    return sorted(entries, key=lambda entry: abs(entry.cents), reverse=True)[:count]

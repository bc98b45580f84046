"""Monthly limits per account."""

from datetime import date

from tally.accounts import is_below
from tally.ledger import Entry


def spent(entries: list[Entry], account: str, month: date) -> int:
    """Cents booked on the account and below it in the month of the given day."""
    return sum(
        entry.cents
        for entry in entries
        if is_below(entry.account, account)
        and (entry.day.year, entry.day.month) == (month.year, month.month)
    )


def left(limit: int, used: int) -> int:
    """What may still be spent; never below zero."""
    return max(0, limit - used)


def share(limit: int, used: int) -> float:
    """The part of the limit that is used; a limit of zero counts as used up."""
    return used / limit if limit > 0 else 1.0


def warning(limit: int, used: int) -> str:
    """Nothing, "near" from 80 % on, "over" above the limit."""
    if used > limit:
        return "over"
    return "near" if share(limit, used) >= 0.8 else ""

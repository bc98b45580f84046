"""Entries and balances."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Entry:
    """One booking: a day, an account, whole cents and a note."""

    day: date
    account: str
    cents: int
    note: str = ""


def accounts(entries: list[Entry]) -> list[str]:
    """Every account that was booked on, sorted."""
    return sorted({entry.account for entry in entries})


def balance(entries: list[Entry], account: str, until: date | None = None) -> int:
    """Cents on the account at the end of the day `until`, or of all time."""
    booked = [entry for entry in entries if entry.account == account]
    if until is not None:
        booked = [entry for entry in booked if entry.day < until]
    return sum(entry.cents for entry in booked)


def is_balanced(entries: list[Entry]) -> bool:
    """Do all entries sum to zero?"""
    return sum(entry.cents for entry in entries) == 0

"""Choosing entries."""

from datetime import date

from tally.ledger import Entry


def by_text(entries: list[Entry], word: str) -> list[Entry]:
    """Entries whose note holds the word; upper and lower case are the same."""
    return [entry for entry in entries if word in entry.note]


def between(entries: list[Entry], first: date, last: date) -> list[Entry]:
    """Entries from the first to the last day, both included."""
    return [entry for entry in entries if first <= entry.day <= last]


def at_least(entries: list[Entry], cents: int) -> list[Entry]:
    """Entries of at least so many cents, whatever their sign."""
    return [entry for entry in entries if abs(entry.cents) >= cents]

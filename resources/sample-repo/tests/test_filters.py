"""Choosing entries."""

import unittest
from datetime import date

from tally.filters import at_least, between, by_text
from tally.ledger import Entry

ENTRIES = [
    Entry(date(2026, 3, 1), "food", 1250, "Lunch with Ada"),
    Entry(date(2026, 3, 5), "food", -300, "returned bottle"),
    Entry(date(2026, 4, 1), "rent", 90000, "april"),
]


class Filters(unittest.TestCase):
    """By text, day and size."""

    def test_text(self) -> None:
        self.assertEqual(by_text(ENTRIES, "bottle"), [ENTRIES[1]])

    def test_text_in_any_case(self) -> None:
        self.assertEqual(by_text(ENTRIES, "LUNCH"), [ENTRIES[0]])

    def test_between_includes_both_days(self) -> None:
        found = between(ENTRIES, date(2026, 3, 1), date(2026, 3, 5))
        self.assertEqual(found, ENTRIES[:2])

    def test_at_least_ignores_the_sign(self) -> None:
        self.assertEqual(at_least(ENTRIES, 300), ENTRIES)

    def test_nothing_found(self) -> None:
        self.assertEqual(by_text(ENTRIES, "train"), [])

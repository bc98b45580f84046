"""Figures."""

import unittest
from datetime import date

from tally.ledger import Entry
from tally.stats import largest, per_month, typical

ENTRIES = [
    Entry(date(2026, 4, 2), "rent", 90000),
    Entry(date(2026, 3, 1), "food", 1250),
    Entry(date(2026, 3, 5), "food", -300),
]


class Stats(unittest.TestCase):
    """Months, median, largest."""

    def test_months_in_order(self) -> None:
        self.assertEqual(
            list(per_month(ENTRIES).items()),
            [(date(2026, 3, 1), 950), (date(2026, 4, 1), 90000)],
        )

    def test_typical(self) -> None:
        self.assertEqual(typical(ENTRIES), 1250)

    def test_typical_of_nothing(self) -> None:
        self.assertEqual(typical([]), 0)

    def test_largest(self) -> None:
        self.assertEqual(largest(ENTRIES, 2), [ENTRIES[0], ENTRIES[1]])

    def test_largest_of_few(self) -> None:
        self.assertEqual(len(largest(ENTRIES, 9)), 3)

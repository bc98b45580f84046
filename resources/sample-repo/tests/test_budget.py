"""Monthly limits."""

import unittest
from datetime import date

from tally.budget import left, share, spent, warning
from tally.ledger import Entry


class Budget(unittest.TestCase):
    """What is spent and what is left."""

    def test_spent_in_one_month(self) -> None:
        entries = [
            Entry(date(2026, 3, 1), "food:lunch", 1250),
            Entry(date(2026, 3, 31), "food", 800),
            Entry(date(2026, 4, 1), "food", 999),
        ]
        self.assertEqual(spent(entries, "food", date(2026, 3, 15)), 2050)

    def test_left_is_never_negative(self) -> None:
        self.assertEqual([left(100, 30), left(100, 130)], [70, 0])

    def test_share(self) -> None:
        self.assertEqual(share(200, 50), 0.25)

    def test_share_of_nothing(self) -> None:
        self.assertEqual(share(0, 0), 1.0)

    def test_warning(self) -> None:
        self.assertEqual([warning(100, used) for used in (79, 80, 101)], ["", "near", "over"])

"""Entries and balances."""

import unittest
from datetime import date

from tally.ledger import Entry, accounts, balance, is_balanced

ENTRIES = [
    Entry(date(2026, 3, 1), "food", 1250),
    Entry(date(2026, 3, 1), "cash", -1250),
    Entry(date(2026, 3, 4), "food", 500),
]


class Ledger(unittest.TestCase):
    """Sums over entries."""

    def test_accounts(self) -> None:
        self.assertEqual(accounts(ENTRIES), ["cash", "food"])

    def test_balance(self) -> None:
        self.assertEqual(balance(ENTRIES, "food"), 1750)

    def test_balance_of_an_unknown_account(self) -> None:
        self.assertEqual(balance(ENTRIES, "rent"), 0)

    def test_balance_until_includes_the_day(self) -> None:
        self.assertEqual(balance(ENTRIES, "food", date(2026, 3, 4)), 1750)
        self.assertEqual(balance(ENTRIES, "food", date(2026, 3, 3)), 1250)

    def test_balanced(self) -> None:
        self.assertTrue(is_balanced(ENTRIES[:2]))
        self.assertFalse(is_balanced(ENTRIES))

"""Plain text reports."""

import unittest
from datetime import date

from tally.ledger import Entry
from tally.report import report, row, rule


class Cutting(unittest.TestCase):
    """Names longer than their column."""

    def test_long_name_ends_with_an_ellipsis(self) -> None:
        label = row("expenses:household:repairs", 1234)[:20]
        self.assertEqual(label, "expenses:household:…")

    def test_exact_name_is_whole(self) -> None:
        self.assertEqual(row("a" * 20, 1234)[:20], "a" * 20)


class Aligning(unittest.TestCase):
    """Amounts below each other."""

    def test_amount_ends_at_the_right_edge(self) -> None:
        self.assertEqual(row("cash", 1234), "cash" + " " * 23 + "12.34")

    def test_width(self) -> None:
        self.assertEqual(len(row("cash", 1234, width=40)), 40)


class Report(unittest.TestCase):
    """The whole text."""

    def test_rule(self) -> None:
        self.assertEqual(rule(5), "-----")

    def test_rows_and_total(self) -> None:
        entries = [Entry(date(2026, 3, 1), name, 1234) for name in ("food", "rent")]
        lines = report(entries).splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["food", "rent", rule(), "total"])
        self.assertEqual(lines[3].split()[1], "24.68")

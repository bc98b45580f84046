"""Lines to entries."""

import unittest
from datetime import date

from tally.ledger import Entry
from tally.parser import ParseError, parse, parse_line


class Parser(unittest.TestCase):
    """One line, many lines."""

    def test_line(self) -> None:
        entry = parse_line("2026-03-01 food 12.50 lunch with Ada")
        self.assertEqual(entry, Entry(date(2026, 3, 1), "food", 1250, "lunch with Ada"))

    def test_line_without_a_note(self) -> None:
        self.assertEqual(parse_line("2026-03-01 food 3").note, "")

    def test_short_line(self) -> None:
        with self.assertRaisesRegex(ParseError, "line 7"):
            parse_line("2026-03-01 food", 7)

    def test_comment(self) -> None:
        self.assertEqual(parse("# March\n2026-03-01 food 3\n")[0].cents, 300)

    def test_empty_line_is_skipped(self) -> None:
        text = "2026-03-01 food 3\n\n   \n2026-03-02 food 4\n"
        self.assertEqual([entry.cents for entry in parse(text)], [300, 400])

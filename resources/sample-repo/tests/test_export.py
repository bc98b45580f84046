"""CSV and JSON."""

import csv
import io
import json
import unittest
from datetime import date

from tally.export import HEAD, to_csv, to_json
from tally.ledger import Entry

ENTRY = Entry(date(2026, 3, 1), "food", 1250, "lunch")


class Export(unittest.TestCase):
    """What other programs read."""

    def test_head(self) -> None:
        self.assertEqual(to_csv([]), HEAD + "\n")

    def test_plain_line(self) -> None:
        self.assertEqual(to_csv([ENTRY]).splitlines()[1], "2026-03-01,food,1250,lunch")

    def test_comma_in_a_note(self) -> None:
        entry = Entry(date(2026, 3, 1), "food", 1250, "bread, butter")
        rows = list(csv.reader(io.StringIO(to_csv([entry]))))
        self.assertEqual(rows[1], ["2026-03-01", "food", "1250", "bread, butter"])

    def test_quote_in_a_note(self) -> None:
        entry = Entry(date(2026, 3, 1), "books", 900, 'the "blue" one')
        rows = list(csv.reader(io.StringIO(to_csv([entry]))))
        self.assertEqual(rows[1][3], 'the "blue" one')

    def test_json(self) -> None:
        self.assertEqual(json.loads(to_json([ENTRY]))[0]["cents"], 1250)

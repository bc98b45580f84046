"""Days and months."""

import unittest
from datetime import date

from tally.dates import add_months, month_end, parse_date, quarter


class Dates(unittest.TestCase):
    """Parsing and steps of months."""

    def test_parse(self) -> None:
        self.assertEqual(parse_date("2026-03-01"), date(2026, 3, 1))

    def test_parse_refuses(self) -> None:
        self.assertRaises(ValueError, parse_date, "01.03.2026")

    def test_month_end(self) -> None:
        self.assertEqual(month_end(date(2024, 2, 3)), date(2024, 2, 29))

    def test_add_months_over_the_year(self) -> None:
        self.assertEqual(add_months(date(2026, 11, 5), 3), date(2027, 2, 5))

    def test_add_months_to_a_shorter_month(self) -> None:
        self.assertEqual(add_months(date(2026, 1, 31), 1), date(2026, 2, 28))

    def test_quarter(self) -> None:
        self.assertEqual([quarter(date(2026, month, 1)) for month in (1, 3, 4, 12)], [1, 1, 2, 4])

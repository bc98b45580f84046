"""Amounts."""

import unittest

from tally.money import divide, format_amount, parse_amount


class Parsing(unittest.TestCase):
    """Text to cents."""

    def test_places(self) -> None:
        self.assertEqual([parse_amount(text) for text in ("12.5", "-3", "0.07")], [1250, -300, 7])

    def test_refused(self) -> None:
        for text in ("", "abc", "1.234"):
            self.assertRaises(ValueError, parse_amount, text)

    def test_divide(self) -> None:
        self.assertEqual(divide(1000, 3), [334, 333, 333])


class Signs(unittest.TestCase):
    """Amounts below zero."""

    def test_negative(self) -> None:
        self.assertEqual(format_amount(-150), "-1.50")

    def test_minus_stands_before_the_symbol(self) -> None:
        self.assertEqual(format_amount(-123456, "€"), "-€1,234.56")


class Cents(unittest.TestCase):
    """Two places, always."""

    def test_thousands(self) -> None:
        self.assertEqual(format_amount(1234567), "12,345.67")

    def test_few_cents(self) -> None:
        self.assertEqual(format_amount(1205), "12.05")

    def test_no_cents(self) -> None:
        self.assertEqual(format_amount(700, "$"), "$7.00")

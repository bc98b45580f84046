"""Exchange rates."""

import unittest

from tally.rates import convert, cross, missing

RATES = {"EUR": 1.0, "USD": 0.8, "GBP": 1.25}


class Rates(unittest.TestCase):
    """From one currency to another."""

    def test_same_currency(self) -> None:
        self.assertEqual(convert(199, "USD", "USD", RATES), 199)

    def test_to_the_base(self) -> None:
        self.assertEqual(convert(1000, "USD", "EUR", RATES), 800)

    def test_from_the_base(self) -> None:
        self.assertEqual(convert(1000, "EUR", "GBP", RATES), 800)

    def test_cross(self) -> None:
        self.assertAlmostEqual(cross("GBP", "USD", RATES), 1.5625)

    def test_missing(self) -> None:
        self.assertEqual(missing({"USD", "SEK", "CHF"}, RATES), ["CHF", "SEK"])

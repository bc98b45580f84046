"""Bookings that come again."""

import unittest
from datetime import date

from tally.schedule import every, is_workday, next_workday

FRIDAY = date(2026, 3, 6)
SATURDAY = date(2026, 3, 7)
MONDAY = date(2026, 3, 9)


class Schedule(unittest.TestCase):
    """Workdays and steps."""

    def test_friday_is_a_workday(self) -> None:
        self.assertTrue(is_workday(FRIDAY))

    def test_saturday_is_none(self) -> None:
        self.assertFalse(is_workday(SATURDAY))

    def test_next_workday(self) -> None:
        self.assertEqual([next_workday(FRIDAY), next_workday(SATURDAY)], [FRIDAY, MONDAY])

    def test_every_week(self) -> None:
        self.assertEqual(every(date(2026, 3, 1), 7, date(2026, 3, 15))[-1], date(2026, 3, 15))

    def test_step_of_nothing(self) -> None:
        self.assertRaises(ValueError, every, FRIDAY, 0, MONDAY)

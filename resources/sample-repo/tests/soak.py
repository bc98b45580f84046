"""Replays a day of bookings slowly; run by name, `python -m unittest -q tests.soak`."""

import time
import unittest
from datetime import date, timedelta

from tally.ledger import Entry, balance

BOOKINGS = 45
PAUSE_S = 0.1


class Soak(unittest.TestCase):
    """A balance that is asked for while entries keep coming."""

    def test_replay(self) -> None:
        entries: list[Entry] = []
        for n in range(1, BOOKINGS + 1):
            entries.append(Entry(date(2026, 1, 1) + timedelta(days=n), "cash", n))
            time.sleep(PAUSE_S)
            self.assertEqual(balance(entries, "cash"), n * (n + 1) // 2)

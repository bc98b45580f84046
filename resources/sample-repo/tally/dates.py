"""Days and months."""

import calendar
from datetime import date


def parse_date(text: str) -> date:
    """2026-03-01 as a date; ValueError for anything else."""
    return date.fromisoformat(text)


def month_end(day: date) -> date:
    """The last day of the month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day some months later; the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    return first.replace(day=day.day)


def quarter(day: date) -> int:
    """1 to 4."""
    return (day.month - 1) // 3 + 1

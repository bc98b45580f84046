"""Bookings that come again."""

from datetime import date, timedelta


def is_workday(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() <= 5


def next_workday(day: date) -> date:
    """The day itself, or the first workday after it."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def every(first: date, days: int, last: date) -> list[date]:
    """Every so many days from the first to the last day, both included."""
    if days < 1:
        raise ValueError("a step of at least one day")
    count = (last - first).days // days + 1
    return [first + timedelta(days=days * n) for n in range(max(0, count))]

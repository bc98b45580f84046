"""Moments (wall, ns) as the clock of the person has them."""

from datetime import UTC, datetime

from commandcenter.core.base import NS

FAR_S = 20 * 3_600
"""A moment to come that is so near needs no weekday."""
WEEK_DAYS = 6
"""So long ago a weekday alone is still of this week."""


def local(wall: int) -> datetime:
    """To the second, where the person is."""
    return datetime.fromtimestamp(wall // NS, tz=UTC).astimezone()


def time_of_day(wall: int, now: int) -> str:
    """`13:20` of what is to come; with the weekday when it is most of a day away."""
    return f"{local(wall):%a %H:%M}" if abs(wall - now) > FAR_S * NS else f"{local(wall):%H:%M}"


def passed(wall: int, now: int, form: str = "%H:%M") -> str:
    """`13:20` of what has been; `Sat 13:20` or `21 Nov 13:20` when it was not today."""
    moment, today = local(wall), local(now).date()
    days = (today - moment.date()).days
    day = "" if not days else "%a " if abs(days) <= WEEK_DAYS else "%d %b "
    return moment.strftime(day + form)


def in_table(wall: object) -> str:
    """`13:20:05` of what an answer of the engine says; empty when it says none."""
    return f"{local(wall):%H:%M:%S}" if isinstance(wall, int) and wall else ""

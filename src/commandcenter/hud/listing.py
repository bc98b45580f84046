"""A list of new threads: its lines as briefs, its rows as the player sets them."""

import shlex
from collections.abc import Sequence

from commandcenter.core.base import Record
from commandcenter.hud.card import Template

MOST = 500
GH = ("gh", "issue", "list")
Place = tuple[str, str, str]
"""(operation, repository, words) where a thread starts."""


class Row(Record, frozen=True):
    """One thread of the table."""

    brief: str
    template: Template
    place: Place


def briefs(text: str) -> tuple[str, ...]:
    """One brief for each line that says something; lines of `gh issue list` become `#12 title`."""
    found = (_brief(line) for line in text.splitlines())
    return tuple(brief for brief in found if brief)[:MOST]


def _brief(line: str) -> str:
    """`12  OPEN  Title  labels  date`, by tabs, as gh prints it to no terminal."""
    parts = line.split("\t")
    if len(parts) >= 3 and parts[0].lstrip("#").isdigit():
        return f"#{parts[0].lstrip('#')} {parts[2].strip()}"
    return line.strip()


def asks_gh(text: str) -> bool:
    """Is it the one command that a list may name?"""
    return "\n" not in text.strip() and tuple(text.split()[:3]) == GH


def words_of(text: str) -> tuple[str, ...]:
    """The command's words; no shell sees it. Raises ValueError for a quote left open."""
    return tuple(shlex.split(text))


def grouped(rows: Sequence[Row]) -> list[tuple[tuple[Template, Place], tuple[str, ...]]]:
    """The rows that are made alike, in the order of their first."""
    found: dict[tuple[Template, Place], list[str]] = {}
    for row in rows:
        found.setdefault((row.template, row.place), []).append(row.brief)
    return [(made, tuple(texts)) for made, texts in found.items()]

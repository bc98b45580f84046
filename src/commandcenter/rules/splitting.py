"""Carving a parent's free budget for its children (economy.md 3); nothing is made or lost."""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from statistics import median_low
from typing import Final

from commandcenter.core.base import Record
from commandcenter.core.shaping import Carved

MOST: Final = 16
"""Children one split may have; by key two to eight."""
KEPT: Final = Fraction(1, 5)
"""Of what is free, for the parent: it has the merge before it."""
FORKED: Final = Fraction(1, 2)
KEPT_STEPS: Final = 2
LEAST_STEPS: Final = 3
"""Median steps below which a child's share is no start."""
MICRO: Final = Decimal("0.000001")
"""US dollars; shares are whole multiples of it."""
WEIGHTS: Final = (0.01, 1_000.0)


class Carve(Record, frozen=True):
    """What the parent keeps free and what each child gets, in order; together all of it."""

    kept: Carved
    children: tuple[Carved, ...]

    @property
    def given(self) -> Carved:
        """What the parent's limit loses: the sum over the children."""
        return _added(self.children)


class TooSmall(Record, frozen=True):
    """A share would be under 3 median steps; `largest` = children that fit, 0 or 1 = no split."""

    largest: int


def shares(free: Carved, step: Carved, weights: Sequence[float]) -> Carve | TooSmall:
    """Divide what is free among `len(weights)` children, by their weights.

    `free` of None is not limited, and so is each share then. `step` = the parent's median step,
    None or 0 = not known. Raises ValueError on weights that are no weights.
    """
    parts = _parts(weights)
    found = _carve(free, step, parts, KEPT)
    if found is not None and len(parts) <= MOST:
        return found
    return TooSmall(_largest(free, step, parts))


def fork_share(free: Carved, step: Carved) -> Carve | TooSmall:
    """As `shares` for the one child of a fork: half of what is free."""
    return _carve(free, step, (Fraction(1),), FORKED) or TooSmall(0)


def unspent(given: Carved, spent: Carved) -> Carved:
    """What returns to the parent when the child has ended; never below nothing."""
    return Carved(
        None if given.usd is None else max(Decimal(0), given.usd - (spent.usd or 0)),
        None if given.tokens is None else max(0, given.tokens - (spent.tokens or 0)),
    )


def median_step(usd: Sequence[Decimal], tokens: Sequence[int]) -> Carved:
    """What the middle one of a thread's steps took; None of no steps."""
    return Carved(median_low(usd) if usd else None, median_low(tokens) if tokens else None)


def equal(count: int) -> tuple[float, ...]:
    """The weights when none are given."""
    return (1.0,) * count


def _parts(weights: Sequence[float]) -> tuple[Fraction, ...]:
    if not weights:
        raise ValueError("a split has at least one child")
    least, most = WEIGHTS
    for weight in weights:
        if not (math.isfinite(weight) and least <= weight <= most):
            raise ValueError(f"a share is a number from {least:g} to {most:g}, not {weight:g}")
    return tuple(Fraction(weight) for weight in weights)


def _largest(free: Carved, step: Carved, parts: tuple[Fraction, ...]) -> int:
    """So many children, fewer than asked for, fit with the first of these weights."""
    for count in range(min(len(parts) - 1, MOST), 0, -1):
        if _carve(free, step, parts[:count], KEPT) is not None:
            return count
    return 0


def _carve(free: Carved, step: Carved, parts: tuple[Fraction, ...], kept: Fraction) -> Carve | None:
    """None = somebody's share is too small."""
    usd: Sequence[Decimal | None] = (None,) * len(parts)
    tokens: Sequence[int | None] = (None,) * len(parts)
    if free.usd is not None:
        micros = _divided(_micros(max(Decimal(0), free.usd)), _micros(step.usd), parts, kept)
        usd = [one * MICRO for one in micros]
    if free.tokens is not None:
        steps = Fraction(step.tokens or 0)
        tokens = _divided(Fraction(max(0, free.tokens)), steps, parts, kept)
    if not usd or not tokens:
        return None
    children = tuple(Carved(*both) for both in zip(usd, tokens, strict=True))
    return Carve(_left(free, _added(children)), children)


def _micros(usd: Decimal | None) -> Fraction:
    return Fraction(usd or 0) / Fraction(MICRO)


def _divided(
    free: Fraction, step: Fraction, parts: tuple[Fraction, ...], kept: Fraction
) -> list[int]:
    """Whole units for each child, rounded down: what is over stays with the parent.

    Nothing when somebody's share is too small.
    """
    rest = free - max(kept * free, KEPT_STEPS * step)
    total = sum(parts)
    given = [math.floor(rest * part / total) for part in parts]
    least = max(Fraction(1), LEAST_STEPS * step)
    return given if min(given) >= least else []


def _added(amounts: Sequence[Carved]) -> Carved:
    usd = [one.usd for one in amounts if one.usd is not None]
    tokens = [one.tokens for one in amounts if one.tokens is not None]
    return Carved(sum(usd, Decimal(0)) if usd else None, sum(tokens) if tokens else None)


def _left(free: Carved, given: Carved) -> Carved:
    return Carved(
        None if free.usd is None else free.usd - (given.usd or 0),
        None if free.tokens is None else free.tokens - (given.tokens or 0),
    )

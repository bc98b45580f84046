"""What every bench shares: percentiles, floors and goals as data, and when a run is invalid."""

import itertools
import math
import tomllib
from collections.abc import Sequence
from typing import Literal

import msgspec

from commandcenter.config.resources import resource

STRANGERS_MOST = 0.3
"""Cores that other programs may use during a measurement."""
SENT_LEAST = 0.98
"""Share of the offered load that must have been sent."""


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a figure must reach: `must` is the floor, `goals` come one after the other."""

    title: str
    unit: str
    must: float | None = None
    goals: tuple[float, ...] = ()
    better: Literal["lower", "higher"] = "lower"


class Figure(msgspec.Struct, frozen=True):
    """One measured value beside the floor of the same run; `distance` = to the next goal."""

    name: str
    title: str
    unit: str
    value: float
    must: float | None
    goals: tuple[float, ...]
    floor: float | None
    ratio: float | None
    met: bool
    distance: float | None


class Window(msgspec.Struct, frozen=True):
    """One span of measuring: seconds, CPU seconds by process, cores of strangers, load sent."""

    name: str
    seconds: float
    cpu: dict[str, float]
    strangers: float
    load_average: float
    sent: float | None = None
    """Share of the offered load; None = no generator in this span."""


class Outcome(msgspec.Struct, frozen=True):
    """All of one bench; `notes` are sentences for the reader."""

    bench: str
    figures: tuple[Figure, ...]
    windows: tuple[Window, ...]
    notes: tuple[str, ...] = ()

    @property
    def invalid(self) -> tuple[str, ...]:
        """Why the run does not count; empty = it does."""
        return tuple(reason for window in self.windows for reason in reasons(window))

    @property
    def missed(self) -> tuple[str, ...]:
        """Figures that missed their must."""
        return tuple(figure.name for figure in self.figures if not figure.met)

    @property
    def code(self) -> int:
        """0 held, 1 a must was missed, 6 invalid."""
        if self.invalid:
            return 6
        return 1 if self.missed else 0


def reasons(window: Window) -> list[str]:
    """Why what was measured in this span is invalid."""
    found = []
    if window.strangers > STRANGERS_MOST:
        found.append(
            f"{window.name}: other programs used {window.strangers:.2f} cores"
            f" (load average {window.load_average:.2f})"
        )
    if window.sent is not None and window.sent < SENT_LEAST:
        found.append(f"{window.name}: only {window.sent:.1%} of the offered load was sent")
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0..1) of all do not exceed. Raises ValueError on none."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def specs(bench: str) -> dict[str, Spec]:
    """The figures of a bench from `resources/bench/<bench>.toml`. Raises ValueError."""
    document = tomllib.loads(resource(f"bench/{bench}.toml").read_text(encoding="utf-8"))
    return msgspec.convert(document, dict[str, Spec])


def figure(name: str, spec: Spec, value: float, floor: float | None = None) -> Figure:
    """A value judged by its spec, beside its floor (same unit)."""
    sign = -1.0 if spec.better == "higher" else 1.0
    met = spec.must is None or sign * value <= sign * spec.must
    ahead = [goal for goal in spec.goals if sign * value > sign * goal]
    return Figure(
        name=name,
        title=spec.title,
        unit=spec.unit,
        value=_rounded(value),
        must=spec.must,
        goals=spec.goals,
        floor=None if floor is None else _rounded(floor),
        ratio=_rounded(value / floor) if floor else None,
        met=met,
        distance=_rounded(abs(value - ahead[0])) if ahead else None,
    )


def capacity(steps: Sequence[tuple[float, float]], limit: float) -> float:
    """The load at which `limit` of a core is used, from (load, share of a core) in rising order.

    Between two steps by a straight line; beyond the last one by the line of the last two.
    Raises ValueError without two steps.
    """
    if len(steps) < 2:
        raise ValueError("capacity wants two loads")
    pairs = list(itertools.pairwise(steps))
    before, after = next((pair for pair in pairs if pair[1][1] >= limit), pairs[-1])
    slope = (after[1] - before[1]) / (after[0] - before[0])
    return before[0] if slope <= 0 else max(0.0, before[0] + (limit - before[1]) / slope)


def _rounded(value: float) -> float:
    return round(value, 3 if abs(value) < 10 else 1)

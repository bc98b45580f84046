"""A bench's outcome as lines for the person, or as a tree for `--json`."""

from collections.abc import Iterator
from typing import Any

import msgspec

from commandcenter.bench.measure import Figure, Outcome, Window


def tree(outcome: Outcome) -> dict[str, Any]:
    """The whole outcome as builtins."""
    made: dict[str, Any] = {
        "bench": outcome.bench,
        "valid": not outcome.invalid,
        "invalid": list(outcome.invalid),
        "missed": list(outcome.missed),
        "figures": {figure.name: _figure(figure) for figure in outcome.figures},
        "windows": [msgspec.to_builtins(window) for window in outcome.windows],
        "notes": list(outcome.notes),
    }
    return made


def _figure(figure: Figure) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(figure)
    del fields["name"]
    return fields


def lines(outcome: Outcome) -> Iterator[str]:
    """One line per figure, then what was used, then what makes it invalid."""
    yield f"{outcome.bench}"
    for figure in outcome.figures:
        yield f"  {_line(figure)}"
    for window in outcome.windows:
        yield f"  {_span(window)}"
    for note in outcome.notes:
        yield f"  note: {note}"
    for reason in outcome.invalid:
        yield f"  INVALID: {reason}"
    for name in outcome.missed:
        yield f"  MISSED: {name}"


def _line(figure: Figure) -> str:
    goals = " then ".join(_number(goal) for goal in figure.goals) or "-"
    parts = [
        f"{figure.title:58}",
        f"{_number(figure.value):>8} {figure.unit:9}",
        f"must {_number(figure.must):>7}",
        f"goal {goals:>9}",
        f"floor {_number(figure.floor):>7}",
        f"ratio {_number(figure.ratio):>6}",
    ]
    if not figure.met:
        parts.append("MISSED")
    elif figure.distance is not None:
        parts.append(f"{_number(figure.distance)} {figure.unit} from the goal")
    return "  ".join(parts).rstrip()


def _span(window: Window) -> str:
    cpu = ", ".join(f"{label} {used:.2f}" for label, used in window.cpu.items())
    sent = "" if window.sent is None else f"; {window.sent:.1%} of the load sent"
    return (
        f"{window.name}: {window.seconds:.1f} s; CPU s: {cpu}; strangers "
        f"{window.strangers:.2f} cores, load average {window.load_average:.2f}{sent}"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"

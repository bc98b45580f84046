"""Measures what architecture.md promises; one module per bench name."""

import sys
from collections.abc import Awaitable, Callable
from importlib import import_module

import msgspec

from commandcenter.bench.measure import Outcome
from commandcenter.bench.report import lines, tree

INVALID = 6
UNRUNNABLE = 5
STREAMING = 400
"""So many threads may stream in `bench latency`; of more, most are listed."""


async def run(names: list[str], threads: int, as_json: bool) -> int:
    """Measure and print; 0 held, 1 a must was missed, 5 could not be run, 6 invalid."""
    outcomes: dict[str, Outcome] = {}
    for name in dict.fromkeys(names):
        measure: Callable[[int], Awaitable[Outcome]]
        measure = import_module(f"commandcenter.bench.{_module(name, threads)}").measure
        try:
            outcomes[name] = await measure(max(1, threads))
        except (OSError, EOFError, RuntimeError, TimeoutError) as error:
            said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            print(f"bench {name} could not be run: {said}", file=sys.stderr)
            return UNRUNNABLE
        if not as_json:
            print("\n".join(lines(outcomes[name])), flush=True)
    if as_json:
        trees = {name: tree(outcome) for name, outcome in outcomes.items()}
        whole: object = trees if len(names) > 1 else next(iter(trees.values()))
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(whole)) + b"\n")
    return _code([outcome.code for outcome in outcomes.values()])


def _module(name: str, threads: int) -> str:
    """More threads than can stream at once are looked at by a bench of their own."""
    return "crowded" if name == "latency" and threads > STREAMING else name


def _code(codes: list[int]) -> int:
    """An invalid run proves nothing, not even a miss."""
    return INVALID if INVALID in codes else max(codes, default=0)

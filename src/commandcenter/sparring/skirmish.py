"""The practice operation: which threads it has. Pure; whoever starts it turns this into orders."""

from collections.abc import Iterator
from itertools import cycle

from commandcenter.core.base import Record
from commandcenter.sparring.scenario import Behaviour, CastLine, Scenario

NAME = "practice"
GOAL = "every test of tally green"
SUCCESS = "python -m unittest -q"
REPOSITORY = "sample-repo"
LEAST_FOR_ALL = 3
ALWAYS: tuple[Behaviour, ...] = ("working", "risky", "stuck.repeat")


class SpawnSpec(Record, frozen=True):
    """One thread to spawn; the brief carries the directive that sparring obeys."""

    name: str
    brief: str
    account: str
    model: str
    script: str


class Skirmish(Record, frozen=True):
    """The operation's fields and its threads; `repository` is a name for `config.resource`."""

    threads: tuple[SpawnSpec, ...]
    seed: int
    name: str = NAME
    goal: str = GOAL
    success: str = SUCCESS
    repository: str = REPOSITORY


def plan(scenario: Scenario, n: int, seed: int | None = None) -> Skirmish:
    """The skirmish of `n` threads, by the cast's shares; the seed is the scenario's unless given.

    Raises ValueError for fewer than one thread or a scenario without a cast.
    """
    if n < 1 or not scenario.cast:
        raise ValueError("a skirmish needs a cast and at least one thread")
    seed = scenario.seed if seed is None else seed
    left = _counts(scenario, n)
    threads: list[SpawnSpec] = []
    used: dict[str, int] = {}
    for line in cycle(_unfolded(scenario)):
        behaviour = scenario.find(line.script).behaviour
        if left.get(behaviour, 0) > 0:
            left[behaviour] -= 1
            used[line.script] = used.get(line.script, 0) + 1
            threads.append(_spawn(scenario, line, seed, used[line.script]))
        if not any(left.values()):
            break
    return Skirmish(tuple(threads), seed)


def _unfolded(scenario: Scenario) -> list[CastLine]:
    """The cast with each line as often as it counts."""
    return [line for line in scenario.cast for _ in range(line.count)]


def _spawn(scenario: Scenario, line: CastLine, seed: int, nth: int) -> SpawnSpec:
    script = scenario.find(line.script)
    name = line.script if nth == 1 else f"{line.script}-{nth}"
    own_seed = seed * 1000 + nth
    goal = f"{script.goal[:1].upper()}{script.goal[1:]}."
    brief = f"{goal}\n\n[[sparring script={script.id} seed={own_seed}]]"
    return SpawnSpec(name, brief, line.account, line.model, script.id)


def _counts(scenario: Scenario, n: int) -> dict[Behaviour, int]:
    """Threads by behaviour: largest remainder, and the three that no skirmish goes without."""
    weights: dict[Behaviour, int] = {}
    for line in scenario.cast:
        behaviour = scenario.find(line.script).behaviour
        weights[behaviour] = weights.get(behaviour, 0) + line.count
    exact = {key: n * weight / sum(weights.values()) for key, weight in weights.items()}
    counts = {key: int(share) for key, share in exact.items()}
    for key in _by_remainder(exact, n - sum(counts.values())):
        counts[key] += 1
    if n >= LEAST_FOR_ALL:
        for key in ALWAYS:
            if counts.get(key) == 0:
                counts[_richest(counts)] -= 1
                counts[key] = 1
    return counts


def _by_remainder(exact: dict[Behaviour, float], count: int) -> Iterator[Behaviour]:
    ordered = sorted(exact, key=lambda key: (-(exact[key] % 1), -exact[key], key))
    return iter(ordered[:count])


def _richest(counts: dict[Behaviour, int]) -> Behaviour:
    """What gives one up: the behaviour with most threads, but never the last of the three."""
    spare = {key: count for key, count in counts.items() if count > (key in ALWAYS)}
    return max(spare, key=lambda key: (spare[key], key))

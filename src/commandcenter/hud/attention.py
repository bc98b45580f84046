"""What to do next: the order of open questions and blocked threads (screen.md 10, as of M1)."""

from commandcenter.core.base import Record
from commandcenter.core.world import Ask, World
from commandcenter.hud.seen import seen

DANGER = frozenset({"R4"})
WARN_AFTER_S = 30.0


class Case(Record, frozen=True):
    """An open question with its place in the queue."""

    ask: Ask
    danger: bool


def queue(world: World) -> list[Case]:
    """Open questions: danger first, then the oldest."""
    cases = [Case(ask, ask.level in DANGER) for ask in world.asks.values()]
    return sorted(cases, key=lambda case: (not case.danger, case.ask.since, case.ask.id))


def following(world: World, current: int) -> Case | None:
    """The case after ask `current` in the queue, wrapping; the first when it is gone."""
    cases = queue(world)
    if not cases:
        return None
    at = next((n for n, case in enumerate(cases) if case.ask.id == current), -1)
    return cases[(at + 1) % len(cases)]


def blocked(world: World) -> tuple[int, ...]:
    """Threads that need the player: those that ask in the queue's order, then needs-you, failed."""
    asking = [case.ask.thread for case in queue(world) if case.ask.thread in world.threads]
    rest = []
    for head in world.threads.values():
        state = seen(head, world.accounts.get(head.account))
        if state in ("needs you", "failed") and head.id not in asking:
            rest.append((state == "failed", head.moved, head.id))
    return (*dict.fromkeys(asking), *(thread for _, _, thread in sorted(rest)))


def needs_me(world: World) -> int:
    """How many threads wait for the player."""
    heads = world.threads.values()
    return sum(seen(head, world.accounts.get(head.account)) == "needs you" for head in heads)

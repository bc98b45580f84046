"""What the resource bar says: figures of the mirror's World as plain values that compare."""

from decimal import Decimal

from commandcenter.core.base import Record
from commandcenter.core.world import World
from commandcenter.hud import windows as plan_windows
from commandcenter.hud import words
from commandcenter.hud.mirror import Mirror
from commandcenter.hud.seen import Seen
from commandcenter.ui.moments import time_of_day

BINS = 20
STATES: tuple[tuple[Seen, str, str], ...] = (
    ("working", "run", "run"),
    ("waiting", "waiting", "mid"),
    ("paused", "paused", "pause"),
    ("frozen", "frozen", "pause"),
    ("done", "done", "dim"),
    ("failed", "failed", "err"),
)


class Bar(Record, frozen=True):
    """What the bar says; equal values paint nothing."""

    spent: str
    limit: str
    share: float | None
    burn: str
    rate: str
    line: tuple[float, ...]
    running: int
    cap: int
    wait: int
    needs: int
    counts: tuple[int, ...]
    clock: str
    windows: tuple[plan_windows.Cell, ...] = ()
    plan: str = ""
    """What plan calls would have cost; empty = there were none."""
    unmetered: int = 0
    halt: str = ""
    """A bell that was rung, and the key that lifts it."""


def bar_of(mirror: Mirror, now: int, cap: int, clock: str) -> Bar:
    """The figures at wall `now` (ns); `cap` = calls that may run at once, 0 = not known."""
    world, burn, tally, census = mirror.world, mirror.burn, mirror.tally, mirror.census
    practice = _practice(world)
    money = world.day_spent.practice if practice else world.day_spent.usd
    if practice and not money:
        money = sum((a.spent.practice for a in world.accounts.values()), start=money)
    limit = None if practice else world.day_limit.usd
    waits, unseen = census.waiting, census.unmetered
    about, note = "~" * bool(unseen), "practice money" if practice else "today"
    return Bar(
        about + words.usd(money, practice),
        (f"of {words.usd(limit)}" if limit else note) + _unmetered(unseen),
        float(money / limit) if limit else None,
        about + words.tokens(burn.tokens_per_s(now)),
        f"tok/s \u00b7 {words.usd(burn.usd_per_min(now, practice), practice)}/min",
        tuple(burn.line(now, BINS)),
        len(world.calls),
        cap,
        waits,
        _needs(mirror),
        tuple(tally.total[state] for state, _, _ in STATES),
        clock,
        plan_windows.cells(world, mirror.moves, now, lambda wall: time_of_day(wall, now), census),
        _plan(world),
        unseen,
        _halt(mirror),
    )


def _unmetered(count: int) -> str:
    return f" \u00b7 +{count} unmetered" if count else ""


def _plan(world: World) -> str:
    """The list value of all plan calls; it is in no sum of money."""
    value = sum((account.spent.plan for account in world.accounts.values()), start=Decimal(0))
    return words.usd(value) if value else ""


def _needs(mirror: Mirror) -> int:
    """Threads that need the player; one that asks and is paused still does."""
    asking = {ask.thread for ask in mirror.world.asks.values()}
    hidden = sum(mirror.tally.seen(thread) != "needs you" for thread in asking)
    return mirror.tally.total["needs you"] + hidden


def _halt(mirror: Mirror) -> str:
    """What the bells hold, in one line; empty when none was rung."""
    world = mirror.world
    if world.frozen_accounts:
        return "spending is frozen \u00b7 Ctrl+Shift+. lifts it"
    if not world.bell:
        return ""
    ending = mirror.census.states["pausing"]
    what = f"{ending} finishing their step" if ending else "all stopped"
    return f"bell: {what} \u00b7 Ctrl+. lifts it"


def _practice(world: World) -> bool:
    """Is everything spent practice money?"""
    spent = [account.spent for account in world.accounts.values()]
    real = world.day_spent.usd or any(one.usd for one in spent)
    return not real and any(one.practice for one in spent)

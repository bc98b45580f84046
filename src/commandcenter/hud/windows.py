"""Plan windows as the bar and the tooltips say them: how full, empty when, open again when."""

from collections import Counter, deque
from collections.abc import Callable, Iterable

from commandcenter.core.base import NS, Record
from commandcenter.core.world import AccountHead, Head, Window, World
from commandcenter.hud import words
from commandcenter.hud.census import Census

RECENT_S = 900
"""The burn against a window is taken over so long."""
LEAST_S = 60
WEEK_FROM = 0.80
"""A window longer than a day is told from this share on."""
MOST = 2
_DAY_MIN, _WEEK_MIN = 1_440, 10_080
_STILL = 1e-9
_LEAST_MOVE = 0.02
"""Below this movement of a window, what a token weighs in it is not known."""
_SUFFIXES = ("-login", "-plan")
_NAME_CHARS = 10
TimeOfDay = Callable[[int], str]
"""Wall ns -> `13:20`, in the person's own time zone."""


class Cell(Record, frozen=True):
    """One window in the bar: `CLAUDE 5 h`, `71 %`, `empty 13:20`; equal cells paint nothing."""

    label: str
    figure: str
    note: str
    share: float
    tone: str = "run"
    closed: bool = False


class _Seen(Record, frozen=True):
    """One sighting: wall ns, share, and all tokens of the account until then."""

    wall: int
    used: float
    tokens: int


class Moves:
    """How the windows moved, from the sightings that the mirror folds."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], deque[_Seen]] = {}

    def reset(self, world: World) -> None:
        """Begin anew with the one sighting the World holds of each window."""
        self._seen.clear()
        for account in world.accounts.values():
            for window in account.windows:
                self.add(account, window)

    def add(self, account: AccountHead, window: Window) -> None:
        """A window was seen; a share that fell is a new window."""
        held = self._seen.setdefault((account.id, window.minutes), deque(maxlen=256))
        if held and window.used < held[-1].used:
            held.clear()
        held.append(_Seen(window.seen_at, window.used, account.tokens.total))

    def rate(self, account: str, window: Window, now: int) -> float:
        """Share per second: of the last 15 min, or since the window began when less was seen."""
        held = self._seen.get((account, window.minutes), ())
        recent = [one for one in held if now - one.wall <= RECENT_S * NS] or list(held)[-1:]
        if recent and words.since(recent[0].wall, now) >= LEAST_S and len(recent) > 1:
            return (window.used - recent[0].used) / words.since(recent[0].wall, now)
        begun = window.resets_at - window.minutes * 60 * NS
        elapsed = words.since(begun, now)
        return window.used / elapsed if window.resets_at and elapsed >= LEAST_S else 0.0

    def weight(self, account: AccountHead, window: Window) -> float | None:
        """The share of the window that one token took lately; None = not seen yet."""
        held = self._seen.get((account.id, window.minutes))
        if not held:
            return None
        moved, tokens = window.used - held[0].used, account.tokens.total - held[0].tokens
        return moved / tokens if moved >= _LEAST_MOVE and tokens > 0 else None


def closed(account: AccountHead, window: Window, now: int) -> bool:
    """Is this the window that is used up, until its reset?"""
    if window.resets_at and window.resets_at <= now:
        return False
    full = window.used >= 1.0 or window.status == "rejected"
    fullest = max(account.windows, key=lambda one: one.used) is window
    return full or (account.closed_until > now and fullest)


def empty_at(rate: float, window: Window, now: int) -> int:
    """Wall ns at which the window is used up at this burn; 0 = not before its reset."""
    if rate < _STILL:
        return 0
    at = now + round(max(1.0 - window.used, 0.0) / rate * NS)
    return at if not window.resets_at or at < window.resets_at else 0


def cells(
    world: World, moves: Moves, now: int, clock: TimeOfDay, census: Census | None = None
) -> tuple[Cell, ...]:
    """At most two windows at wall `now` (ns), the tightest first."""
    found = []
    census = census or Census.of(world)
    for account in world.accounts.values():
        for window in account.windows:
            shut = closed(account, window, now)
            long = window.minutes > _DAY_MIN and window.used < WEEK_FROM
            if shut or (census.accounts[account.id] and not long):
                found.append((not shut, -window.used, account.id, account, window))
    found.sort(key=lambda one: one[:3])
    return tuple(
        _cell(_named(account, census), account, window, (moves, now, clock))
        for _, _, _, account, window in found[:MOST]
    )


def name(world: World, account: AccountHead) -> str:
    """What the person calls the plan: the agent that uses it, else the account's id."""
    return _named(account, Census.of(world))


def _named(account: AccountHead, census: Census) -> str:
    agents: dict[str, int] = census.agents.get(account.id, {})
    used = [agent for agent, count in agents.items() if count]
    found = used[0] if len(used) == 1 else account.id
    for suffix in _SUFFIXES:
        found = found.removesuffix(suffix)
    return found[:_NAME_CHARS]


def filled(world: World, moves: Moves, tokens: Counter[str]) -> tuple[str, float | None]:
    """The tightest plan window that so many tokens of each account fill, and their share of it.

    The share is None where the window has not moved enough to tell.
    """
    found: tuple[float, str, float | None] = (-1.0, "", None)
    for account in world.accounts.values():
        count = tokens[account.id]
        for window in account.windows if count else ():
            weight = moves.weight(account, window)
            share = None if weight is None else weight * count
            if window.used > found[0]:
                found = (window.used, label(name(world, account), window), share)
    return found[1], found[2]


def label(plan: str, window: Window) -> str:
    """`CLAUDE 5 h`, `CODEX week`, `CLAUDE 90 min`."""
    return f"{plan.upper()} {span(window)}"


def span(window: Window) -> str:
    """`5 h`, `week`, `90 min`."""
    minutes = window.minutes
    if minutes == _WEEK_MIN:
        return "week"
    if minutes % _DAY_MIN == 0 and minutes:
        return f"{minutes // _DAY_MIN} d"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def part(world: World, head: Head) -> tuple[Window, float] | None:
    """The shortest window of the thread's plan and about how much of it the thread took.

    By its tokens among all of the account; None for key accounts and before a window is seen.
    """
    account = world.accounts.get(head.account)
    if account is None or not account.windows:
        return None
    window, total = account.windows[0], account.tokens.total
    return window, window.used * min(head.tokens.total / total, 1.0) if total else 0.0


def parts(world: World, heads: Iterable[Head]) -> tuple[str, float] | None:
    """The same of several threads, of the window that they fill most: `CLAUDE 5 h` and a share."""
    sums: dict[str, float] = {}
    for head in heads:
        found = part(world, head)
        if found is not None:
            sums[head.account] = sums.get(head.account, 0.0) + found[1]
    if not sums:
        return None
    account = world.accounts[max(sums, key=lambda one: sums[one])]
    return label(name(world, account), account.windows[0]), sums[account.id]


def until(seconds: float) -> str:
    """A countdown that changes each minute, below one each second: `in 1 h 34 m`, `in 42 s`."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"in {whole} s"
    hours, minutes = divmod(whole // 60, 60)
    if hours >= 24:
        return f"in {hours // 24} d {hours % 24} h"
    return f"in {hours} h {minutes} m" if hours else f"in {minutes} m"


def due(world: World, now: int) -> float:
    """Seconds until a countdown of the bar changes: 1 in its last minute, else 0."""
    for account in world.accounts.values():
        for window in account.windows:
            left = words.since(now, opens(account, window, now))
            if closed(account, window, now) and 0 < left <= 61:
                return 1.0
    return 0.0


def opens(account: AccountHead, window: Window, now: int) -> int:
    """Wall ns at which a closed window opens; 0 = not told."""
    return account.closed_until if account.closed_until > now else window.resets_at


def _cell(
    plan: str, account: AccountHead, window: Window, at: tuple[Moves, int, TimeOfDay]
) -> Cell:
    moves, now, clock = at
    title = label(plan, window)
    if closed(account, window, now):
        when = opens(account, window, now)
        figure = f"opens {clock(when)}" if when else "closed"
        note = until(words.since(now, when)) if when else "reset not told"
        return Cell(title, figure, note, 1.0, "err", closed=True)
    if window.resets_at and window.resets_at <= now:
        return Cell(title, "?", f"reset at {clock(window.resets_at)}", 0.0)
    empty = empty_at(moves.rate(account.id, window, now), window, now)
    note = f"empty {clock(empty)}" if empty else ""
    if not empty and window.resets_at:
        note = f"lasts to {clock(window.resets_at)}"
    figure = f"{window.used * 100:.0f} %"
    return Cell(title, figure, note, window.used, words.tone(window.used, "think"))

"""Which thread can take which order, and why not: by its state and what its agent can do."""

from collections import Counter
from collections.abc import Callable, Sequence

from commandcenter.core.refusals import (
    DriverLacks,
    Ended,
    Ending,
    NoChange,
    NotEnded,
    QueueFull,
    Reason,
    Taken,
    TargetInvalid,
)
from commandcenter.core.world import Head, World
from commandcenter.hud import abilities_shaping as shaping

Able = Callable[[Head], Reason | None]
_RESTS = frozenset({"idle", "paused", "pausing", "hibernated"})
WEIGHTS = (0.5, 1.0, 2.0, 4.0)
"""The weights a thread may have at the gate's queue."""
MOST_KNOWN = 20_000
MOST_QUEUED = 16
"""So many orders may wait behind what a thread does."""
_LATE = "a queued order comes when the turn has ended, so it finds nothing to interrupt; W stops it"
_NO_LOGIN = frozenset({"native", "terminal", "observe"})


def can(action: str, head: Head) -> Reason | None:
    """Why this thread cannot take a card's order; None = it can."""
    if head.by_hand and head.state != "ended" and action not in _IN_HAND:
        return Taken()
    if action == "order.interrupt.queued":
        return TargetInvalid(_LATE)
    if action.endswith(".queued"):
        return _appended(head)
    return _ABLE.get(action, _live)(head)


def cannot(heads: Sequence[Head], action: str) -> Reason | None:
    """Why none of them can take it; None = one can, or there is nobody."""
    first: Reason | None = None
    for head in heads:
        reason = can(action, head)
        if reason is None:
            return None
        first = first or reason
    return first


class Known:
    """What heads can take, kept as long as a head is the same object: thousands are selected, and
    the card is made anew with each frame."""

    def __init__(self, actions: Sequence[str]) -> None:
        self._actions = tuple(actions)
        self._heads: dict[int, tuple[Head, int]] = {}
        self._kinds: list[tuple[Reason | None, ...]] = []
        self._codes: dict[tuple[Reason | None, ...], int] = {}

    def takers(self, heads: Sequence[Head]) -> dict[str, tuple[int, Reason | None]]:
        """Action -> how many can take it, and why the first one cannot."""
        if not heads:
            return {}
        codes = [self._code(head) for head in heads]
        counted, first = Counter(codes), self._kinds[codes[0]]
        found = {}
        for place, action in enumerate(self._actions):
            able = sum(n for code, n in counted.items() if self._kinds[code][place] is None)
            found[action] = (able, None if able else first[place])
        return found

    def able(self, heads: Sequence[Head], action: str) -> tuple[int, ...]:
        """The threads that can take it."""
        if action not in self._actions:
            return tuple(head.id for head in heads if can(action, head) is None)
        place, codes = self._actions.index(action), [self._code(head) for head in heads]
        able = {code for code in set(codes) if self._kinds[code][place] is None}
        return tuple(head.id for head, code in zip(heads, codes, strict=True) if code in able)

    def _code(self, head: Head) -> int:
        """The number of its kind: equal ones can take the same."""
        held = self._heads.get(head.id)
        if held is not None and held[0] is head:
            return held[1]
        kind = tuple(can(action, head) for action in self._actions)
        code = self._codes.get(kind)
        if code is None:
            code = self._codes[kind] = len(self._kinds)
            self._kinds.append(kind)
        if len(self._heads) > MOST_KNOWN:
            self._heads.clear()
        self._heads[head.id] = (head, code)
        return code


def images(heads: Sequence[Head]) -> Reason | None:
    """Why a picture cannot go to all of them; None = it can."""
    lacks = any(head.caps.get("images", "no") != "yes" for head in heads)
    return DriverLacks("take pictures") if lacks else None


def logins(world: World, heads: Sequence[Head]) -> tuple[str, ...]:
    """The agents among them that may have a login and whose login the gate lets not yet pass."""
    agents = {head.agent for head in heads if head.driver not in _NO_LOGIN}
    return tuple(sorted(agents - set(world.logins)))


def _live(head: Head) -> Reason | None:
    return Ended() if head.state == "ended" else None


def _steer(head: Head) -> Reason | None:
    return Ending() if head.state == "dying" else _live(head)


def _turn(head: Head) -> Reason | None:
    if head.state in ("ended", "dying"):
        return _steer(head)
    if head.caps.get("interrupt") == "none":
        return DriverLacks("be interrupted")
    busy = head.in_turn or head.state in ("running", "waiting", "pausing")
    return None if busy else TargetInvalid("no turn is running")


def _freeze(head: Head) -> Reason | None:
    return Ending() if head.state == "dying" else _live(head)


def _revive(head: Head) -> Reason | None:
    return None if head.state == "ended" else NotEnded()


def _any(head: Head) -> Reason | None:
    return None


def _resume_or_pause(head: Head) -> Reason | None:
    return NoChange() if head.state == "hibernated" else _live(head)


def _model(head: Head) -> Reason | None:
    if _steer(head) is None and head.caps.get("set_model") == "none":
        return DriverLacks("change its model")
    return _steer(head)


def _put_away(head: Head) -> Reason | None:
    """Put away, or woken when it is put away."""
    if head.state in ("ended", "dying"):
        return _steer(head)
    if head.caps.get("resume", "none") == "none":
        return DriverLacks("be put away and resumed")
    rests = head.state in _RESTS
    return None if rests else TargetInvalid("only an idle or paused thread is put away")


def _compact(head: Head) -> Reason | None:
    if head.state in ("ended", "dying"):
        return _steer(head)
    if head.caps.get("compact") != "yes":
        return DriverLacks("make its context smaller")
    return (
        None
        if head.state == "idle"
        else TargetInvalid("the context is made smaller while the thread is idle")
    )


def _take(head: Head) -> Reason | None:
    if head.state in ("ended", "dying"):
        return _steer(head)
    if head.by_hand or head.caps.get("by_hand") == "yes":
        return None
    return DriverLacks("be taken into your own hands")


def _louder(head: Head) -> Reason | None:
    return NoChange() if head.weight >= WEIGHTS[-1] else _live(head)


def _quieter(head: Head) -> Reason | None:
    return NoChange() if head.weight <= WEIGHTS[0] else _live(head)


def _waits(head: Head) -> Reason | None:
    return _live(head) if head.orders else TargetInvalid("no order waits behind what it does")


def _loops(head: Head) -> Reason | None:
    return _steer(head) if head.loop is not None else TargetInvalid("it does not loop")


def _appended(head: Head) -> Reason | None:
    return QueueFull(MOST_QUEUED) if len(head.orders) >= MOST_QUEUED else _steer(head)


def _port(head: Head) -> Reason | None:
    return None if head.port else TargetInvalid("it has no port")


def _copy(head: Head) -> Reason | None:
    return None if head.by_hand else TargetInvalid("it is not in your hands")


_IN_HAND = frozenset(
    {
        *("order.take", "more.take", "more.rename", "card.more", "order.kill", "more.kill_now"),
        *("more.tags", "more.clear_queue", "order.rally", "rank.priority_up"),
        *(
            "rank.priority_down",
            "more.revive",
            "rest.editor",
            "rest.shell",
            "rest.browser",
            "rest.copy",
            "rest.reclaim",
        ),
    }
)
_ABLE: dict[str, Able] = {
    "order.steer": _steer,
    "order.interrupt": _turn,
    "order.pause_resume": _resume_or_pause,
    "order.kill": _freeze,
    "order.budget": _live,
    "order.take": _take,
    "card.more": _any,
    "more.rename": _any,
    "more.model": _model,
    "more.revive": _revive,
    "more.kill_now": _live,
    "more.compact": _compact,
    "more.hibernate": _put_away,
    "more.take": _take,
    "more.tags": _any,
    "more.clear_queue": _waits,
    "order.loop": _steer,
    "order.goal": _steer,
    "order.rally": _live,
    "loop.off": _loops,
    "rank.priority_up": _louder,
    "rank.priority_down": _quieter,
    "rest.browser": _port,
    "rest.copy": _copy,
    "rest.editor": _any,
    "rest.shell": _any,
    **shaping.ABLE,
}

"""Which thread can be split, forked, reassigned, verified, and why not (M4)."""

from collections.abc import Callable

from commandcenter.core.refusals import (
    Ended,
    Ending,
    HandingOver,
    NotEnded,
    NoWorkspace,
    Reason,
    TargetInvalid,
    WorksStill,
)
from commandcenter.core.world import Head

_STANDS = frozenset({"idle", "paused", "frozen", "hibernated", "ended"})
"""States in which nothing of a thread writes its files."""
_NO_MODEL = "a terminal has no model and no conversation"


def live(head: Head) -> Reason | None:
    """It has not ended and is not being killed."""
    if head.state == "dying":
        return Ending()
    return Ended() if head.state == "ended" else None


def _thinks(head: Head) -> Reason | None:
    """It lives and has a conversation."""
    reason = live(head)
    if reason is None and head.driver == "terminal":
        return TargetInvalid(_NO_MODEL)
    return reason


def steady(head: Head) -> Reason | None:
    """As `_thinks`, and nobody is taking it over."""
    return _thinks(head) or (HandingOver() if head.handing is not None else None)


def reassign(head: Head) -> Reason | None:
    """Another may take it over; while one does, its text may be looked at."""
    waits = head.handing is not None and head.handing.step in ("packet", "edit")
    if waits:
        return live(head)
    if head.state in ("starting", "cancelling"):
        return TargetInvalid(f"it is {head.state}: wait until its session stands")
    return steady(head) or _kept(head) or _begun(head)


def split(head: Head) -> Reason | None:
    """It has begun, and has a workspace whose copies its children get."""
    return steady(head) or _kept(head) or _begun(head)


def _begun(head: Head) -> Reason | None:
    return None if head.turn else TargetInvalid("it has not begun yet: there is nothing to copy")


def workspace(head: Head) -> Reason | None:
    """Its files stand somewhere; ended ones count while they have not been reclaimed."""
    return _kept(head)


def _kept(head: Head) -> Reason | None:
    return None if head.workspace else NoWorkspace()


def fork(head: Head) -> Reason | None:
    """As a split: there is something said that a copy would know."""
    return split(head)


def revert(head: Head) -> Reason | None:
    """There is something to put back."""
    if not head.checkpoints:
        return TargetInvalid("it has no checkpoint yet; C makes one")
    if head.handing is not None:
        return HandingOver()
    return _kept(head) or (None if head.state in _STANDS else WorksStill())


def verify(head: Head) -> Reason | None:
    """Running once is enough; a second press stops it."""
    return workspace(head)


def critic(head: Head) -> Reason | None:
    """There is a result to judge, and nobody judges it now."""
    if head.judging:
        return TargetInvalid("a critic judges it now")
    return workspace(head)


def land(head: Head) -> Reason | None:
    """Its files stand somewhere, and it is not being landed now."""
    if head.landing:
        return TargetInvalid("it is being landed now")
    return workspace(head)


def reclaim(head: Head) -> Reason | None:
    """It has ended and its worktree still stands."""
    if head.state != "ended":
        return NotEnded()
    return _kept(head)


ABLE: dict[str, Callable[[Head], Reason | None]] = {
    "order.split": split,
    "order.reassign": reassign,
    "order.escalate": steady,
    "order.downgrade": steady,
    "order.checkpoint": workspace,
    "order.merge": workspace,
    "order.land": land,
    "more.land": land,
    "order.verify": verify,
    "more.fork": fork,
    "more.revert": revert,
    "more.critic": critic,
    "rest.reclaim": reclaim,
}
"""Card's action -> why a thread cannot take it; None = it can."""

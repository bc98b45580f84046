"""Reducer cases of splits, hand-overs, checkpoints, verdicts, merges and landings (M4)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from commandcenter.core import events as ev
from commandcenter.core.codec import Entry
from commandcenter.core.reduce_threads import move
from commandcenter.core.shaping import MOST_CHECKPOINTS, Carved, Seat
from commandcenter.core.states import Outcome
from commandcenter.core.world import Head, Limit, World


def _proposed(world: World, entry: Entry, event: ev.SplitProposed) -> None:
    """Where nobody could say, what was proposed before still stands."""
    if event.plan is not None:
        move(world, entry, proposed=entry.seq)


def _dropped(world: World, entry: Entry, event: ev.SplitDropped) -> None:
    move(world, entry, proposed=0)


def _split(world: World, entry: Entry, event: ev.SplitMade) -> None:
    move(world, entry, proposed=0)


def _forked(world: World, entry: Entry, event: ev.Forked) -> None:
    move(world, entry, forked=event.kind)


def _carved(world: World, entry: Entry, event: ev.LimitCarved) -> None:
    """The parent's limit shrinks by what the child's becomes."""
    parent, child = world.threads.get(entry.thread), world.threads.get(event.child)
    if parent is None or child is None:
        return
    share = Carved(event.usd, event.tokens)
    world.threads[parent.id] = replace(parent, limit=less(parent.limit, share))
    limit = replace(child.limit, usd=event.usd, tokens=event.tokens)
    world.threads[child.id] = replace(child, limit=limit, carved=share)


def _returned(world: World, entry: Entry, event: ev.LimitReturned) -> None:
    """And grows again by what the child did not need."""
    parent, child = world.threads.get(entry.thread), world.threads.get(event.child)
    if parent is None or child is None:
        return
    back = Carved(event.usd, event.tokens)
    world.threads[parent.id] = replace(parent, limit=_more(parent.limit, back))
    world.threads[child.id] = replace(child, limit=less(child.limit, back), carved=None)


def less(limit: Limit, share: Carved) -> Limit:
    """The limit without a share of it; a kind that is not limited stays so."""
    usd = limit.usd - share.usd if limit.usd is not None and share.usd is not None else limit.usd
    tokens = limit.tokens
    if tokens is not None and share.tokens is not None:
        tokens -= share.tokens
    return replace(limit, usd=usd, tokens=tokens)


def _more(limit: Limit, share: Carved) -> Limit:
    return less(limit, Carved(-(share.usd or Decimal(0)), -(share.tokens or 0)))


def _drafted(world: World, entry: Entry, event: ev.HandoffDrafted) -> None:
    head = world.threads.get(entry.thread)
    if head is None:
        return
    kept = head.handing.seq if head.handing is not None and not event.text else entry.seq
    move(world, entry, handing=replace(event.handing, seq=kept))


def seated(world: World, entry: Entry, seat: Seat, **more: Any) -> None:
    """The thread is done by `seat`; what only the other agent could do is forgotten."""
    move(
        world,
        entry,
        agent=seat.agent,
        driver=seat.driver,
        account=seat.account,
        model=seat.model,
        profile=seat.profile,
        agent_session=seat.session,
        subagents=(),
        commands=(),
        **more,
    )


def _reassigned(world: World, entry: Entry, event: ev.Reassigned) -> None:
    seated(world, entry, event.new)


def _reassign_failed(world: World, entry: Entry, event: ev.ReassignFailed) -> None:
    if event.seat is not None:
        seated(world, entry, event.seat, handing=None)
    else:
        move(world, entry, handing=None)


def _settled(world: World, entry: Entry, event: ev.ReassignSettled) -> None:
    move(world, entry, handing=None)


def _rung(world: World, entry: Entry, event: ev.RungChanged) -> None:
    move(world, entry, ladder=event.ladder)


def _checkpoint(world: World, entry: Entry, event: ev.CheckpointMade) -> None:
    head = world.threads.get(entry.thread)
    if head is not None:
        mark = replace(event.mark, at=entry.wall)
        move(world, entry, checkpoints=(*head.checkpoints, mark)[-MOST_CHECKPOINTS:])


def _reverted(world: World, entry: Entry, event: ev.Reverted) -> None:
    """What was said of other files is no longer so; what its agent knows was kept first."""
    head = world.threads.get(entry.thread)
    if head is None:
        return
    knows = head.put_back[1] or event.kept
    back = (0, 0) if event.to == knows else (event.to, knows)
    move(world, entry, verified=None, critique=None, put_back=back)


def _verify_started(world: World, entry: Entry, event: ev.VerifyStarted) -> None:
    move(world, entry, verifying=event.effect, verifying_at=entry.wall)


def _verified(world: World, entry: Entry, event: ev.Verified) -> None:
    head = world.threads.get(entry.thread)
    verdict = replace(event.verdict, at=entry.wall, seq=entry.seq)
    if head is None:
        return
    move(world, entry, verifying="", verified=verdict)
    operation = world.operations.get(head.operation)
    if operation is not None:
        world.operations[operation.name] = replace(operation, verified=verdict)


def _critic_asked(world: World, entry: Entry, event: ev.CriticAsked) -> None:
    move(world, entry, judging=event.effect)


def _critiqued(world: World, entry: Entry, event: ev.Critiqued) -> None:
    critique = replace(event.critique, at=entry.wall, seq=entry.seq)
    move(world, entry, judging="", critique=critique)


def _merging(
    world: World, entry: Entry, event: ev.MergeStarted | ev.Merged | ev.ConflictFound
) -> None:
    move(world, entry, merging=replace(event.merging, at=entry.wall))


def _merged(world: World, entry: Entry, event: ev.Merged) -> None:
    """What was said of the other thread's files before is no longer so."""
    move(world, entry, merging=replace(event.merging, at=entry.wall))
    head = world.threads.get(entry.thread)
    if head is not None and event.merging.whole(head.parent, head.operation):
        _outcome(world, entry.thread, "done", "merged")
    target = _target(world, event.merging.into)
    if target is not None:
        brought = (*(one for one in target.brought if one != entry.thread), entry.thread)
        _other(world, target, brought)


def _unmerged(world: World, entry: Entry, event: ev.Unmerged) -> None:
    move(world, entry, merging=None)
    if event.merging.commit:
        _outcome(world, entry.thread, "merged", "done")
    target = _target(world, event.merging.into)
    if target is not None and event.merging.commit:
        _other(world, target, tuple(one for one in target.brought if one != entry.thread))


def _outcome(world: World, thread: int, old: Outcome, new: Outcome) -> None:
    """An ended thread ended as its merge says; one that lives has no outcome."""
    head = world.threads.get(thread)
    if head is not None and head.outcome == old:
        world.threads[thread] = replace(head, outcome=new)


def _target(world: World, into: str) -> Head | None:
    number = into.removeprefix("#")
    return world.threads.get(int(number)) if into != number and number.isdecimal() else None


def _other(world: World, target: Head, brought: tuple[int, ...]) -> None:
    changed = replace(target, brought=brought, verified=None, critique=None)
    world.threads[target.id] = changed


def _land_started(world: World, entry: Entry, event: ev.LandStarted) -> None:
    move(world, entry, landing=event.landing.how)


def _landed(world: World, entry: Entry, event: ev.Landed) -> None:
    move(world, entry, landing="", landed=replace(event.landing, at=entry.wall))


def _land_failed(world: World, entry: Entry, event: ev.LandFailed) -> None:
    move(world, entry, landing="")


def _unlanded(world: World, entry: Entry, event: ev.Unlanded) -> None:
    move(world, entry, landed=None)


def _measured(world: World, entry: Entry, event: ev.WorkspaceMeasured) -> None:
    move(world, entry, disk=event.bytes)


def _reclaimed(world: World, entry: Entry, event: ev.WorkspaceReclaimed) -> None:
    head: Head | None = world.threads.get(entry.thread)
    if head is not None:
        move(world, entry, workspace="", port=0, disk=0, kept_ref=event.ref)


SHAPING_CASES: dict[str, Callable[[World, Entry, Any], None]] = {
    "SplitProposed": _proposed,
    "SplitDropped": _dropped,
    "SplitMade": _split,
    "Forked": _forked,
    "LimitCarved": _carved,
    "LimitReturned": _returned,
    "HandoffDrafted": _drafted,
    "Reassigned": _reassigned,
    "ReassignFailed": _reassign_failed,
    "ReassignSettled": _settled,
    "RungChanged": _rung,
    "CheckpointMade": _checkpoint,
    "Reverted": _reverted,
    "VerifyStarted": _verify_started,
    "Verified": _verified,
    "CriticAsked": _critic_asked,
    "Critiqued": _critiqued,
    "MergeStarted": _merging,
    "Merged": _merged,
    "Unmerged": _unmerged,
    "ConflictFound": _merging,
    "LandStarted": _land_started,
    "Landed": _landed,
    "LandFailed": _land_failed,
    "Unlanded": _unlanded,
    "WorkspaceMeasured": _measured,
    "WorkspaceReclaimed": _reclaimed,
}

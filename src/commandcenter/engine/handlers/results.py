"""Checkpoints, verdicts, merges, landings, and worktrees that are no longer needed."""

from typing import TYPE_CHECKING

from commandcenter.core.events import Landed, Reverted
from commandcenter.core.orders import (
    Checkpoint,
    Critic,
    Kill,
    Land,
    Merge,
    Reclaim,
    Revert,
    Revive,
    Unland,
    Unmerge,
    Unsteer,
    Verify,
)
from commandcenter.core.refusals import (
    Ending,
    LandAsked,
    NoChange,
    NoCheckpoint,
    NotVerified,
    Reason,
    Refused,
    TargetInvalid,
    UnseenWork,
)
from commandcenter.core.shaping import CheckpointMark, Landing
from commandcenter.core.targets import resolve
from commandcenter.core.targets import text as target_text
from commandcenter.core.world import Head, Queued
from commandcenter.engine import control, critic, landing, merging, reclaiming, verifying
from commandcenter.engine.checkpointing import checkpoint
from commandcenter.engine.handlers import forces
from commandcenter.engine.handlers.base import Carried, Handler, must_act
from commandcenter.engine.handlers.mending import mend
from commandcenter.engine.resting import wake
from commandcenter.engine.results import failed, must_have_files, must_stand, record, success_of
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


# --- checkpoints ------------------------------------------------------------------------------


def _check_checkpoint(engine: "Engine", order: Checkpoint, head: Head) -> None:
    must_have_files(head)


async def _checkpoint(engine: "Engine", carried: Carried, thread: int) -> None:
    await checkpoint(engine, thread, "you", carried.id)


def _check_revert(engine: "Engine", order: Revert, head: Head) -> None:
    must_have_files(head)
    must_stand(head)
    _marked(head, order.to)


def _marked(head: Head, number: int) -> CheckpointMark:
    """Raises Refused(NoCheckpoint)."""
    for mark in head.checkpoints:
        if mark.number == number:
            return mark
    raise Refused(NoCheckpoint(number))


async def _revert(engine: "Engine", carried: Carried, thread: int) -> None:
    """What stands becomes a checkpoint, which is where undo goes back to."""
    order: Revert = carried.order
    async with engine.results.writing(thread):
        mark = _marked(engine.parts.world.threads[thread], order.to)
        kept = await checkpoint(engine, thread, "revert", carried.id)
        head = engine.parts.world.threads[thread]
        keep = f"{landing.SPACE}/kept/{thread}/{kept.number}"
        try:
            restore = engine.parts.checkpoints.restore
            await restore(head.workspace, mark.commit, keep, head.branch, thread)
        except WorkspaceError as error:
            raise failed(error) from error
        await record(engine, thread, Reverted(mark.number, kept.number), carried.id)
    carried.inverse.append(Revert(f"#{thread}", kept.number))


# --- verdicts ---------------------------------------------------------------------------------


def _check_verify(engine: "Engine", order: Verify, head: Head) -> None:
    runs = bool(head.verifying) or engine.results.busy(verifying.VERIFY, head.id)
    if order.stop:
        if not runs:
            raise Refused(NoChange())
        return
    verifying.check(engine.parts, head)
    if runs:
        raise Refused(NoChange())


async def _verify(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Verify = carried.order
    if order.stop:
        engine.results.stop(thread)
    else:
        await verifying.verify(engine, thread, carried.id)


def _check_critic(engine: "Engine", order: Critic, head: Head) -> None:
    critic.check(engine.parts, order, head)
    if head.judging or engine.results.busy(critic.CRITIC, head.id):
        raise Refused(NoChange())


async def _critic(engine: "Engine", carried: Carried, thread: int) -> None:
    await critic.criticise(engine, thread, carried.order, carried.id)


# --- merges -----------------------------------------------------------------------------------


def _unseen(engine: "Engine", threads: tuple[int, ...]) -> int:
    """Results whose diff nobody has looked at."""
    heads = [engine.parts.world.threads[thread] for thread in threads]
    return sum(max(0, head.results - head.diff_seen) for head in heads)


def _merge_doubt(engine: "Engine", order: Merge, threads: tuple[int, ...]) -> Reason | None:
    if order.mend:
        return None
    unseen = _unseen(engine, threads)
    if any(_unverifiable(engine, order, thread) for thread in threads):
        said = "nothing says whether it works: its operation has no success command"
        more = f"; {UnseenWork(unseen).text()}" if unseen else ""
        return LandAsked(said + more)
    return UnseenWork(unseen) if unseen else None


def _unverifiable(engine: "Engine", order: Merge, thread: int) -> bool:
    """It goes into an operation that has no success command."""
    head = engine.parts.world.threads[thread]
    try:
        to = merging.goal(engine.parts.world, order.into, head)
    except Refused:
        return False
    return bool(to.operation) and not success_of(engine.parts, head)


async def _merge(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Merge = carried.order
    if order.mend:
        born = await mend(engine, order, thread, carried.id)
        carried.inverse.append(Kill(target_text(born), now=True))
        return
    done = await merging.merge(engine, order, thread, carried.id)
    carried.inverse.append(Unmerge(f"#{thread}"))
    await merging.over(engine, thread, done)


def _check_unmerge(engine: "Engine", order: Unmerge, head: Head) -> None:
    merging.check_back(engine, head)


async def _unmerge(engine: "Engine", carried: Carried, thread: int) -> None:
    await merging.unmerge(engine, thread, carried.id)


# --- landings ---------------------------------------------------------------------------------


async def _before_land(engine: "Engine", order: Land, by: str) -> None:
    """What the doubt is about is found out first."""
    if order.as_ == "pr":
        landing.must_have_gh()
    if order.as_ not in ("merge", "pr"):
        return
    for thread in resolve(engine.parts.world, order.target):
        head = engine.parts.world.threads[thread]
        if head.workspace:
            subject = await landing.subject_of(engine.parts, head)
            engine.results.current[thread] = subject.green
            engine.results.marked[thread] = await landing.marked(engine.parts, head, subject)
            if order.as_ == "pr":
                engine.results.drafts[thread] = await landing.draft(engine.parts, head, order.text)


def _check_land(engine: "Engine", order: Land, head: Head) -> None:
    if head.landing:
        raise Refused(NoChange())
    if order.as_ == "back":
        _check_back(engine, order, head)
        return
    must_have_files(head)
    must_stand(head)


def _check_back(engine: "Engine", order: Land, head: Head) -> None:
    if not order.text.strip():
        raise Refused(TargetInvalid('say what is to be done: land T --as back "text"'))
    if head.state == "dying":
        raise Refused(Ending())
    if head.state != "ended":
        must_act(engine, order, head)


def _land_doubt(engine: "Engine", order: Land, threads: tuple[int, ...]) -> Reason | None:
    if order.as_ == "back":
        return None
    if order.as_ == "discard":
        return _discard_doubt(engine, threads)
    doubts = _doubts(engine, threads)
    if order.as_ == "pr":
        return _pr_doubt(engine, threads, doubts)
    if len(doubts) > 1:
        return LandAsked(", and ".join(doubt.text() for doubt in doubts))
    return doubts[0] if doubts else None


def _doubts(engine: "Engine", threads: tuple[int, ...]) -> list[Reason]:
    """What speaks against it; nothing = it may land."""
    found = engine.results
    unseen = _unseen(engine, threads)
    green = all(found.current.get(thread, False) for thread in threads)
    marked = tuple(file for thread in threads for file in found.marked.get(thread, ()))
    doubts: list[Reason] = [UnseenWork(unseen)] if unseen else []
    doubts += [] if green else [NotVerified()]
    if marked:
        doubts.append(LandAsked(f"a conflict's marks stand in {merging.named(marked)}"))
    return doubts


def _discard_doubt(engine: "Engine", threads: tuple[int, ...]) -> Reason:
    names = ", ".join(engine.parts.world.threads[thread].name for thread in threads)
    return LandAsked(f"the files of {names} go back to how they began; all is kept, undo brings it")


def _pr_doubt(engine: "Engine", threads: tuple[int, ...], doubts: list[Reason]) -> Reason:
    """Always asked: it leaves this machine."""
    known = engine.results.drafts
    drafts = [known[thread] for thread in threads if thread in known]
    said = "; ".join(f'pushes {d.branch} to {d.remote} and asks there: "{d.title}"' for d in drafts)
    more = [doubt.text() for doubt in doubts]
    return LandAsked("; ".join((said or "a pull request leaves this machine", *more)))


async def _land(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Land = carried.order
    if order.as_ == "merge":
        await landing.land_merge(engine, thread, carried.id)
    elif order.as_ == "pr":
        await landing.land_pr(engine, thread, order.text, carried.id)
    elif order.as_ == "discard":
        await landing.discard(engine, thread, carried.id)
        carried.inverse.append(Unland(f"#{thread}"))
    else:
        await _send_back(engine, carried, thread)


async def _send_back(engine: "Engine", carried: Carried, thread: int) -> None:
    """To the agent, as its next words; one that has ended is revived with them."""
    order: Land = carried.order
    to = thread
    if engine.parts.world.threads[thread].state == "ended":
        inner = Carried(carried.id, Revive(f"#{thread}"), carried.by, (thread,))
        await forces.HANDLERS["revive"].act(engine, inner, thread)
        carried.inverse += inner.inverse
        to = max(engine.parts.world.threads[thread].children)
    item = f"{carried.id[:12]}-{to}"
    runner = engine.runner(to)
    await control.steer(runner, Queued(item, order.text), False)
    wake(engine, runner)
    if to == thread:
        carried.inverse.append(Unsteer(f"#{thread}", item))
    await record(engine, thread, Landed(Landing("back", where=f"#{to}")), carried.id)


def _check_unland(engine: "Engine", order: Unland, head: Head) -> None:
    must_have_files(head)
    must_stand(head)
    landing.check_unland(head)


async def _unland(engine: "Engine", carried: Carried, thread: int) -> None:
    await landing.unland(engine, thread, carried.id)


# --- the worktree -----------------------------------------------------------------------------


def _check_reclaim(engine: "Engine", order: Reclaim, head: Head) -> None:
    reclaiming.check(engine, order, head)


async def _reclaim(engine: "Engine", carried: Carried, thread: int) -> None:
    await reclaiming.reclaim(engine, thread, carried.id)


HANDLERS: dict[str, Handler] = {
    "checkpoint": Handler(_checkpoint, _check_checkpoint),
    "revert": Handler(_revert, _check_revert),
    "verify": Handler(_verify, _check_verify),
    "critic": Handler(_critic, _check_critic),
    "merge": Handler(_merge, merging.check, doubt=_merge_doubt),
    "unmerge": Handler(_unmerge, _check_unmerge),
    "land": Handler(_land, _check_land, _before_land, _land_doubt),
    "unland": Handler(_unland, _check_unland),
    "reclaim": Handler(_reclaim, _check_reclaim),
}

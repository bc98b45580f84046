"""Merges and landings that an engine began and did not see the end of: git says what happened."""

import contextlib
from typing import TYPE_CHECKING

from msgspec.structs import replace

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    Critiqued,
    Event,
    Landed,
    LandFailed,
    LandStarted,
    Merged,
    Reverted,
    Unmerged,
    Verified,
)
from commandcenter.core.refusals import Refused
from commandcenter.core.shaping import OP, Critique, Landing, Merging, Verdict
from commandcenter.core.world import Head, World
from commandcenter.engine.merging import merged_ref, tip_of
from commandcenter.engine.results import changed_since, last_of, operation_of, record
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

LOST = "the engine was lost"


def lost_verdicts(world: World) -> list[Fact]:
    """Ends for success commands and critics that have none."""
    facts = []
    for head in world.threads.values():
        stamp = Stamp(head.id, head.epoch, head.turn)
        if head.verifying:
            operation = world.operations.get(head.operation)
            command = operation.success if operation is not None else ""
            verdict = Verdict("error", command, line=LOST)
            facts.append(Fact(Verified(head.verifying, verdict), stamp))
        if head.judging:
            facts.append(Fact(Critiqued(head.judging, Critique("none", LOST, "")), stamp))
    return facts


def verified_in(world: World) -> tuple[str, ...]:
    """Repositories in which a success command was running."""
    return tuple(dict.fromkeys(h.repo for h in world.threads.values() if h.verifying))


async def sweep(engine: "Engine", repos: tuple[str, ...]) -> None:
    """The places that lost success commands have left."""
    for repo in repos:
        with contextlib.suppress(WorkspaceError):  # it is away, and its places with it
            await engine.parts.gits.verifying.swept(repo)


async def settle_results(engine: "Engine") -> None:
    """Whatever was on its way is there or is not; nothing stays in between."""
    for head in list(engine.parts.world.threads.values()):
        if head.merging is not None and not (head.merging.commit or head.merging.conflicts):
            await _settle(engine, head, await _merge_now(engine, head, head.merging))
        if head.landing:
            for event in await _landing_now(engine, head):
                await _settle(engine, head, event)


async def _settle(engine: "Engine", head: Head, event: Event) -> None:
    await record(engine, head.id, event)


# --- merges -----------------------------------------------------------------------------------


async def _merge_now(engine: "Engine", head: Head, merging: Merging) -> Event:
    try:
        if merging.into.startswith(OP):
            return await _branch_now(engine, head, merging)
        return await _files_now(engine, head, merging)
    except (WorkspaceError, Refused):
        return Unmerged(merging)  # it is away, so nothing of it is there


async def _branch_now(engine: "Engine", head: Head, merging: Merging) -> Event:
    """The branch was moved, as the last step, or it was not."""
    parts = engine.parts
    operation = operation_of(parts, head)
    if operation is None:
        return Unmerged(merging)
    tip = (await tip_of(parts, operation))[0]
    made = await parts.gits.integration.commit(operation.repo, merged_ref(head.id))
    if tip and tip == made:
        return Merged(replace(merging, commit=tip))
    return Unmerged(merging)


async def _files_now(engine: "Engine", head: Head, merging: Merging) -> Event:
    """The files are what the merge gives, or they are put back to what they were before."""
    parts = engine.parts
    target = parts.world.threads[int(merging.into.removeprefix("#"))]
    if not await changed_since(parts, target, merging.before):
        return Unmerged(merging)
    theirs = head.checkpoints[-1].commit
    merger = parts.gits.merging
    wanted = await merger.preview(head.repo, merging.before, theirs, merging.files)
    number = target.checkpoints[-1].number + 1 if target.checkpoints else 1
    made = await parts.checkpoints.checkpoint(target.workspace, target.id, number)
    if made.tree == wanted.tree:
        return Merged(replace(merging, commit=made.commit))
    keep = f"refs/commandcenter/kept/{target.id}/{number}"
    restore = parts.checkpoints.restore
    await restore(target.workspace, merging.before, keep, target.branch, target.id)
    return Unmerged(merging)


# --- landings ---------------------------------------------------------------------------------


async def _landing_now(engine: "Engine", head: Head) -> tuple[Event, ...]:
    started = await last_of(engine.parts, head.id, LandStarted)
    if started is None:
        return (LandFailed(head.landing, LOST),)
    landing = started.landing
    try:
        if landing.how == "merge":
            return await _moved_now(engine, head, landing)
        if landing.how == "discard":
            return await _discarded_now(engine, head, landing)
    except WorkspaceError as error:
        return (LandFailed(landing.how, f"{LOST}; {error.why}"),)
    return (LandFailed(landing.how, f"{LOST}; see whether {landing.where} is there already"),)


async def _moved_now(engine: "Engine", head: Head, landing: Landing) -> tuple[Event, ...]:
    integration = engine.parts.gits.integration
    if await integration.holds(head.repo, f"refs/heads/{landing.where}", landing.commit):
        return (Landed(landing),)
    return (LandFailed(landing.how, LOST),)


async def _discarded_now(engine: "Engine", head: Head, landing: Landing) -> tuple[Event, ...]:
    """What was on its way to the start is put back: the person gives it again."""
    parts = engine.parts
    if not await changed_since(parts, head, landing.commit):
        return (LandFailed(landing.how, LOST),)
    mark = next((m for m in head.checkpoints if m.commit == landing.commit), None)
    if not await changed_since(parts, head, head.base):
        number = mark.number if mark is not None else 0
        return (Landed(landing), Reverted(0, number))
    keep = f"refs/commandcenter/kept/{head.id}/lost"
    await parts.checkpoints.restore(head.workspace, landing.commit, keep, head.branch, head.id)
    return (LandFailed(landing.how, LOST),)

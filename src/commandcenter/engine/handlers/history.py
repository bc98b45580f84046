"""Undo and redo: the inverse orders of what was done, given again through the same handlers."""

from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import OrderUndone
from commandcenter.core.orders import (
    AnyOrder,
    Downgrade,
    Escalate,
    Fork,
    Kill,
    Model,
    Revive,
    Spawn,
    Split,
    verb,
)
from commandcenter.core.refusals import NothingToUndo, NotUndoable, Refused
from commandcenter.core.targets import resolve
from commandcenter.core.world import Done, World
from commandcenter.engine.handlers.base import Carried, Handler

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


async def _check_undo(engine: "Engine", order: object, by: str) -> None:
    if not engine.parts.world.undo:
        raise Refused(NothingToUndo("take back"))


async def _undo(engine: "Engine", carried: Carried, thread: int) -> None:
    """The newest order; one that can no longer be taken back is refused once, then forgotten."""
    await _check_undo(engine, carried.order, carried.by)
    done = engine.parts.world.undo[-1]
    carried.undoable = False
    stamp = Stamp(cause=carried.id)
    try:
        if _called_since(engine.parts.world, done):
            raise Refused(NotUndoable(f"{verb(done.order)}, as a model was called since,"))
        for inverse in done.inverse:
            await engine.carry_inner(inverse, carried)
    except Refused as refused:
        await engine.parts.ledger.commit([Fact(OrderUndone(done.id, False), stamp)])
        if isinstance(refused.reason, NotUndoable):
            raise
        raise Refused(NotUndoable(f"{verb(done.order)} ({refused})")) from refused
    await engine.parts.ledger.commit([Fact(OrderUndone(done.id), stamp)])


def _called_since(world: World, done: Done) -> bool:
    """What was born is taken back until its first call, another model until the next."""
    if isinstance(done.order, Spawn | Revive | Split | Fork):
        return any(world.threads[t].called_seq for i in done.inverse for t in _threads(world, i))
    if isinstance(done.order, Model | Escalate | Downgrade):
        threads = [t for inverse in done.inverse for t in _threads(world, inverse)]
        return any(world.threads[t].called_seq > done.seq for t in threads)
    return False


def _threads(world: World, inverse: AnyOrder) -> tuple[int, ...]:
    return resolve(world, inverse.target) if isinstance(inverse, Kill | Model) else ()


async def _check_redo(engine: "Engine", order: object, by: str) -> None:
    if not engine.parts.world.redo:
        raise Refused(NothingToUndo("give again"))


async def _redo(engine: "Engine", carried: Carried, thread: int) -> None:
    await _check_redo(engine, carried.order, carried.by)
    done = engine.parts.world.redo[-1]
    inner = await engine.carry_inner(done.order, carried)
    carried.inverse.extend(inner.inverse)
    carried.redone = done.order


HANDLERS: dict[str, Handler] = {
    "undo": Handler(_undo, before=_check_undo),
    "redo": Handler(_redo, before=_check_redo),
}

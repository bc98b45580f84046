"""Undo and redo: the inverse orders of what was done, given again through the same handlers."""

from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import OrderUndone
from commandcenter.core.orders import verb
from commandcenter.core.refusals import NotUndoable, Refused
from commandcenter.core.targets import resolve
from commandcenter.core.world import Done, World
from commandcenter.engine.handlers.base import Carried, Handler

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


async def _check_undo(engine: "Engine", order: object, by: str) -> None:
    if not engine.parts.world.undo:
        raise Refused(NotUndoable("nothing that was ordered"))


async def _undo(engine: "Engine", carried: Carried, thread: int) -> None:
    done = engine.parts.world.undo[-1]
    carried.undoable = False
    stamp = Stamp(cause=carried.id)
    try:
        _must_be_young(engine.parts.world, done)
        for inverse in done.inverse:
            await engine.carry_inner(inverse, carried)
    except Refused as refused:
        await engine.parts.ledger.commit([Fact(OrderUndone(done.id, False), stamp)])
        raise Refused(NotUndoable(f"{verb(done.order)} ({refused})")) from refused
    await engine.parts.ledger.commit([Fact(OrderUndone(done.id), stamp)])


def _must_be_young(world: World, done: Done) -> None:
    """What brought threads into being is taken back until one of them has made a call."""
    if verb(done.order) not in ("spawn", "revive"):
        return
    for inverse in done.inverse:
        for thread in resolve(world, getattr(inverse, "target", "@none")):
            head = world.threads[thread]
            if head.tokens.calls or head.calls_open:
                raise Refused(NotUndoable(f"#{thread}, which has made its first call,"))


async def _check_redo(engine: "Engine", order: object, by: str) -> None:
    if not engine.parts.world.redo:
        raise Refused(NotUndoable("nothing that was taken back"))


async def _redo(engine: "Engine", carried: Carried, thread: int) -> None:
    done = engine.parts.world.redo[-1]
    inner = await engine.carry_inner(done.order, carried)
    carried.inverse.extend(inner.inverse)
    carried.redone = done.order


HANDLERS: dict[str, Handler] = {
    "undo": Handler(_undo, before=_check_undo),
    "redo": Handler(_redo, before=_check_redo),
}

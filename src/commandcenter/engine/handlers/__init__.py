"""One coroutine per order. `HANDLERS` is the table the door looks in."""

from commandcenter.engine.handlers import (
    approvals,
    chains,
    forces,
    groups,
    history,
    money,
    reassigning,
    results,
    sessions,
    shaping,
    standing,
    steering,
)
from commandcenter.engine.handlers.base import Handler

HANDLERS: dict[str, Handler] = {
    **steering.HANDLERS,
    **forces.HANDLERS,
    **groups.HANDLERS,
    **money.HANDLERS,
    **reassigning.HANDLERS,
    **approvals.HANDLERS,
    **chains.HANDLERS,
    **history.HANDLERS,
    **sessions.HANDLERS,
    **shaping.HANDLERS,
    **results.HANDLERS,
    **standing.HANDLERS,
}
"""verb -> how it is checked and carried out."""

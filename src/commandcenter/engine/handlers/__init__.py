"""One coroutine per order. `HANDLERS` is the table the door looks in."""

from commandcenter.engine.handlers import (
    approvals,
    chains,
    forces,
    history,
    money,
    sessions,
    steering,
)
from commandcenter.engine.handlers.base import Handler

HANDLERS: dict[str, Handler] = {
    **steering.HANDLERS,
    **forces.HANDLERS,
    **money.HANDLERS,
    **approvals.HANDLERS,
    **chains.HANDLERS,
    **history.HANDLERS,
    **sessions.HANDLERS,
}
"""verb -> how it is checked and carried out."""

"""A session that is to follow another of the same thread: prepared beside it, then in its place."""

from typing import TYPE_CHECKING

from commandcenter.core.base import ThreadId
from commandcenter.gate.admission import Admission
from commandcenter.gate.base import GateAddress, Route
from commandcenter.gate.threads import address

if TYPE_CHECKING:
    from commandcenter.gate.gate import Gate


class Succession:
    """The session that has the thread loses nothing until the next one is promoted."""

    def __init__(self, gate: "Gate", admission: Admission) -> None:
        self._gate = gate
        self._admission = admission

    def prepare(self, thread: ThreadId | int, epoch: int, route: Route) -> GateAddress:
        """The address and secret of a session that is to follow; its calls wait until then."""
        secret = self._admission.threads.prepare(thread, epoch, route)
        return address(self._gate.where, thread, secret)

    def promote(self, thread: ThreadId | int) -> None:
        """It has the thread now; the one before is revoked, its calls are cut or refused.

        Nothing happens when none is prepared.
        """
        if not self._admission.threads.prepared(thread):
            return
        self._gate.close(thread, self._admission.threads.of(thread).epoch)
        found = self._admission.threads.promote(thread)
        self._admission.plans.moved(found)
        found.kick()

    def withdraw(self, thread: ThreadId | int) -> None:
        """It will not come."""
        self._admission.threads.withdraw(thread)

"""What the player sees of the gate, at one moment."""

from collections.abc import Iterator

from commandcenter.gate.admission import Admission
from commandcenter.gate.base import AccountView, GateView
from commandcenter.gate.call import Call
from commandcenter.gate.relay import Relay
from commandcenter.gate.supply import OPEN, Supply
from commandcenter.gate.threads import CLOSED, GateThread


def view(admission: Admission, relay: Relay, where: str) -> GateView:
    """Everything at once; `where` = host:port of the listener, empty = in process only."""
    held: dict[str, int] = {}
    live: dict[int, int] = {}
    flying = 0
    for thread in admission.threads.all():
        reason = _reason(admission, thread)
        if reason is not None and thread.epoch != CLOSED:
            held[reason] = held.get(reason, 0) + 1
        for call in thread.calls.values():
            if call.flight is not None and call.flight.alive and call.reserved is not None:
                flying += 1
                need = call.reserved.need.tokens
                live[thread.id] = live.get(thread.id, 0) + need
    return GateView(
        in_flight=flying,
        waiting=len(admission.waiting),
        admitted=relay.admitted,
        refused=relay.refused,
        held=held,
        accounts=tuple(_accounts(admission)),
        live=live,
        address=f"http://{where}" if where else "",
    )


def _reason(admission: Admission, thread: GateThread) -> str | None:
    """What holds the thread, a closed account that its call waits for included."""
    if held := admission.held(thread):
        return held
    if thread.over is not None:
        return "budget"
    waits = (call.wait for call in thread.calls.values())
    return next((wait.reason for wait in waits if wait and wait.reason == "window"), None)


def _accounts(admission: Admission) -> Iterator[AccountView]:
    waiting = list(admission.waiting.values())
    for account in admission.accounts.table.values():
        supply = admission.supply(account)
        queued = [call for call in waiting if _waits_for(call, account.id, supply)]
        yield AccountView(
            account.id,
            supply.running,
            supply.cap,
            len(queued),
            supply.closed_until if supply.closed else OPEN,
            supply.why,
            account.auth,
            admission.plans.windows(account.id),
        )


def _waits_for(call: Call, account: str, supply: Supply) -> bool:
    """Is it in the account's queue, or held until its plan's reset?"""
    wait, route = call.wait, call.thread.route
    if wait is None or wait.supply is not None:
        return wait is not None and wait.supply is supply
    return wait.reason == "window" and route is not None and route.account == account

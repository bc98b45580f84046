"""After a restart: spending, limits, holds, weights, plans and closed accounts as they were."""

from msgspec.structs import replace

from commandcenter.core.conversation import Usage
from commandcenter.core.events import CallSettled
from commandcenter.core.world import Head, OpenCall, World
from commandcenter.gate.admission import Admission
from commandcenter.gate.base import Price
from commandcenter.gate.supply import OPEN
from commandcenter.rules.budget import DAY, Amount, spent


def restore(admission: Admission, world: World, weight: float) -> None:
    """All of it; `weight` = how much a cached token counts."""
    ledger = admission.limits.ledger
    ledger.restore(DAY, world.day_limit, spent(world.day_tokens, world.day_spent, weight))
    for name, operation in world.operations.items():
        sums = spent(operation.tokens, operation.spent, weight)
        ledger.restore(f"@op:{name}", operation.limit, sums)
    for head in world.threads.values():
        ledger.restore(f"#{head.id}", head.limit, spent_by(head, weight))
        if head.state != "ended":
            thread = admission.threads.of(head.id)
            thread.holds |= {*head.hold} - {"budget"}
            thread.last_input = head.context_used
            thread.weight = head.weight
    admission.frozen = set(world.frozen_accounts)
    _accounts(admission, world)


def lost(call: OpenCall, price: Price) -> CallSettled:
    """How an admitted call that an engine's death left open is settled: at its reservation."""
    usage = Usage(
        input=min(call.est_in, call.reserved),
        output=max(0, call.reserved - call.est_in),
        counts="estimated",
    )
    cost = price(call.account, call.model, usage)
    if call.reserved_usd is not None and cost.basis != "plan":
        cost = replace(cost, usd=call.reserved_usd)
    return CallSettled(call.call, "engine_lost", 0, usage, cost, call.account, call.model)


def spent_by(head: Head, weight: float) -> Amount:
    """What the wire said, and what an agent reported where its limit counts that."""
    metered = spent(head.tokens, head.spent, weight)
    if head.limit.reported and head.routed == "no":
        return metered.plus(Amount(sum(head.reported)))
    return metered


def _accounts(admission: Admission, world: World) -> None:
    """Closed accounts, and of plans their windows and who waits for them."""
    waiting: dict[str, list[int]] = {}
    for head in world.threads.values():
        if "window" in head.hold and head.state != "ended":
            waiting.setdefault(head.account, []).append(head.id)
    for known in world.accounts.values():
        account = admission.accounts.table.get(known.id)
        if account is None:
            continue
        if known.closed_until != OPEN:
            admission.supply(account).close(known.closed_until, known.why)
        if account.login:
            held = [admission.threads.of(id) for id in waiting.pop(known.id, [])]
            admission.plans.restore(account, known, held)
    for threads in waiting.values():
        for id in threads:
            admission.threads.of(id).holds.discard("window")

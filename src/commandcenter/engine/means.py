"""What a split of a thread has to divide, for the menu and the plan editor of the screen."""

from typing import TYPE_CHECKING, Any

from commandcenter.core.conversation import Usage
from commandcenter.engine.carving import step_of
from commandcenter.engine.pricing import context_price

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


async def shares(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """args: thread. As `hud.shaping.Means`; money as text or null (not known, or no limit)."""
    parts = engine.parts
    head = parts.world.threads.get(int(args["thread"]))
    if head is None:
        return {}
    free, step = parts.gate.free(head.id), await step_of(parts, head.id)
    account = parts.accounts.get(head.account)
    price = context_price(parts, head.account, head) if account is not None else None
    basis = parts.price(head.account, head.model, Usage(1)).basis if account is not None else ""
    return {
        "free": {"usd": _text(free.usd), "tokens": free.tokens},
        "step": {"usd": _text(step.usd), "tokens": step.tokens},
        "context": head.context_used,
        "usd": _text(price),
        "practice": basis == "practice",
        "plan": basis == "plan",
    }


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)

"""What reading a thread's context costs whoever is to go on from it."""

from decimal import Decimal
from typing import TYPE_CHECKING

from commandcenter.core.conversation import Usage
from commandcenter.core.world import Head

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts


def context_price(parts: "Parts", account: str, head: Head, model: str = "") -> Decimal | None:
    """US dollars (practice dollars, list value) of reading the thread's context once, uncached."""
    return parts.price(account, model or head.model, Usage(head.context_used)).usd

"""A question to a model beside a thread's work: metered as a side call and charged to it."""

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from commandcenter.config.accounts import Account
from commandcenter.core.conversation import ModelRequest, TextPiece
from commandcenter.core.world import Head
from commandcenter.drivers.native_desk import WIRES
from commandcenter.gate.base import CallCut, GateRefused, Route

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts


async def ask_aside(
    parts: "Parts", head: Head, account: Account, asked: ModelRequest, limit_s: float
) -> str:
    """What the model says, whole, within `limit_s` seconds.

    Neither the thread's pause nor its session matters; a full limit refuses. Raises ValueError
    with one sentence that says why there is no answer.
    """
    try:
        async with asyncio.timeout(limit_s):
            return await _answer(parts, head, account, asked)
    except TimeoutError:
        raise ValueError(f"{asked.model} has not answered within {limit_s:.0f} s") from None
    except (GateRefused, CallCut) as error:
        raise ValueError(str(error).removeprefix("commandcenter: ")) from error


async def _answer(parts: "Parts", head: Head, account: Account, asked: ModelRequest) -> str:
    account = _spoken(parts, account)
    wire = WIRES[account.kind]
    decoder = wire.new_decoder()
    said: list[str] = []
    route = Route(account.id, asked.model, operation=head.operation)
    async with aclosing(parts.gate.aside(head.id, route, wire.encode(asked))) as answer:
        async for data in answer:
            said += (piece.text for piece in decoder.feed(data) if isinstance(piece, TextPiece))
    said += (piece.text for piece in decoder.end() if isinstance(piece, TextPiece))
    if not decoder.finished or decoder.broken:
        raise ValueError(f"the answer of {asked.model} broke off")
    return "".join(said)


def _spoken(parts: "Parts", account: Account) -> Account:
    """The account, or one on the same key whose protocol our own loop speaks. Raises ValueError."""
    if account.kind in WIRES:
        return account
    for other in parts.accounts.values():
        if other.kind in WIRES and other.key_ref == account.key_ref and other.auth == "key":
            return other
    raise ValueError(f"account {account.id} speaks {account.kind}, which only its agent does")

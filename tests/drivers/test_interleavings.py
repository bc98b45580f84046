"""Whatever is ordered in whatever order: a turn ends once and its conversation can go on."""

import asyncio
import random

import pytest

from commandcenter.drivers.base import RESUME_PROMPT, Answer, Session
from commandcenter.testing.sessions import DriverKit, Heard

ORDERS = ("step", "freeze", "go", "rest", "steer", "interrupt", "cut")


async def act(order: str, kit: DriverKit, session: Session, turn: int) -> None:
    if order == "step" or order == "freeze":
        kit.gate.gate.drain(1, order == "freeze")
        kit.hold()
        await session.stop("step" if order == "step" else "freeze")
    elif order == "go":
        await session.go()
        kit.gate.gate.drain(1, False)
        kit.release()
    elif order == "rest":
        await asyncio.wait_for(session.at_rest(), 2)
    elif order == "steer":
        await session.steer(turn, "and look again")
    elif order == "interrupt":
        await session.interrupt("player")
    else:
        kit.cut()


@pytest.mark.parametrize("seed", range(12))
async def test_any_order_of_orders(kit: DriverKit, seed: int) -> None:
    rng = random.Random(seed)
    heard = Heard(stance=lambda asking: Answer("allow"))
    session = await kit.open(heard)
    await session.prompt(1, "Do it. [[sparring script=work seed=3 rate=400]]")
    turn = 1
    for _ in range(8):
        await asyncio.sleep(rng.uniform(0, 0.03))
        await act(rng.choice(ORDERS), kit, session, turn)
        if len(heard.ends) == turn and rng.random() < 0.7:
            turn += 1
            await session.prompt(turn, RESUME_PROMPT)
    await act("go", kit, session, turn)
    await heard.end(turn)
    await session.prompt(turn + 1, RESUME_PROMPT)
    assert (await heard.end(turn + 1)).stop == "end"
    assert [number for number, _ in heard.ends] == list(range(1, turn + 2))
    asked = [call.id for message in heard.history for call in message.tool_calls]
    answered = [result.call for message in heard.history for result in message.results]
    assert sorted(asked) == sorted(answered)
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"

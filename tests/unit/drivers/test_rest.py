"""Where a foreign agent rests while its thread is paused."""

import asyncio

from commandcenter.drivers.rest import Rest


async def test_between_turns_it_rests_at_once() -> None:
    assert Rest(lambda: False).stop("step") == 1


async def test_a_hook_is_held_while_stopped_and_answered_by_go() -> None:
    rest = Rest(lambda: False)
    rest.turn(True)
    await rest.hook()
    assert rest.stop("step") == 0
    resting = asyncio.create_task(rest.at_rest(), name="at rest")
    held = asyncio.create_task(rest.hook(), name="hook")
    assert await resting == 1
    assert not held.done()
    rest.go()
    await held
    assert rest.rung() == 0


async def test_an_open_ask_is_rung_1_and_a_waiting_call_rung_2() -> None:
    waits = [False]
    rest = Rest(lambda: waits[0])
    rest.turn(True)
    rest.asked("a")
    assert rest.stop("step") == 1
    rest.answered("a")
    assert rest.rung() == 0
    waits[0] = True
    assert await rest.at_rest() == 2


async def test_let_go_before_it_rested() -> None:
    rest = Rest(lambda: False)
    rest.turn(True)
    rest.stop("step")
    resting = asyncio.create_task(rest.at_rest(), name="at rest")
    await asyncio.sleep(0)
    rest.go()
    assert await resting == 0


async def test_frozen_is_never_made_merely_paused() -> None:
    rest = Rest(lambda: False)
    rest.turn(True)
    assert rest.stop("freeze") == 3
    assert rest.stop("step") == 3

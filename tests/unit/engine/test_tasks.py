"""Tasks that are ended: what is on its way to the journal arrives."""

import asyncio

from commandcenter.engine.tasks import Tasks


async def test_the_end_waits_for_what_is_being_recorded() -> None:
    tasks, told = Tasks(), []

    async def post() -> None:
        await asyncio.sleep(0.02)
        told.append("recorded")

    async def works() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tasks.spawn(post(), "post")

    ended = tasks.spawn(works(), "works")
    tasks.spawn(post(), "commit")
    await asyncio.sleep(0)
    await tasks.cancel()
    assert ended.cancelled()
    assert told == ["recorded", "recorded"]
    assert tasks.running() == []

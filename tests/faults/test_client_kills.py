"""kill -9 of a client in the middle of orders: nothing is lost, the engine does not care."""

import asyncio
import random
import sys
from contextlib import suppress

import pytest

from commandcenter.core.codec import load_entry
from commandcenter.core.events import OrderGiven, OrderRefused
from commandcenter.core.orders import Rename
from commandcenter.testing.playing import Home

CLIENT = """
import asyncio, sys
from pathlib import Path
from commandcenter.core import notation
from commandcenter.core.base import OrderId
from commandcenter.core.orders import Given
from commandcenter.testing.playing import Home

async def main() -> None:
    home, mine = Home(Path(sys.argv[1])), sys.argv[2]
    link = await home.link(once=False)
    for n in range(100_000):
        order = notation.parse(f'rename #1 "{mine}-{n}"')
        ack = await link.send(Given(OrderId(f"{mine}{n:024x}"), order, "cli"))
        print(ack.id, flush=True)

asyncio.run(main())
"""


async def client_killed(home: Home, name: str, after_s: float) -> list[str]:
    """A client of its own process gives orders until SIGKILL; what it had been acknowledged."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLIENT, str(home.path), name, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = [await asyncio.wait_for(process.stdout.readline(), 10)]
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), after_s)
    process.kill()
    said += [line async for line in process.stdout]
    await process.wait()
    return [line.decode().strip() for line in said if line.endswith(b"\n")]


async def killed(home: Home, kills: int, seed: int) -> int:
    """Clients one after the other; how many orders they had been acknowledged in all."""
    chance = random.Random(seed)
    home.options = ("--skirmish", "3", "--seed", "7", "--speed", "4")
    await home.start()
    await home.until(lambda world: 1 in world.threads)
    acknowledged: list[str] = []
    for n in range(kills):
        acknowledged += await client_killed(home, f"client{n:02d}", chance.uniform(0.0, 0.2))
    events = [load_entry(row).event for row in home.rows()]
    given = {event.id: event.order for event in events if isinstance(event, OrderGiven)}
    assert [one for one in acknowledged if one not in given] == []
    refused = {event.id for event in events if isinstance(event, OrderRefused)}
    assert not refused & set(acknowledged)
    names = [o.name for o in given.values() if isinstance(o, Rename) and o.name.startswith("cl")]
    assert len(names) == len(set(names)), "each order once"
    assert len(names) - len(acknowledged) <= kills, "only the last of each may lack its answer"
    await home.until(lambda world: world.threads[1].name == names[-1])
    assert (await home.json("status"))["recording"] == "ok"
    assert "Traceback" not in home.complaints()
    assert await home.stop() == 0
    return len(acknowledged)


async def test_three_clients_are_killed(home: Home) -> None:
    assert await killed(home, 3, 1) > 3


@pytest.mark.faults
async def test_forty_clients_are_killed(home: Home) -> None:
    assert await killed(home, 40, 2) > 40


@pytest.mark.faults
async def test_a_client_that_never_reads_is_not_waited_for(home: Home) -> None:
    home.options = ("--skirmish", "24", "--seed", "7", "--speed", "20")
    await home.start()
    await home.until(lambda world: len(world.threads) == 24)
    deaf = await home.link(once=False)
    pump = deaf._pump  # nobody reads the socket from here on
    assert pump is not None
    pump.cancel()
    said = await home.run("order", "pause @all", "--yes", "--wait")
    assert said.code == 0, said
    await deaf.close()

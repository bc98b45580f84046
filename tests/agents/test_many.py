"""20 Codex and 8 Claude threads at once: memory, the bell over all of them, nothing lost."""

import asyncio
import time
from collections.abc import Callable

import pytest
from field import Field

from commandcenter.core.codec import load_entry
from commandcenter.core.events import AllPaused
from commandcenter.core.world import World

pytestmark = pytest.mark.agents
MANY = {"codex": 20, "claude": 8}
ENDS = "Four steps done."
CALLS = 5
LATE_S = 0.1
"""After the bell's entry no request may begin later."""


async def test_many_at_once(field: Field, figure: Callable[[str], None]) -> None:
    field.settings = ("live_foreign=40",)
    await field.start()
    threads = [
        await field.spawn(agent, "steps") for agent, count in MANY.items() for _ in range(count)
    ]
    await field.home.until(lambda w: all(h.agent_session for h in w.threads.values()), 180)
    async with field.yes():
        await field.home.until(lambda w: sum(h.tokens.calls for h in w.threads.values()) > 28, 180)
        begun = time.perf_counter()
        await field.home.order("pause-all")
        await field.home.until(rest, 60)
        paused_s = time.perf_counter() - begun
        await asyncio.sleep(6.0)
        weights = memory(await field.home.world())
        late = after_bell(field)
        await field.home.order("resume-all")
        await field.home.until(lambda w: over(w, threads), 300)
    for agent, each in weights.items():
        mean, most = sum(each) / len(each) / 1e6, max(each) / 1e6
        figure(f"{agent}: {len(each)} processes, {mean:.0f} MB a thread, at most {most:.0f} MB")
    figure(
        f"pause-all to the last that rests: {paused_s:.2f} s; latest request {late * 1000:.0f} ms"
    )
    assert late <= LATE_S
    for thread in threads:
        assert field.text(thread) == f"One.Two.Three.Four.{ENDS}", thread
    found = field.requests("steps")
    assert len(found) == CALLS * len(threads)
    assert len({one.begin.body_sha256 for one in found}) == len(found)


def rest(world: World) -> bool:
    return all(head.state in ("paused", "idle", "ended") for head in world.threads.values())


def over(world: World, threads: list[int]) -> bool:
    return all(world.threads[thread].state in ("idle", "ended") for thread in threads)


def memory(world: World) -> dict[str, list[int]]:
    """Resident bytes of each thread's processes, by agent."""
    found: dict[str, list[int]] = {}
    for head in world.threads.values():
        if head.rss:
            found.setdefault(head.agent, []).append(head.rss)
    return found


def after_bell(field: Field) -> float:
    """How long after the bell's entry the last request began that stood before the resume."""
    [bell] = [row.wall for row in field.home.rows() if row.kind == "AllPaused"]
    assert any(isinstance(load_entry(row).event, AllPaused) for row in field.home.rows())
    begun = [one.begin.wall for one in field.requests()]
    return max(0.0, (max(begun) - bell) / 1e9)

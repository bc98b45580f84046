"""40 loops against limits, through the engine: what the endpoint counted stays within them."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from commandcenter.core.world import World
from commandcenter.testing.engines import repository
from commandcenter.testing.playing import Home, endpoint, over_lives

THREADS = 40
EACH = 20_000
SHARED = 300_000
CAP = 8
SCENARIO = Path(__file__).with_name("looping.toml")
README = "A line that stands for what people write into the file that everybody reads.\n" * 12
Figure = Callable[[str], None]


async def looping(home: Home, tmp_path: Path, options: str) -> World:
    """40 loops, until every one of them is held by a limit and nothing is in flight."""
    repo = await repository(tmp_path / "repo")
    (repo / "readme.txt").write_text(README)
    await home.start()
    await home.order(f"operation op --repo {repo}", "--wait")
    briefs = " ".join(f'"{n} [[sparring script=loop seed={n}]]"' for n in range(THREADS))
    await home.give(*options.format(briefs=briefs).split(" && "))
    return await home.until(held, 40)


def held(world: World) -> bool:
    """All of them stand at a limit."""
    heads = world.threads.values()
    stand = [head for head in heads if "budget" in head.waits_for and not head.calls_open]
    return len(stand) == THREADS


def spent(log: Path) -> tuple[dict[str, int], int]:
    """Tokens by conversation, and those of the dearest call, as the endpoint counted."""
    by: dict[str, int] = {}
    dearest = 0
    for one in over_lives(log.read_bytes()):
        assert one.end is not None
        usage = one.end.usage
        tokens = usage.input + usage.output if usage is not None else 0
        by[one.begin.conversation] = by.get(one.begin.conversation, 0) + tokens
        dearest = max(dearest, tokens)
    return by, dearest


async def no_further(home: Home, log: Path) -> None:
    """Never one further call, whatever is ordered but more room."""
    before = len(log.read_bytes())
    await home.order("pause @all", "--wait")
    await home.order("resume @all", "--wait")
    await home.until(held)
    await asyncio.sleep(0.09)
    assert len(log.read_bytes()) == before


@pytest.mark.faults
async def test_each_has_its_own_limit(home: Home, tmp_path: Path, figure: Figure) -> None:
    async with endpoint(home, SCENARIO.read_text()) as log:
        await looping(
            home, tmp_path, f"spawn --uncommitted --op op --account chat --tokens {EACH} {{briefs}}"
        )
        by, dearest = spent(log)
        figure(f"limit {EACH}: {min(by.values())} to {max(by.values())} spent; dearest {dearest}")
        assert len(by) == THREADS
        assert 3_000 <= dearest <= 6_500
        assert max(by.values()) <= EACH + dearest, "one call in flight"
        assert min(by.values()) >= EACH - 2 * dearest, "and the limit is used"
        await no_further(home, log)
        await home.order("budget #1 --tokens 40000")
        await home.until(lambda w: w.threads[1].tokens.total > EACH)


async def test_all_share_one_limit(home: Home, tmp_path: Path, figure: Figure) -> None:
    async with endpoint(home, SCENARIO.read_text()) as log:
        limit, spawn = f"budget @op:op --tokens {SHARED}", "spawn --uncommitted --op op"
        await looping(home, tmp_path, f"{limit} && {spawn} --account anthropic {{briefs}}")
        by, dearest = spent(log)
        figure(f"limit {SHARED} for all: {sum(by.values())} spent; dearest call {dearest}")
        assert sum(by.values()) <= SHARED + CAP * dearest
        assert sum(by.values()) >= SHARED - CAP * dearest
        await no_further(home, log)

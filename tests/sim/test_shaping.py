"""500 random sequences of what shapes the battle; one that fails is made short and kept."""

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from shaping_game import ORDERS_LEAST, Game, Move, moves
from shaping_referee import ShapingReferee, orphans, strays

from commandcenter.core.world import live
from commandcenter.engine import bounded, control, handing, runner
from commandcenter.engine.handlers import splitting
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream

FAILURES = Path(__file__).parent / "failures"
QUIET_EVERY = 3
SETTLE_S = 8.0
TOLD_END = "; then: "
"""Between the moves and what was wrong, in a failure."""
GOES = frozenset({"idle", "running", "waiting"})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits of a game in which everything happens at once."""
    monkeypatch.setattr(runner, "RETRY_S", (0.005, 0.01, 0.02))
    monkeypatch.setattr(control, "TURN_OVER_S", 0.05)
    monkeypatch.setattr(handing, "REST_S", 0.05)
    monkeypatch.setattr(splitting, "STAND_S", 0.05)
    for name in ("PROMPT_S", "STOP_S", "INTERRUPT_S", "MODEL_S", "ANSWER_S", "KILL_S"):
        monkeypatch.setattr(bounded, name, 0.05)


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    """A provider that answers each call."""
    async with ScriptedUpstream(ChatAnswer(words=20, input=300)) as upstream:
        yield upstream.url


async def play(home: Path, url: str, played: Sequence[Move]) -> None:
    """A game from its first thread to its last. Raises AssertionError with what was done."""
    game, referee = Game(home, url), ShapingReferee()
    await game.begin()
    try:
        for number, move in enumerate(played):
            await game.play(move)
            quiet = number % QUIET_EVERY == 0
            await judged(game, referee, quiet=quiet)
        await finish(game, referee)
        assert not referee.turns, "a turn never ended"
        assert set(referee.states.values()) <= {"ended"}
        assert await strays(game.bench) == []
        await referee.replay(game.bench)
    except (AssertionError, TimeoutError) as error:
        said = str(error) or busy(game) or repr(error)
        raise AssertionError(f"after {game.told}{TOLD_END}{said}") from error
    finally:
        await game.over()
        await asyncio.to_thread(shutil.rmtree, home)  # 500 of them are some GB


async def judged(game: Game, referee: ShapingReferee, *, quiet: bool) -> None:
    """What has happened since."""
    if quiet:
        await settle(game)
    await referee.read(game.bench)
    referee.judge(game.bench, quiet=quiet)
    if quiet:
        left = await orphans(game.bench)
        heads = live(game.bench.engine.parts.world)
        assert not left, (left, [f"#{h.id} {h.state}: {h.why}" for h in heads])
    assert not game.faults, game.faults


async def settle(game: Game) -> None:
    """Until nothing is under way but what waits for an agent or the player."""
    parts = game.bench.engine.parts
    async with asyncio.timeout(SETTLE_S):
        while busy(game) or parts.world.given or parts.world.calls:
            await asyncio.sleep(0.002)
            await parts.ledger.settle()
    await parts.ledger.settle()


def busy(game: Game) -> list[str]:
    """The tasks that end by themselves."""
    driver = game.bench.driver
    waits = {f"rest {one.start.thread}" for one in driver.made if not one.rests.is_set()}
    names = [task.get_name() for task in game.bench.engine.parts.tasks.running()]
    return [name for name in names if name not in waits and name != "clockwork"]


async def finish(game: Game, referee: ShapingReferee) -> None:
    """Every child ends, every parent goes on, then everything is killed."""
    game.free()
    world = game.bench.engine.parts.world
    await told(game, referee, "kill", [head.id for head in live(world) if head.parent])
    for _ in range(2):  # what was paused and then frozen is paused after the first
        await told(game, referee, "resume", [head.id for head in live(world)])
    stands = [f"{h.name} {h.state}: {h.why}" for h in live(world) if h.state not in GOES]
    assert not stands, f"whose children are over, and yet: {stands}"
    await told(game, referee, "kill", [head.id for head in live(world)])


async def told(game: Game, referee: ShapingReferee, verb: str, threads: list[int]) -> None:
    """The same order for each of these, and what came of it."""
    for thread in threads:
        await game.give(f"{verb} #{thread}" + (" --now" if verb == "kill" else ""))
    await judged(game, referee, quiet=True)


# --- making it short --------------------------------------------------------------------------

Fails = Callable[[Sequence[Move]], Awaitable[bool]]


async def shrink(found: Sequence[Move], fails: Fails, tries: int = 80) -> list[Move]:
    """The shortest list, of those tried, that still fails: chunks left out, then single moves."""
    kept, size = list(found), max(1, len(found) // 2)
    while True:
        at, before = 0, len(kept)
        while at < len(kept) and tries > 0:
            tries -= 1
            shorter = kept[:at] + kept[at + size :]
            if await fails(shorter):
                kept = shorter
            else:
                at += size
        if tries <= 0 or (size == 1 and len(kept) == before):
            return kept
        size = max(1, size // 2)


async def proved(home: Path, url: str, seed: int) -> None:
    """A seed's game; a failing one is told by its shortest list of moves, which is kept."""
    found = moves(seed)
    try:
        await play(home / "game", url, found)
    except AssertionError as error:
        shortest = await shrunk(home, url, found)
        FAILURES.mkdir(exist_ok=True)
        kept = FAILURES / f"{seed}.json"
        kept.write_text(json.dumps(shortest, indent=0) + "\n")
        told = "\n".join(map(str, shortest))
        raise AssertionError(f"seed {seed}: {error}\nshortest ({kept}):\n{told}") from error


async def shrunk(home: Path, url: str, found: Sequence[Move], tries: int = 80) -> list[Move]:
    """See `shrink`; each try has a home of its own."""
    numbers = itertools.count()

    async def fails(tried: Sequence[Move]) -> bool:
        try:
            await play(home / f"try{next(numbers)}", url, tried)
        except AssertionError:
            return True
        return False

    return await shrink(found, fails, tries)


# --- the games --------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_no_sequence_breaks_a_rule(tmp_path: Path, url: str, seed: int) -> None:
    await proved(tmp_path, url, seed)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(1_000, 1_500))
async def test_none_of_500_sequences_breaks_a_rule(tmp_path: Path, url: str, seed: int) -> None:
    await proved(tmp_path, url, seed)


KEPT = sorted(FAILURES.glob("*.json"), key=lambda path: path.stat().st_size)
"""The games that failed once, the short ones first: `make test` plays some of them again."""
AGAIN = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.faults] * (number >= 5))
    for number, path in enumerate(KEPT)
]


@pytest.mark.slow
@pytest.mark.parametrize("kept", AGAIN)
async def test_what_failed_once_holds(tmp_path: Path, url: str, kept: Path) -> None:
    found = [Move(*one) for one in json.loads(kept.read_text())]
    await play(tmp_path / kept.stem, url, found)


def test_a_seed_has_thirty_orders_and_is_the_same_each_time() -> None:
    made = moves(7)
    assert made == moves(7)
    assert sum(" " in one.do or one.do in ("undo", "redo") for one in made) == ORDERS_LEAST


async def test_the_shrinker_leaves_what_is_needed() -> None:
    found = moves(3)
    needed = {found[5], found[-2]}

    async def fails(tried: Sequence[Move]) -> bool:
        return needed <= set(tried)

    assert set(await shrink(found, fails)) == needed

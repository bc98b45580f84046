"""Random interleavings of orders, agents' doings and crashes; a failing seed tells its moves."""

import asyncio
from pathlib import Path

import pytest
from game import Game
from referee import Referee

from commandcenter.engine import bounded, control, handing, packet, runner


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits of a game in which everything happens at once."""
    monkeypatch.setattr(runner, "RETRY_S", (0.005, 0.01, 0.02))
    monkeypatch.setattr(control, "TURN_OVER_S", 0.05)
    monkeypatch.setattr(handing, "REST_S", 0.05)
    monkeypatch.setattr(packet, "MODEL_S", 0.01)
    for name in ("PROMPT_S", "STOP_S", "INTERRUPT_S", "MODEL_S", "ANSWER_S", "KILL_S"):
        monkeypatch.setattr(bounded, name, 0.05)


OPENS = ("start", "open", "crash", "hand over")
"""Tasks in which a session is opened."""


async def play(home: Path, seed: int, steps: int) -> None:
    """A game from its first thread to its last."""
    game, referee = Game(home, seed), Referee()
    await game.begin()
    try:
        for _ in range(steps):
            await game.step()
            quiet = game.chance.random() < 0.3
            if quiet:
                await settle(game)
            await referee.read(game.bench)
            referee.judge(game.bench, quiet=quiet)
            assert not game.faults, game.faults
        await finish(game)
        await referee.read(game.bench)
        referee.judge(game.bench, quiet=True)
        assert not referee.turns, "a turn never ended"
        assert set(referee.states.values()) == {"ended"}
    except AssertionError as error:
        raise AssertionError(f"seed {seed}, after {game.told}: {error}") from error
    finally:
        game.free()
        await game.bench.close()


async def settle(game: Game) -> None:
    """Until nothing is under way but what waits for an agent or the player."""
    engine = game.bench.engine
    try:
        async with asyncio.timeout(5):
            while busy(game) or engine.parts.world.given:
                await asyncio.sleep(0.002)
    except TimeoutError:
        raise AssertionError(f"{busy(game)} and {engine.parts.world.given} never end") from None
    await engine.parts.ledger.settle()


def busy(game: Game) -> list[str]:
    """The tasks that end by themselves."""
    driver = game.bench.driver
    blocked = [] if driver.ready.is_set() else driver.blocked
    waits = {f"{what} {thread}" for thread in blocked for what in OPENS}
    waits |= {f"rest {t}" for t, session in driver.sessions.items() if not session.rests.is_set()}
    names = [task.get_name() for task in game.bench.engine.parts.tasks.running()]
    return [name for name in names if name not in waits and name != "clockwork"]


async def finish(game: Game) -> None:
    """Everything goes on once more, then everything is killed."""
    game.free()
    for words in ("resume-spending", "resume-all", "resume @all", "kill @all --now"):
        await game.give(words)
        await settle(game)


@pytest.mark.parametrize("seed", range(6))
async def test_every_game_keeps_the_rules(tmp_path: Path, seed: int) -> None:
    await play(tmp_path / "home", seed, 80)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(1_000, 1_100))
async def test_every_long_game_keeps_the_rules(tmp_path: Path, seed: int) -> None:
    await play(tmp_path / "home", seed, 400)

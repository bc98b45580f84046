"""Loop, goal, rally, priority, tags and queued orders by their keys, on a real engine."""

import asyncio
from pathlib import Path

import pytest
from live_game import Game

from commandcenter.core.world import Head

pytestmark = [pytest.mark.qt, pytest.mark.slow, pytest.mark.faults]
SKIRMISH = ("--skirmish", "6", "--seed", "7", "--speed", "2")
WHOLE_S = 120


@pytest.fixture
def game(loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Game:
    return Game(tmp_path / "home", loop)


def head(game: Game, thread: int) -> Head:
    return game.screen.world.threads[thread]


def busy(game: Game) -> list[int]:
    """The threads that run or wait at the gate."""
    threads = game.screen.world.threads
    return [one for one, head in threads.items() if head.state in ("running", "waiting")]


async def grouped(game: Game) -> int:
    """Two live threads, the second in group 2; the first is selected."""
    world = game.screen.world
    await game.until(lambda: len(busy(game)) > 1, "two busy threads")
    live = busy(game)
    game.screen.select((live[1],), live[1])
    await game.keys("Mod+2")
    await game.until(lambda: world.groups.get(2), "group 2")
    game.screen.select((live[0],), live[0])
    return live[0]


async def marks(game: Game, thread: int) -> None:
    """What holds until changed, and its undo."""
    await game.keys("T")
    await game.type("ship the parser")
    await game.keys("Return")
    await game.until(lambda: head(game, thread).goal == "ship the parser", "the goal")
    await game.keys("Shift+=")
    await game.until(lambda: head(game, thread).weight == 2.0, "the weight")
    await game.keys("Mod+Z")
    await game.until(lambda: head(game, thread).weight == 1.0, "the weight taken back")
    await game.keys("B", "R")
    await game.type("bug")
    await game.keys("Return")
    await game.until(lambda: head(game, thread).tags == ("bug",), "the tag")


async def follows(game: Game, thread: int) -> None:
    """Where results go, and what waits."""
    await game.keys("N", "W")
    await game.until(lambda: head(game, thread).rally == "@group:2", "the rally")
    assert game.screen.selection.ids == (thread,)
    await game.keys("N", "C")
    await game.until(lambda: head(game, thread).rally == "", "no rally")
    since = game.mark()
    await game.keys("Shift+X", "Shift+E", "Shift+W")  # an interrupt never waits
    given = await game.until(
        lambda: game.given("enqueue", since) if len(game.given("enqueue", since)) > 1 else [],
        "two queued orders",
    )
    assert given[0]["text"] == "kill @self"
    assert given[1]["text"] in ("pause @self", "resume @self")
    assert not game.given("kill", since)


async def loops(game: Game, thread: int) -> None:
    """R gives a loop with an end; R again ends it."""
    await game.keys("R", "W")
    await game.until(lambda: head(game, thread).loop is not None, "the loop")
    place = game.screen.card_page().at(3)
    assert place is not None
    assert place.sub == "begins next" or place.sub.startswith("round ")
    await game.keys("R", "C")
    await game.until(lambda: head(game, thread).loop is None, "no loop")


def test_what_stands_is_given_by_keys_and_is_in_the_journal(game: Game) -> None:
    async def play() -> None:
        await game.begin(*SKIRMISH)
        try:
            thread = await grouped(game)
            await loops(game, thread)
            await marks(game, thread)
            await follows(game, thread)
            kinds = {row.kind for row in game.rows}
            assert {"LoopSet", "GoalSet", "RallySet", "PriorityChanged", "TagsChanged"} <= kinds
            assert "OrdersQueued" in kinds
        finally:
            await game.close_window()
            await game.end()

    game.loop.run_until_complete(asyncio.wait_for(play(), WHOLE_S))

"""Ten minutes at the real screen under Xvfb: by keyboard alone, and by mouse alone.

`GAME_S` seconds (600); the listed steps come first, then harmless play at random until the end.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playing.by_key import ByKey
from playing.by_mouse import ByMouse
from playing.display import Display, open_display
from playing.field import LINES, LONG, QUICK, Field

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SIZE = (1366, 768)
GAME_S = float(os.environ.get("GAME_S", "600"))
GROWTH_MB = 60.0
WARM_S = 60.0
"""Its first minute: caches fill."""
DEAD_S = 0.8
"""A case that was just shown takes no decision for half a second."""
WORDS = "Leave the readme alone and write down what you have."
SMALL = "sparring-small"
EXPECTED = {"NoChange", "Ended", "Ending"}
"""What the random part may run into: a thread moves on between the look and the key."""
Hands = ByKey | ByMouse


async def sat_down(hands: type[ByKey] | type[ByMouse], folder: Path) -> AsyncIterator[Hands]:
    """At a display of its own, on a field of its own; nothing of either is left."""
    display: Display = await open_display(*SIZE)
    field = Field(folder)
    player = hands(display, field, SIZE)
    try:
        await field.lay_out()
        await player.sit_down()
        yield player
    finally:
        left = await player.close()
        await field.clear()
        await display.close()
        assert left == []


@pytest.fixture
async def by_key(tmp_path: Path) -> AsyncIterator[Hands]:
    async for player in sat_down(ByKey, tmp_path):
        yield player


@pytest.fixture
async def by_mouse(tmp_path: Path) -> AsyncIterator[Hands]:
    async for player in sat_down(ByMouse, tmp_path):
        yield player


async def test_by_keyboard_alone(by_key: Hands, figure: Callable[[str], None]) -> None:
    await play(by_key, 1, figure)


async def test_by_mouse_alone(by_mouse: Hands, figure: Callable[[str], None]) -> None:
    await play(by_mouse, 2, figure)


async def play(player: Hands, seed: int, figure: Callable[[str], None]) -> None:
    """The whole game."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    player.weigh()
    await spawn_eight(player)
    await steer_stuck(player, await find_stuck(player))
    await decide_four(player)
    pair = await smaller_model(player)
    await freeze_and_spare(player, pair)
    await read_diffs(player, pair)
    listed = loop.time() - begun
    player.weigh()
    acts = await play_on(player, random.Random(seed), begun + GAME_S)
    await quit_and_stop(player)
    refused = [entry["data"]["reason"] for entry in player.found("OrderRefused")]
    names = {str(reason.get("type", reason)) for reason in refused}
    grown = player.grown_mb(WARM_S)
    figure(
        f"listed steps {listed:.0f} s, then {acts} acts to {loop.time() - begun:.0f} s,"
        f" refused {sorted(names)}, screen grew {grown:.1f} MB after its first minute"
        f" ({player.trend()})"
    )
    assert names <= EXPECTED
    assert grown <= GROWTH_MB


async def spawn_eight(player: Hands) -> None:
    """A list on the first page; every line becomes a thread."""
    await player.spawn(LINES)
    await player.order("spawn", 0)
    made = await player.until(
        lambda: len(found := player.found("ThreadCreated")) == len(LINES) and found, "eight threads"
    )
    assert {entry["data"]["brief"] for entry in made} == set(LINES)
    await player.until(lambda: len(player.found("SessionOpened")) == len(LINES), "eight sessions")


def named(player: Hands, name: str) -> list[tuple[int, str]]:
    """(id, name) of the threads whose brief begins so."""
    return [
        (entry["thread"], str(entry["data"]["name"]))
        for entry in player.found("ThreadCreated")
        if entry["data"]["brief"].startswith(name)
    ]


async def find_stuck(player: Hands) -> int:
    """From tile to tile, until a transcript says the same again and again."""
    names = {name: thread for thread, name in named(player, "")}
    for _ in range(3 * len(LINES)):
        await player.walk()
        line = await player.repeats()
        if line:
            thread = names[await player.focused()]
            brief = player.found("ThreadCreated", 0)
            told = next(one["data"]["brief"] for one in brief if one["thread"] == thread)
            assert "script=stuck" in told, (line, told)
            return thread
    raise AssertionError("nobody was seen to repeat itself")


async def steer_stuck(player: Hands, thread: int) -> None:
    """It hears the words and comes to an end."""
    since = player.seq
    assert player.state(thread) == "running"
    await player.steer(WORDS)
    given = await player.order("steer", since)
    assert given["data"]["threads"] == [thread]
    assert given["data"]["order"]["text"] == WORDS
    await player.until(lambda: player.found("SteerDelivered", since), "the words are heard")
    await player.until(lambda: player.state(thread) == "ended", "it moves on and ends")


async def decide_four(player: Hands) -> None:
    """Three may publish, the fourth may not."""
    await player.until(lambda: len(player.asks()) == 4, "four cases")
    await player.approve_mode()
    for number in range(4):
        await decide(player, player.deny if number == 3 else player.allow, 3 - number)
    approved = player.found_orders(0, "approve")
    assert [one["data"]["order"].get("danger") for one in approved] == [True] * 3
    assert len(player.found_orders(0, "deny")) == 1
    await player.leave_approve()
    await player.spot("MAP", player.parts.card)


async def decide(player: Hands, act: Callable[[], object], left: int) -> None:
    """Once the case has stood long enough; a press that came too soon is made again."""
    for _ in range(4):
        await player.pause(DEAD_S)
        await act()  # type: ignore[misc]  # both are coroutines of the player
        for _ in range(40):
            if len(player.asks()) == left:
                return
            await player.pause(0.05)
    raise AssertionError(f"{left + 1} cases stay open")


async def smaller_model(player: Hands) -> list[tuple[int, str]]:
    """The two that write at length become a group, and their next call goes to another model."""
    since, pair = player.seq, named(player, LONG)
    assert sorted(await player.group_of(pair[0][1])) == [thread for thread, _ in pair]
    await player.give_model(SMALL)
    await player.until(
        lambda: (
            {t for o in player.found_orders(since, "model") for t in o["data"]["threads"]}
            == {thread for thread, _ in pair}
        ),
        "the order model for both",
    )
    assert {o["data"]["order"]["to"] for o in player.found_orders(since, "model")} == {SMALL}
    return pair


async def freeze_and_spare(player: Hands, pair: list[tuple[int, str]]) -> None:
    """X and E; then X, X and E while the fuse burns, and E once more."""
    (first, name), (second, other) = pair
    since = player.seq
    await player.choose(name)
    await player.freeze()
    await player.until(lambda: player.state(first) == "frozen", "frozen")
    await player.pause(0.3)
    await player.spare()
    await player.until(lambda: player.state(first) in {"running", "ended"}, "it goes on")
    verbs = [one["data"]["order"]["verb"] for one in player.found_orders(since)]
    assert verbs == ["freeze", "resume"]
    await player.choose(other)
    await player.freeze()
    await player.until(lambda: player.state(second) == "frozen", "frozen too")
    await player.pause(0.3)
    await player.freeze()
    await player.until(lambda: player.state(second) == "dying", "its fuse burns")
    await player.spare()
    await player.until(lambda: player.state(second) == "frozen", "spared: frozen as it was")
    await player.pause(0.3)
    await player.spare()
    await player.until(lambda: player.state(second) in {"running", "ended"}, "it goes on too")


async def read_diffs(player: Hands, pair: list[tuple[int, str]]) -> None:
    """Of one that was quick and one that was not: each has left a note."""
    for thread, name in (*named(player, QUICK), pair[0]):
        await player.until_ended(thread)
        await player.choose(name)
        await player.open_diff()
        await player.until(
            lambda thread=thread: [
                one
                for one in player.found_orders(0, "seen")
                if one["data"]["threads"] == [thread] and one["data"]["order"].get("diff")
            ],
            f"the diff of {name} is seen",
        )


async def play_on(player: Hands, rng: random.Random, until: float) -> int:
    """Harmless things at random; how many."""
    acts = 0
    await player.free()
    while asyncio.get_running_loop().time() < until:
        await player.pastime(rng)()
        await player.free()
        await player.pause(rng.uniform(0.1, 0.8))
        acts += 1
        player.weigh()
    return acts


async def quit_and_stop(player: Hands) -> None:
    """The screen goes, the loops go on; then the engine ends, and its journal is sound."""
    await player.quit()
    assert await player.left() == 0, player.log()
    assert '"pid"' in await player.shell("status", "--json")
    assert "Traceback" not in player.log()
    await player.shell("stop")
    said = await player.shell("journal", "verify")
    assert "sound" in said, said

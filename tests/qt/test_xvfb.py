"""The key script: a person at the real screen, by keyboard alone but for one box drag."""

import json
from typing import Any

import pytest
from playing.player import Player
from playing.sitting import DEAD_S, pause

pytestmark = [pytest.mark.qt, pytest.mark.slow]
BOX = ((11, 74), (640, 240))
"""Two rows of the map's left half at the display's size."""
SKIRMISH = ("--skirmish", "24", "--seed", "7", "--speed", "2")
LIVE = {"running", "waiting"}
WORDS = "Keep the public API; stop when the test is green."


async def test_a_skirmish_by_keyboard(player: Player) -> None:
    await player.open_screen(*SKIRMISH)
    await player.watch()
    await player.until(lambda: len(player.found("SessionOpened")) == 24, "24 sessions")
    one = await select_by_key(player)
    boxed = await select_by_box(player)
    await pause_group(player, boxed)
    await steer_group(player, boxed)
    await kill_and_undo(player, one)
    await spawn_thread(player)
    await decide(player)
    await come_back(player)


async def select_by_key(player: Player) -> int:
    """Down takes the first thread, Shift+Right two more; Up and the digit come back to one."""
    await player.display.keys("Down", "shift+Right", "shift+Right")
    assert len(await player.group(2)) == 3
    await player.display.keys("Right")
    (one,) = await player.group(3)
    return one


async def select_by_box(player: Player) -> list[int]:
    """The one thing the mouse does."""
    await player.display.drag(*BOX)
    boxed = await player.group(1)
    assert 4 <= len(boxed) <= 12
    return boxed


async def pause_group(player: Player, boxed: list[int]) -> None:
    """Another selection, then the digit: E stops those of the group and no one else."""
    since = player.seq
    await player.display.keys("grave", "1", "e")
    given = await player.order("pause", since)
    assert sorted(given["data"]["threads"]) == sorted(boxed)
    stopped = {"paused", "ended"}
    await player.until(lambda: {player.state(t) for t in boxed} <= stopped, "all paused")
    assert any(player.state(thread) == "paused" for thread in boxed)


async def steer_group(player: Player, boxed: list[int]) -> None:
    """Q and words; E: they go on, with the words."""
    since = player.seq
    paused = [thread for thread in boxed if player.state(thread) == "paused"]
    await player.display.keys("q")
    await player.display.type(WORDS)
    await player.display.keys("Return")
    assert (await player.order("steer", since))["data"]["order"]["text"] == WORDS
    queued = await player.until(
        lambda: (
            len(found := player.found("SteerQueued", since, note=WORDS)) >= len(paused) and found
        ),
        "the words wait",
    )
    assert {entry["thread"] for entry in queued} >= set(paused)
    await player.display.keys("e")
    await player.order("resume", since)
    await player.until(lambda: player.found("SteerDelivered", since), "the words are heard")


async def kill_and_undo(player: Player, one: int) -> None:
    """X freezes, X lights the fuse, undo keeps the thread."""
    await player.display.keys("3")
    since = player.seq
    if player.state(one) == "ended":
        await player.display.keys("b", "e")
        await player.until(lambda: player.state(one) in LIVE, "revived")
    await player.display.keys("x")
    await player.until(lambda: player.state(one) == "frozen", "frozen")
    await pause(0.2)
    await player.display.keys("x")
    await player.until(lambda: player.state(one) == "dying", "the fuse burns")
    await player.display.keys("ctrl+z")
    await player.until(lambda: player.found("OrderUndone", since), "undone")
    assert (await player.order("kill", since))["data"]["threads"] == [one]
    await player.until(lambda: player.state(one) == "frozen", "kept, and frozen as before")
    await player.display.keys("e")
    await player.until(lambda: player.state(one) != "frozen", "resumed")


async def spawn_thread(player: Player) -> None:
    """Mod+N, the first template, a brief, Return."""
    since = player.seq
    brief = "Write docs/notes/key.md: who plays here."
    await player.display.keys("ctrl+n", "q")
    await player.display.type(brief)
    await player.display.keys("Return")
    given = await player.order("spawn", since)
    made = await player.until(lambda: player.found("ThreadCreated", since), "a thread")
    assert made[0]["data"]["brief"] == brief
    assert made[0]["cause"] == given["data"]["id"]
    thread = made[0]["thread"]
    await player.until(lambda: player.state(thread) in LIVE | {"ended"}, "it works")


async def decide(player: Player) -> None:
    """J shows the most urgent case: a question is answered, what leaves us needs Shift+Y."""
    asked = player.found
    await player.until(
        lambda: {a["data"]["kind"] for a in asked("Asked")} >= {"question", "tool"}, "asks"
    )
    await player.display.keys("j")
    kinds: set[str] = set()
    while kinds != {"question", "tool"}:
        case = await first_case(player)
        kinds.add(case["kind"])
        await pause(DEAD_S)
        await answer(player, case["kind"])
        closed = await player.until(
            lambda case=case: player.found("Answered", 0, ask=case["ask"]), f"answer {case}"
        )
        assert closed[0]["data"]["option"] == "allow"
    await player.display.keys("b")
    given = [entry["data"]["order"] for entry in player.found_orders(0, "approve")]
    assert any(order.get("danger") for order in given)


async def first_case(player: Player) -> dict[str, Any]:
    """What heads the attention queue, as the shell says it."""
    queue = json.loads(await player.shell("alerts", "--json"))
    first = next(one["id"] for one in queue if one["id"].startswith("case:"))
    asks = (entry["data"] for entry in player.asks())
    return next(ask for ask in asks if f"case:{ask['ask']}" == first)


async def answer(player: Player, kind: str) -> None:
    """The first option, or allow once; Y alone allows nothing that leaves the machine."""
    if kind == "question":
        await player.display.keys("q")
        await player.display.type("1")
        await player.display.keys("Return")
        return
    given = len(player.found_orders(0, "approve"))
    await player.display.keys("y")
    await pause(0.2)
    assert len(player.found_orders(0, "approve")) == given
    await player.display.keys("shift+y")


async def come_back(player: Player) -> None:
    """The screen is killed and opened again: the same threads are selected, groups are there."""
    await player.display.keys("1")
    before = await player.group(4)
    await pause(0.5)
    await player.kill_screen()
    await player.open_screen()
    await pause(0.5)
    assert await player.group(5) == before
    await player.display.keys("2")
    assert len(await player.group(6)) == 3

"""The orders that shape the battle at the real screen, by keyboard alone; the journal tells."""

from typing import Any

import pytest
from playing.player import Entry, Player
from playing.sitting import DEAD_S, pause

pytestmark = [pytest.mark.qt, pytest.mark.slow, pytest.mark.faults]
SKIRMISH = ("--skirmish", "12", "--seed", "7", "--speed", "2")
BRIEF = "Work on. [[sparring script=hunt-flake seed=3 rate=40 ttft_ms=700..900]]"
CHILD = " [[sparring script=doc-format seed=4 rate=40 ttft_ms=700..900]]"
SUCCESS = "python -m unittest -q"
TRIES = 8
SEEN_S = 1.5
"""So long a person looks at what was just asked of the engine."""


async def test_a_battle_is_shaped_by_keyboard(player: Player) -> None:
    await player.open_screen(*SKIRMISH)
    await player.watch()
    await player.until(lambda: len(player.found("SessionOpened")) == 12, "12 sessions")
    thread = await spawn(player)
    await choose(player, thread)
    await checkpoint(player, thread)
    await verify(player, thread)
    await escalate_and_undo(player, thread)
    await downgrade(player, thread)
    await reassign_and_undo(player, thread)
    await reassign(player, thread)
    await branch_and_undo(player, thread)
    first, second = await split(player, thread)
    await merge_and_undo(player, first, thread)
    await discard_and_undo(player, second)
    await land(player, first)


# --- what a player does again and again -------------------------------------------------------


async def spawn(player: Player) -> int:
    """Beside a thread of the practice: Mod+N, the first agent, a brief, Return; it has begun once
    it was answered."""
    await player.display.keys("Down")
    await player.group(8)
    since = player.seq
    await player.display.keys("ctrl+n", "q")
    await player.display.type(BRIEF)
    await player.display.keys("Return")
    made = await player.until(lambda: player.found("ThreadCreated", since), "a thread")
    assert made[0]["data"]["operation"] == "practice"
    thread = int(made[0]["thread"])
    await player.until(lambda: of(player, "CallSettled", thread), "it works")
    return thread


async def choose(player: Player, thread: int) -> None:
    """The palette, its name, Return: it is selected, and no one else."""
    (made,) = of(player, "ThreadCreated", thread)
    await player.display.keys("ctrl+k")
    await pause(0.3)
    await player.display.type(made["data"]["name"])
    await pause(0.3)
    await player.display.keys("Return")
    assert await player.group(9) == [thread]


def of(player: Player, kind: str, thread: int, since: int = 0, /, **data: object) -> list[Entry]:
    """Entries of this thread."""
    return [one for one in player.found(kind, since, **data) if one["thread"] == thread]


async def told(player: Player, kind: str, thread: int, since: int, /, **data: object) -> Any:
    """Wait for the fact; its data."""
    found = await player.until(lambda: of(player, kind, thread, since, **data), f"no {kind}")
    return found[0]["data"]


async def undo(player: Player, verb: str, since: int) -> None:
    """Mod+Z takes that order back, and no other."""
    given = (await player.order(verb, since))["data"]["id"]
    await player.display.keys("ctrl+z")
    await player.until(lambda: player.found("OrderUndone", since, id=given), f"{verb} undone")


async def pressed(player: Player, kind: str, thread: int, since: int, *keys: str) -> Any:
    """Press until the fact is there: what the engine doubts wants the key twice."""
    for _ in range(TRIES):
        await pause(DEAD_S)
        if found := of(player, kind, thread, since):
            return found[0]["data"]
        await player.display.keys(*keys)
    return await told(player, kind, thread, since)


# --- C, V, F, G -------------------------------------------------------------------------------


async def checkpoint(player: Player, thread: int) -> None:
    since = player.seq
    await player.display.keys("c")
    mark = (await told(player, "CheckpointMade", thread, since))["mark"]
    assert (mark["why"], len(mark["commit"])) == ("you", 40)


async def verify(player: Player, thread: int) -> None:
    since = player.seq
    await player.display.keys("v")
    begins = await told(player, "VerifyStarted", thread, since, command=SUCCESS)
    ended = await told(player, "Verified", thread, since, effect=begins["effect"])
    assert ended["verdict"]["result"] in ("pass", "fail")
    assert ended["verdict"]["total"] > 0


async def escalate_and_undo(player: Player, thread: int) -> None:
    """F: the next call goes to the stronger model. Mod+Z takes it back while none was made: at
    rest; then it goes on with the one before."""
    await player.display.keys("e")
    await player.until(lambda: player.state(thread) == "paused", "it rests")
    since = player.seq
    await player.display.keys("f")
    step = await told(player, "RungChanged", thread, since, new="sparring-large")
    await undo(player, "escalate", since)
    await told(player, "ModelChanged", thread, since, new=step["old"])
    since = player.seq
    await player.display.keys("f", "e")
    await told(player, "RungChanged", thread, since, new="sparring-large")
    await told(player, "CallAdmitted", thread, since, asked="sparring-large")


async def downgrade(player: Player, thread: int) -> None:
    since = player.seq
    await player.display.keys("g")
    await told(player, "RungChanged", thread, since, old="sparring-large", new="sparring-medium")
    await told(player, "CallAdmitted", thread, since, asked="sparring-medium")


# --- A ----------------------------------------------------------------------------------------


async def hand(player: Player, thread: int, key: str) -> int:
    """A and a letter; the seq before it. The hand-over text may be edited then."""
    since = player.seq
    await player.display.keys("a")
    for _ in range(TRIES):
        await pause(SEEN_S)
        await player.display.keys(key)
        await pause(SEEN_S)
        if player.found_orders(since, "reassign"):
            break
    handing = (await told(player, "HandoffDrafted", thread, since))["handing"]
    assert handing["old"]["account"] != handing["new"]["account"]
    ready = lambda: [e for e in of(player, "HandoffDrafted", thread, since) if edits(e)]  # noqa: E731 — said once
    await player.until(ready, "its text waits")
    return since


def edits(entry: Entry) -> bool:
    """Does the text wait for the player?"""
    return bool(entry["data"]["handing"]["step"] == "edit")


async def reassign_and_undo(player: Player, thread: int) -> None:
    """While the text may be edited Mod+Z brings the one before back."""
    since = await hand(player, thread, "w")
    await undo(player, "reassign", since)
    await told(player, "ReassignFailed", thread, since)
    await told(player, "CallAdmitted", thread, player.seq, account="sparring-chat")


async def reassign(player: Player, thread: int) -> None:
    """A again shows the text, Mod+Return sends it."""
    since = await hand(player, thread, "w")
    await player.display.keys("a")
    await pause(0.3)
    await player.display.keys("ctrl+Return")
    await player.order("hand-over", since)
    new = (await told(player, "Reassigned", thread, since))["new"]
    await told(player, "CallAdmitted", thread, since, account=new["account"])
    await told(player, "ReassignSettled", thread, since)


# --- S ----------------------------------------------------------------------------------------


async def branch_and_undo(player: Player, thread: int) -> None:
    """S, branch, 2; undone before a child has called, they are gone."""
    since = player.seq
    await player.display.keys("ctrl+shift+period")
    await player.until(lambda: player.found("SpendingFrozen", since), "nothing is spent")
    await player.display.keys("s")
    await pause(0.3)
    await player.display.keys("w", "2")
    made = await told(player, "SplitMade", thread, since, kind="branch")
    await undo(player, "split", since)
    await player.display.keys("ctrl+shift+period")
    for child in made["children"]:
        await player.until(lambda c=child: player.state(c) == "ended", "no child is left")
    assert not [one for one in made["children"] if of(player, "CallAdmitted", one)]
    assert player.state(thread) == "paused"


async def split(player: Player, thread: int) -> tuple[int, int]:
    """S, 2: a plan is drawn up; each brief gets a word more; Mod+Return begins."""
    since = player.seq
    await player.display.keys("s")
    await pause(0.3)
    await player.display.keys("2")
    await told(player, "SplitProposed", thread, since)
    await pause(SEEN_S)
    await player.display.keys("Tab")
    await player.display.type(CHILD)
    await player.display.keys("alt+Right")
    await player.display.type(CHILD)
    assert not of(player, "SplitMade", thread, since)
    await player.display.keys("ctrl+Return")
    made = await told(player, "SplitMade", thread, since, kind="divide")
    first, second = made["children"]
    for child in (first, second):
        await rests(player, child)
    return first, second


async def rests(player: Player, thread: int) -> None:
    """Once it has changed a file E lets it rest."""
    await choose(player, thread)
    await player.until(
        lambda: [e for e in of(player, "ToolStarted", thread) if e["data"]["kind"] == "edit"],
        "it changes a file",
    )
    await player.until(lambda: of(player, "ToolEnded", thread), "it has changed a file")
    if player.state(thread) != "idle":
        await player.display.keys("e")
    await player.until(lambda: player.state(thread) in ("paused", "idle"), "it rests")


# --- D, Mod+L ---------------------------------------------------------------------------------


async def merge_and_undo(player: Player, source: int, goal: int) -> None:
    """D, the first place: its parent; Mod+Return merges, Mod+Z puts it back, and once more."""
    for last in (False, True):
        await choose(player, source)
        since = player.seq
        await player.display.keys("d")
        await pause(0.3)
        await player.display.keys("q")
        done = await pressed(player, "Merged", source, since, "ctrl+Return")
        assert (done["merging"]["into"], len(done["merging"]["commit"])) == (f"#{goal}", 40)
        await player.display.keys("Escape")
        if not last:
            await undo(player, "merge", since)
            await told(player, "Unmerged", source, since)


async def landed(player: Player, thread: int, key: str) -> dict[str, Any]:
    """Mod+L, then the key until nothing is doubted."""
    await choose(player, thread)
    since = player.seq
    await player.display.keys("ctrl+l")
    return await pressed(player, "Landed", thread, since, key)


async def discard_and_undo(player: Player, thread: int) -> None:
    """X twice puts the files away; Mod+Z brings them back."""
    since = player.seq
    await landed(player, thread, "x")
    await player.display.keys("Escape")
    await undo(player, "land", since)
    await told(player, "Unlanded", thread, since)


async def land(player: Player, thread: int) -> None:
    """A: the person's branch has it."""
    done = await landed(player, thread, "a")
    assert done["landing"]["how"] == "merge"
    assert done["landing"]["before"] != done["landing"]["commit"]

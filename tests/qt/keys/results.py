"""D brings a thread's file into another's worktree, Shift+D waits, Mod+L discards; at real git."""

from pathlib import Path

from keys.proof import Play

from commandcenter.core.world import Head
from commandcenter.hud import merging
from commandcenter.ui.compare_sheet import CompareSheet
from commandcenter.ui.land_sheet import LandSheet

NAME = "result.txt"


async def play(game: Play) -> None:
    await game.rest()
    source, goal = await rested(game)
    (Path(game.head(source).workspace) / NAME).write_text("it is done\n", encoding="utf-8")
    await merge(game, source, goal)
    await queued(game, source, goal)
    await land(game, source)


async def rested(game: Play) -> tuple[int, int]:
    """Two threads of one repository that stand still and whose files do too."""
    source = next(one for one in game.live() if game.head(one).workspace)
    found = merging.candidates(game.screen.world, (source,))
    goal = next(one.thread for one in found if one.thread in game.live())
    await game.pick(source, goal)
    for thread in (source, goal):
        if game.head(thread).state not in ("idle", "paused", "frozen"):
            await game.give(f"freeze #{thread}")
        await game.stays(thread, "idle", "paused", "frozen")
    return source, goal


async def merge(game: Play, source: int, goal: int) -> None:
    """D, the letter of the other thread, Mod+Return; what is doubted is pressed again."""
    await game.pick(source)
    with game.effect("order.merge"):
        await game.press("D")
        await game.choose(f"into:#{goal}")
        sheet = game.screen.sheet
        assert isinstance(sheet, CompareSheet)
        await game.until(lambda: sheet.rows, "what it changed")
        assert NAME in [one.path for one in sheet.rows]
        since = game.mark()
        await twice(game, "Mod+Return", "merge", since)
        await game.until(lambda: (Path(game.head(goal).workspace) / NAME).exists(), "it is there")
        await game.until(lambda: merged(game.head(source)), "the merge is recorded")
    await game.press("Esc")
    assert game.screen.modes == ["map"]
    assert game.screen.selection.ids == (source,)


def merged(head: Head) -> bool:
    return head.merging is not None and bool(head.merging.commit)


async def twice(game: Play, key: str, verb: str, since: int) -> None:
    """Press it; where the engine doubts it, press it again."""
    await game.press(key)
    await game.order(verb, since)
    await game.settle()
    if game.entries("OrderRefused", since):
        assert "press" in game.said or "again" in game.said, game.said
        await game.until(lambda: game.screen.notice, "why it is doubted")
        await game.keys("Up", gap=0.15)
        await game.press(key)


async def queued(game: Play, source: int, goal: int) -> None:
    """Shift+D: the merge waits behind what the thread does."""
    with game.effect("order.merge.queued"):
        count = len(game.head(source).orders)
        await game.press("Shift+D")
        await game.choose(f"into:#{goal}")
        since = game.mark() - 50
        await game.until(
            lambda: len(game.head(source).orders) > count or game.given("enqueue", since),
            "it waits",
        )
        order = game.given("enqueue", since)[-1]
        assert "merge @self" in order["text"], order
    await game.give(f"queue #{source} --clear")


async def land(game: Play, source: int) -> None:
    """Mod+L, then X twice: what it changed is put away, and nothing of it is lost."""
    await game.pick(source)
    file = Path(game.head(source).workspace) / NAME
    file.write_text("not good\n", encoding="utf-8")
    with game.effect("order.land"):
        await game.press("Mod+L")
        sheet = game.screen.sheet
        assert isinstance(sheet, LandSheet)
        assert sheet.thread == source
        await game.until(lambda: sheet.shown.ways[3][1], "what each way touches")
        await game.keys("X", gap=0.3)
        await game.until(lambda: "go back" in sheet.about(), "what is asked twice")
        assert file.exists()
        await game.keys("X", gap=0.3)
        await game.until(lambda: game.head(source).landed, "it is put away")
        assert not file.exists()
        await game.until(lambda: sheet.thread != source, "the next result, or none")
    await game.press("Esc")
    assert game.screen.modes == ["map"]

"""The card's keys: each gives its order to the receivers, and the order does what it says."""

from keys.proof import Play


async def play(game: Play) -> None:
    await steer(game)
    await resume_and_interrupt(game)
    await interrupt_and_send(game)
    await goal(game)
    await loop(game)
    await budget(game)
    await weight(game)
    await undo(game)
    await kill(game)


async def steer(game: Play) -> None:
    """Q, words, Return: they wait at the receivers for the end of the turn."""
    await game.rest()
    one, two = game.live()[:2]
    await game.pick(one, two)
    since = game.mark()
    with game.effect("order.steer", "composer.send"):
        await game.press("Q")
        assert game.screen.mode == "composer"
        await game.write("keep the public names")
        await game.press("Return")
        order = await game.order("steer", since)
        assert (order["target"], order["text"]) == (f"#{one},#{two}", "keep the public names")
        await game.until(lambda: game.head(one).queue and game.head(two).queue, "both hold it")
    assert game.screen.modes == ["map"]
    with game.effect("composer.open", "leave_text"):
        await game.press("Return")
        assert game.screen.mode == "composer"
        await game.write("a draft")
        await game.press("Shift+Esc")
        assert game.screen.modes == ["map"]
        assert "a draft" in game.screen.drafts.values()
    await game.press("Q", *["Backspace"] * 7, "Esc")


async def resume_and_interrupt(game: Play) -> None:
    """E lets it go on; W ends its turn at once."""
    thread = next(one.id for one in game.heads if one.name == "hunt-flake")
    await game.pick(thread)
    with game.effect("order.pause_resume"):
        since = game.mark()
        await game.press("E")
        assert (await game.order("resume", since))["target"] == f"#{thread}"
        await game.stays(thread, "running", "waiting")
    with game.effect("order.interrupt"):
        since = game.mark()
        await game.press("W")
        assert (await game.order("interrupt", since))["target"] == f"#{thread}"
        ended = await game.until(lambda: game.entries("TurnEnded", since), "the turn ends")
        assert (ended[0].thread, ended[0].event.stop) == (thread, "cancelled")


async def interrupt_and_send(game: Play) -> None:
    """Mod+Return: the text breaks into the turn."""
    thread = next(one.id for one in game.heads if one.name == "hunt-flake")
    await game.pick(thread)
    since = game.mark()
    with game.effect("composer.interrupt_and_send"):
        await game.press("Q")
        await game.write("read the readme now")
        await game.press("Mod+Return")
        order = await game.order("steer", since)
        assert order["now"]
        heard = await game.until(lambda: game.entries("SteerDelivered", since), "it is heard")
        assert heard[0].thread == thread
    await game.give(f"pause #{thread}")
    await game.stays(thread, "paused")


async def goal(game: Play) -> None:
    """T: what they are for, and on the head of the thread."""
    thread = game.live()[0]
    await game.pick(thread)
    with game.effect("order.goal"):
        await game.press("T")
        await game.write("ship it")
        await game.press("Return")
        await game.until(lambda: game.head(thread).goal == "ship it", "the goal")


async def loop(game: Play) -> None:
    """R: a menu of stop conditions; its first item is a count."""
    thread = game.live()[0]
    await game.pick(thread)
    since = game.mark()
    with game.effect("order.loop"):
        await game.press("R")
        assert game.screen.card_page().title == "LOOP"
        await game.choose("loop:5")
        assert (await game.order("loop", since))["until"] == "5"
        await game.until(lambda: game.head(thread).loop is not None, "it loops")
    await game.press("R")
    await game.choose("loop:off")
    await game.until(lambda: game.head(thread).loop is None, "it loops no more")


async def budget(game: Play) -> None:
    """Z, limit in $, an amount: the thread's limit."""
    thread = game.live()[0]
    await game.pick(thread)
    with game.effect("order.budget"):
        await game.press("Z")
        assert game.screen.card_page().title == "BUDGET"
        await game.choose("budget.tokens")
        await game.write("900 k")
        await game.press("Return")
        await game.until(lambda: game.head(thread).limit.tokens == 900_000, "the limit")


async def weight(game: Play) -> None:
    """Shift+= and Shift+-: more and less weight at the gate's queue."""
    thread = game.live()[0]
    await game.pick(thread)
    with game.effect("rank.priority_up"):
        await game.press("Shift+=")
        await game.until(lambda: game.head(thread).weight == 2.0, "twice the weight")
    with game.effect("rank.priority_down"):
        await game.press("Shift+-")
        await game.until(lambda: game.head(thread).weight == 1.0, "the weight of others")


async def undo(game: Play) -> None:
    """Mod+Z takes the last order back and says which; Mod+Shift+Z gives it again."""
    thread = game.live()[0]
    await game.pick(thread)
    await game.press("Shift+=")
    await game.until(lambda: game.head(thread).weight == 2.0, "twice the weight")
    with game.effect("undo"):
        await game.press("Mod+Z")
        await game.until(lambda: game.head(thread).weight == 1.0, "taken back")
        await game.says("taken back: priority")
    with game.effect("redo"):
        await game.press("Mod+Shift+Z")
        await game.until(lambda: game.head(thread).weight == 2.0, "given again")
        await game.says("given again: priority")
    await game.press("Shift+-")


async def kill(game: Play) -> None:
    """X freezes, X again lights the fuse, E puts it out."""
    thread = game.live()[-1]
    await game.pick(thread)
    with game.effect("order.kill"):
        since = game.mark()
        await game.keys("X")  # the second comes not sooner than 120 ms
        await game.order("freeze", since)
        await game.stays(thread, "frozen")
        await game.press("X")
        await game.order("kill", since)
        dying = await game.stays(thread, "dying")
        assert dying.fuse_ends
    await game.press("E")
    await game.until(lambda: game.head(thread).state != "dying", "the fuse is out")

"""Shift and a card's key: the order waits behind what the receivers do."""

from keys.proof import Play


async def play(game: Play) -> None:
    await game.rest()
    thread = next(one for one in game.live() if game.head(one).state == "paused")
    await game.pick(thread)

    def chain() -> list[str]:
        return [one.text for one in game.head(thread).orders]

    async def waits(text: str, *keys: str) -> None:
        count = len(chain())
        await game.press(*keys)
        await game.until(lambda: len(chain()) == count + 1, f"{text} waits")
        assert chain()[-1] == text, chain()

    with game.effect("order.pause_resume.queued"):
        await waits("resume @self", "Shift+E")
    with game.effect("order.kill.queued"):
        await waits("kill @self", "Shift+X")
    with game.effect("order.steer.queued"):
        await game.press("Shift+Q")
        await game.write("then the docs")
        await waits('steer @self "then the docs"', "Return")
    with game.effect("order.goal.queued"):
        await game.press("Shift+T")
        await game.press(*["Backspace"] * len(game.window.selection.composer.text))
        await game.write("docs")
        await waits("goal @self docs", "Return")
    with game.effect("order.loop.queued"):
        await game.press("Shift+R")
        assert game.screen.card_page().title == "QUEUE LOOP"
        await waits("loop @self --until 5", "Q")
    with game.effect("order.budget.queued"):
        await game.press("Shift+Z")
        assert game.screen.card_page().title == "QUEUE BUDGET"
        await game.choose("budget.tokens")
        await game.write("200 k")
        await waits("budget @self --tokens 200000", "Return")
    await interrupt(game, thread)
    await clear(game, thread)


async def interrupt(game: Play, thread: int) -> None:
    """Nothing is left to stop where a queued order's turn has come: Shift+W says so, at once."""
    count, since = len(game.head(thread).orders), game.mark()
    with game.effect("order.interrupt.queued"):
        await game.press("Shift+W")
        await game.says("nothing to interrupt")
        await game.settle()
        assert not game.given("enqueue", since)
        assert len(game.head(thread).orders) == count


async def clear(game: Play, thread: int) -> None:
    """More empties the chain."""
    await game.press("B")
    await game.choose("more.clear_queue")
    await game.until(lambda: not game.head(thread).orders, "nothing waits")

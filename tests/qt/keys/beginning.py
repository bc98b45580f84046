"""The first keys: the skirmish, a thread from a brief, threads from a list."""

from keys.proof import GRID, THREADS, Play


async def play(game: Play) -> None:
    await skirmish(game)
    await brief(game)
    await count(game)
    await a_list(game)


async def skirmish(game: Play) -> None:
    """In an empty home the brief has the keys; Mod+G starts the practice operation."""
    await game.becomes(lambda screen: screen.mode == "composer", "the first run")
    with game.effect("start.skirmish"):
        await game.press("Mod+G")
        await game.becomes(lambda screen: len(screen.world.threads) == THREADS, "a skirmish")
    assert "practice" in game.screen.world.operations
    assert game.screen.modes == ["map"]


async def brief(game: Play) -> None:
    """Mod+N, the key of an agent, words, Return: a thread of that agent with that brief."""
    for name in ("puppet1", "puppet2"):
        await started(game, name)


async def started(game: Play, name: str) -> None:
    """One thread of this agent."""
    await game.rest()
    since = game.mark()
    with game.effect("thread.new"):
        await game.press("Mod+N")
        assert game.screen.mode == "subcard"
        page = game.screen.card_page()
        slot = next(one.slot for one in page.places if one and one.name == name)
        await game.press(GRID[slot])
        await game.write(f"say hello from {name}")
        await game.press("Return")
        order = await game.order("spawn", since)
        assert (order["agent"], order["briefs"]) == (name, (f"say hello from {name}",))
        found = await game.until(lambda: game.entries("ThreadCreated", since), "a thread")
        assert found[0].event.agent == name


async def count(game: Play) -> None:
    """A digit in that menu is the count asked for."""
    await game.rest()
    await game.press("Mod+N")
    for digit in (2, 3, 4, 5, 6, 7, 8, 9, 0, 1):
        with game.effect(f"subcard.digit.{digit}"):
            await game.press(str(digit))
            wanted = digit or 10
            assert game.screen.count == wanted
            head = game.screen.card_page().head
            assert head.startswith(f"{wanted} thread{'s' * (wanted > 1)}"), head
    await game.rest()


async def a_list(game: Play) -> None:
    """Mod+Shift+N: a line is a thread; the table, then Return, starts them in one order."""
    await game.rest()
    since = game.mark()
    with game.effect("thread.new_list", "composer.newline", "composer.send", "overlay.accept"):
        await game.press("Mod+Shift+N")
        assert game.screen.mode == "composer"
        await game.write("say one")
        await game.press("Shift+Return")
        await game.write("say two")
        assert game.window.selection.composer.text == "say one\nsay two"
        await game.press("Return")
        assert game.sheet() == "Roster"
        assert game.lines()[:2] == ["say one", "say two"]
        sheet = game.screen.sheet
        assert sheet is not None
        for _ in range(20):
            if "puppet1" in sheet.choices()[0].note:
                break
            await game.press("Shift+Right")
        await game.press("Return")
        order = await game.order("spawn", since)
        assert (order["briefs"], order["agent"]) == (("say one", "say two"), "puppet1")
        await game.until(lambda: len(game.entries("ThreadCreated", since)) == 2, "two threads")
    assert game.screen.modes == ["map"]

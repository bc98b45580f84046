"""Both bells: all threads stop and go on; spending is frozen and goes on."""

from keys.proof import Play


async def play(game: Play) -> None:
    await cases(game)
    await pause_all(game)
    await freeze_spending(game)
    await all_paused(game)


async def cases(game: Play) -> None:
    """Wait until somebody asks and a puppet has a result: scripts need both."""
    await game.becomes(lambda screen: len(screen.world.asks) >= 2, "two that ask")
    await game.becomes(
        lambda screen: any(one.results and one.driver == "acp" for one in game.heads), "a result"
    )


async def pause_all(game: Play) -> None:
    """Mod+.: every thread stops; again: they go on."""
    await game.rest()
    with game.effect("bell.pause_all"):
        since = game.mark()
        await game.press("Mod+.")
        await game.order("pause-all", since)
        await game.becomes(lambda screen: screen.world.bell, "the bell")
        runs = ("running", "starting")
        await game.until(lambda: not [one for one in game.heads if one.state in runs], "all stand")
        stopped = set(game.screen.world.bell_threads)
        assert stopped
        since = game.mark()
        await game.press("Mod+.")
        await game.order("resume-all", since)
        await game.becomes(lambda screen: not screen.world.bell, "no bell")
        await game.until(
            lambda: not [one for one in stopped if game.head(one).state == "paused"], "they go on"
        )


async def freeze_spending(game: Play) -> None:
    """Mod+Shift+.: the gate admits nothing; again: it does."""
    with game.effect("bell.freeze_spend"):
        since = game.mark()
        await game.press("Mod+Shift+.")
        await game.order("freeze-spending", since)
        await game.becomes(lambda screen: screen.world.frozen_accounts == ("*",), "spending frozen")
        since = game.mark()
        await game.press("Mod+Shift+.")
        await game.order("resume-spending", since)
        await game.becomes(lambda screen: not screen.world.frozen_accounts, "spending goes on")


async def all_paused(game: Play) -> None:
    """Backquote and E: everybody is selected and stands, so that nothing ends under the scripts."""
    await game.rest()
    with game.effect("select.all_army"):
        await game.press("`")
        live = {one.id for one in game.heads if one.state != "ended"}
        assert set(game.screen.selection.ids) == live
    since = game.mark()
    with game.effect("order.pause_resume"):
        await game.press("E")
        order = await game.order("pause", since)
        assert order["target"]
        runs = ("running", "starting", "pausing")
        await game.until(lambda: not [one for one in game.heads if one.state in runs], "all stand")
        assert any(one.state == "paused" for one in game.heads)

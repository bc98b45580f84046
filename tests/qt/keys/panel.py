"""The region cursor: Mod+] and Mod+[ go round, Return presses what has the ring."""

from keys.proof import Play

from commandcenter.ui.regions import REGIONS


async def play(game: Play) -> None:
    await game.rest()
    await game.pick(game.live()[0])
    ring = game.window.reach.ring
    seen = []
    with game.effect("focus.region_next"):
        for _ in REGIONS:
            await game.press("Mod+]")
            seen.append(game.screen.region)
            assert ring.isVisible()
        assert tuple(seen) == REGIONS
    with game.effect("focus.region_prev"):
        await game.press("Mod+[")
        assert game.screen.region == REGIONS[-2]
    await activate(game)
    await game.press("Esc")
    assert game.screen.modes == ["map"]
    assert not ring.isVisible()


async def activate(game: Play) -> None:
    """In the card's region Return presses the button with the ring, as a click would."""
    while game.screen.region != "inspector":
        await game.press("Mod+[")
    regions = game.window.actions_table.regions
    tabs = [one.key for one in regions.items("inspector")]
    await game.press("Down")
    for _ in tabs:
        if regions.item is not None and "Diff" in regions.item.key:
            break
        await game.press("Left")
    assert regions.item is not None
    assert "Diff" in regions.item.key, tabs
    with game.effect("panel.activate"):
        assert game.screen.tab != "Diff"
        await game.press("Return")
        assert game.screen.tab == "Diff"
    game.screen.tab = "Transcript"

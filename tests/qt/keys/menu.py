"""The menus: the fifteen places by their keys, the mark, and what lies behind B."""

from keys.proof import GRID, Play


async def play(game: Play) -> None:
    await places(game)
    await mark(game)
    await more(game)


async def places(game: Play) -> None:
    """Mod+N: each place's key opens the brief of its template."""
    await game.rest()
    await game.pick(game.live()[0])
    for slot, key in enumerate(GRID):
        await game.press("Mod+N")
        page = game.screen.card_page()
        place = page.at(slot)
        assert place is not None, f"no template in place {slot}"
        with game.effect(f"subcard.slot{slot:02d}"):
            await game.press(key)
            assert game.screen.modes == ["map", "composer"]
            assert game.screen.letter is not None
            assert game.screen.template is not None
            assert game.screen.template.name == place.name
        await game.press("Esc")


async def mark(game: Play) -> None:
    """Arrows move the mark, Return takes the marked item."""
    await game.press("Mod+N")
    assert game.screen.marked == 0
    for key, wanted in (("Right", 1), ("Down", 6), ("Left", 5), ("Up", 0)):
        with game.effect(f"cursor.{key.lower()}"):
            await game.press(key)
            assert game.screen.marked == wanted
    await game.press("Down")
    name = game.screen.card_page().at(5).name  # type: ignore[union-attr]  # it is marked
    with game.effect("subcard.accept"):
        await game.press("Return")
        assert game.screen.template is not None
        assert game.screen.template.name == name
        assert game.screen.mode == "composer"
    await game.rest()


async def more(game: Play) -> None:
    """B: rename by the page behind; the menu at the cursor has the same items."""
    thread = game.live()[0]
    await game.pick(thread)
    with game.effect("card.more"):
        await game.press("B")
        assert game.screen.card_page().title == "MORE"
        await game.choose("more.rename")
        composer = game.window.selection.composer
        assert composer.text == game.head(thread).name
        await game.press(*["Backspace"] * len(composer.text))
        await game.write("renamed")
        await game.press("Return")
        await game.until(lambda: game.head(thread).name == "renamed", "another name")
    with game.effect("menu.context"):
        await game.press("Shift+Return")
        assert game.window.actions_table.menu.open
        assert game.screen.mode == "subcard"
        shown = [one.action for one in game.screen.card_page().places if one is not None]
        assert "order.steer" in shown
    await game.press("Esc")
    await game.give("undo")
    await game.until(lambda: game.head(thread).name != "renamed", "the old name")

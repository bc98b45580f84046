"""What opens over the screen: each by its key, closed by the same; text sizes; the palette acts."""

from keys.proof import Play

from commandcenter.ui.apm import Figures

SHEETS = {
    "help.keys": ("Shift+/", "Help"),
    "settings": ("Mod+,", "SettingsPage"),
    "queue.panel": ("L", "Queue"),
    "alert.log": ("Shift+L", "AlertLog"),
    "approval.list": ("Shift+J", "CaseList"),
}


async def play(game: Play) -> None:
    await opens(game)
    await figures(game)
    await contents(game)
    await palette(game)
    await settings(game)
    await text(game)
    await bells(game)


async def opens(game: Play) -> None:
    """The key opens the sheet and the same key, or Esc, closes it."""
    await game.rest()
    for action, (key, kind) in SHEETS.items():
        with game.effect(action):
            await game.press(key)
            assert (game.sheet(), game.screen.modes) == (kind, ["map", "overlay"]), action
            assert game.window.overlay.isVisible()
            assert game.lines()
        await game.press("Esc")
        assert game.screen.modes == ["map"]
        assert not game.window.overlay.isVisible()


async def contents(game: Play) -> None:
    """They list what is: the keys by name, each open case, each alert's row, who runs or waits."""
    await game.press("Shift+J")
    assert len(game.screen.world.asks) >= 2
    asked = [ask.line for ask in game.screen.world.asks.values() if ask.kind == "tool"]
    assert all(any(line in shown for shown in game.lines()) for line in asked)
    await game.press("Esc", "L")
    assert {game.head(one).name for one in game.live()} <= set(game.lines())
    await game.press("Esc")


async def figures(game: Play) -> None:
    """The figures come from the engine: actions were counted."""
    with game.effect("panel.apm"):
        await game.press("Mod+Shift+A")
        sheet = game.screen.sheet
        assert isinstance(sheet, Figures)
        lines = await game.until(sheet.lines, "figures")
        (counted,) = [one[2] for one in lines if one[0] == "Actions"]
        assert int(counted.split()[2]) > 0, counted
    await game.press("Esc")


async def palette(game: Play) -> None:
    """Mod+K: an action by name is done, an order in notation is given, by Return."""
    thread = game.live()[0]
    await game.pick(thread)
    with game.effect("palette", "overlay.accept"):
        await game.press("Mod+K")
        assert game.sheet() == "Palette"
        await game.write("zoom strategic")
        tint = game.window.map.saved_camera()
        await game.press("Esc")
        assert game.window.map.saved_camera() == tint
        since = game.mark()
        await game.press("Mod+K")
        await game.write("priority @sel up")
        assert not game.given("priority", since)
        await game.press("Return")
        assert (await game.order("priority", since))["target"] == f"#{thread}"
    assert game.screen.modes == ["map"]
    await game.give(f"priority #{thread} down")


async def settings(game: Play) -> None:
    """A line is changed by Right, at once and in the file."""
    await game.press("Mod+,")
    names = game.lines()
    at = next(n for n, name in enumerate(names) if "motion" in name.lower())
    overlay = game.window.overlay
    while overlay.marked != at:
        await game.press("Down")
    with game.effect("overlay.accept"):
        await game.press("Return")
        kept = game.folders.config / "screen.toml"
        assert "reduced_motion = true" in kept.read_text(encoding="utf-8")
        assert game.screen.settings.comfort.reduced_motion
    await game.press("Return", "Esc")


async def text(game: Play) -> None:
    """Mod+= larger, Mod+- smaller, Mod+Backspace 100 %: kept in screen.toml."""

    def size() -> int:
        return game.screen.settings.comfort.text

    assert size() == 100
    with game.effect("text.bigger"):
        await game.press("Mod+=", "Mod+=")
        assert (size(), game.window.ink.reading.grown) == (125, 1.25)
    with game.effect("text.smaller"):
        await game.press("Mod+-")
        assert size() == 110
        kept = game.folders.config / "screen.toml"
        assert "text = 110" in kept.read_text(encoding="utf-8")
    with game.effect("text.reset"):
        await game.press("Mod+Backspace")
        assert (size(), game.window.ink.reading.grown) == (100, 1.0)


async def bells(game: Play) -> None:
    """The bell rings in an overlay too."""
    await game.press("Shift+/")
    with game.effect("bell.pause_all"):
        await game.press("Mod+.")
        await game.becomes(lambda screen: screen.world.bell, "the bell")
        await game.press("Mod+.")
        await game.becomes(lambda screen: not screen.world.bell, "no bell")
    assert game.sheet() == "Help"
    await game.press("Esc")

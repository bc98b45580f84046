"""Target mode: the letter of a place, the cursor, Shift to append; the selection stays."""

from keys.proof import GRID, Play

from commandcenter.hud.card_pages import DIGITS, NOWHERE, REVIEW

EMPTY = (11, 13, 14)
"""No candidate lies there: their keys say so."""


async def play(game: Play) -> None:
    await game.rest()
    receiver, *others = game.live()
    for digit in range(10):
        await game.give(f"group #{others[digit % 2]} --set {digit}")
    await game.until(lambda: len(game.screen.world.groups) == 10, "ten groups")
    await game.pick(receiver)
    with game.effect("order.rally"):
        await game.press("N")
        assert game.screen.mode == "target"
        assert game.screen.card_page().title == "TARGET"
        assert game.screen.targets is not None
    for slot, digit in enumerate(DIGITS):
        await picks(game, slot, receiver, f"@group:{digit}")
    await picks(game, REVIEW, receiver, "review")
    await picks(game, NOWHERE, receiver, "")
    for slot in EMPTY:
        await nothing(game, slot, receiver)
    await accept(game, receiver, others[0])


async def picks(game: Play, slot: int, receiver: int, to: str) -> None:
    """The letter of the place gives the order and leaves the mode."""
    if game.screen.mode != "target":
        await game.press("N")
    with game.effect(f"target.slot{slot:02d}"):
        await game.press(GRID[slot])
        await game.until(lambda: game.head(receiver).rally == to, f"results go to {to}")
        assert game.screen.modes == ["map"]
        assert game.screen.selection.ids == (receiver,)


async def nothing(game: Play, slot: int, receiver: int) -> None:
    """A letter that no candidate has says so, gives nothing and stays."""
    if game.screen.mode != "target":
        await game.press("N")
    since = game.mark()
    with game.effect(f"target.slot{slot:02d}"):
        await game.press(GRID[slot])
        await game.says(f"no candidate has the letter {GRID[slot]}")
        assert game.screen.mode == "target"
        assert not game.given("rally", since)


async def accept(game: Play, receiver: int, member: int) -> None:
    """Return takes the thread under the cursor; Shift+Return appends and stays."""
    targets = game.screen.targets
    assert targets is not None
    neighbour = game.screen.camera.neighbour  # type: ignore[union-attr]  # the map is there
    start = next(one for one in game.screen.world.threads if neighbour(one, "right") != one)
    targets.cursor = start
    with game.effect("cursor.right"):
        await game.press("Right")
        assert targets.cursor == neighbour(start, "right")
        assert game.screen.selection.ids == (receiver,)
    targets.cursor = member
    with game.effect("target.accept_queued"):
        await game.press("Shift+Return")
        await game.until(lambda: game.head(receiver).orders, "the order waits")
        assert game.head(receiver).orders[-1].text.startswith("rally @self --to @group:")
        assert game.screen.mode == "target"
    with game.effect("target.accept"):
        await game.press("Return")
        await game.until(
            lambda: game.head(receiver).rally.startswith("@group:"), "results go there"
        )
        assert game.screen.modes == ["map"]
    assert game.screen.selection.ids == (receiver,)
    await game.give(f"queue #{receiver} --clear")

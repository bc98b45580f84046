"""Ten control groups: set, add, recall, steal, each by its own digit."""

from keys.proof import Play


async def play(game: Play) -> None:
    await game.rest()
    live = game.live()
    assert len(live) >= 4, live
    for digit in range(10):
        at = digit % (len(live) - 3)
        await one(game, digit, live[at : at + 4])


async def one(game: Play, digit: int, four: list[int]) -> None:
    """Mod+digit sets, Shift+digit adds, the digit recalls, Alt+digit takes from the others."""
    first, second, third, fourth = four
    groups = game.screen.world.groups

    def members() -> tuple[int, ...]:
        return tuple(game.screen.world.groups.get(digit, ()))

    await game.pick(first, second)
    with game.effect(f"group.set.{digit}"):
        await game.press(f"Mod+{digit}")
        await game.until(lambda: members() == (first, second), f"group {digit} is set")
    await game.pick(third, second)
    with game.effect(f"group.add.{digit}"):
        await game.press(f"Shift+{digit}")
        await game.until(lambda: members() == (first, second, third), f"group {digit} grows")
    await game.pick(fourth)
    with game.effect(f"group.recall.{digit}"):
        await game.press(str(digit))
        assert game.screen.selection.ids == (first, second, third)
    other = (digit + 1) % 10
    await game.give(f"group #{fourth} --add {other}")
    await game.until(lambda: fourth in game.screen.world.groups[other], "in another group")
    await game.pick(fourth)
    with game.effect(f"group.set_steal.{digit}"):
        since = game.mark()
        await game.press(f"Alt+{digit}")
        assert (await game.order("group", since))["steal"] == digit
        await game.until(lambda: members() == (fourth,), f"group {digit} is stolen")
        groups = game.screen.world.groups
        assert [g for g, ids in groups.items() if fourth in ids] == [digit]

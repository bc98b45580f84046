"""Who is selected: by cursor, state, likeness, subgroup, filter, and what was not looked at."""

from keys.proof import Play

from commandcenter.core.events import SeenMarked
from commandcenter.hud.selection import alike, idle, subgroups

WAYS = {"left": "Left", "right": "Right", "up": "Up", "down": "Down"}
BACK = {"left": "right", "right": "left", "up": "down", "down": "up"}


async def play(game: Play) -> None:
    await cursor(game)
    await extend(game)
    await toggle(game)
    await states(game)
    await all_of_them(game)
    await same_type(game)
    await subgroup(game)
    await results(game)
    await find(game)


async def cursor(game: Play) -> None:
    """Arrows go to the nearest tile that way; back again is the tile before."""
    await game.rest()
    await game.press("K")
    boxes = game.window.map.boxes()
    middle = sorted(boxes, key=lambda t: (boxes[t].y, boxes[t].x))[len(boxes) // 2]
    for way, key in WAYS.items():
        start = middle if game.screen.camera.neighbour(middle, way) != middle else 0
        start = start or game.screen.camera.neighbour(middle, BACK[way])
        wanted = game.screen.camera.neighbour(start, way)
        assert wanted != start, f"nothing lies {way} of {start}"
        await game.pick(start)
        with game.effect(f"cursor.{way}"):
            await game.press(key)
            assert game.screen.selection.ids == (wanted,)
            assert game.screen.selection.active == wanted


async def extend(game: Play) -> None:
    """Shift and an arrow moves and adds."""
    for way, key in WAYS.items():
        threads = game.window.map.boxes()
        neighbour = game.screen.camera.neighbour
        start = next(one for one in threads if neighbour(one, way) != one)
        wanted = neighbour(start, way)
        await game.pick(start)
        with game.effect(f"cursor.extend.{way}"):
            await game.press(f"Shift+{key}")
            assert set(game.screen.selection.ids) == {start, wanted}
            assert game.screen.selection.active == wanted


async def toggle(game: Play) -> None:
    """Mod+Return: the one under the cursor leaves, and joins again."""
    one, two = game.live()[:2]
    await game.pick(one, two)
    with game.effect("cursor.toggle"):
        await game.press("Mod+Return")
        assert game.screen.selection.ids == (two,)
        await game.press("Mod+Return")
        assert set(game.screen.selection.ids) == {one, two}


async def states(game: Play) -> None:
    """Idle and needs-you, the next and all, and the selection before."""
    for thread in game.puppets()[:2]:
        if game.head(thread).state == "paused":  # between two turns
            await game.give(f"resume #{thread}")
            await game.stays(thread, "idle")
    resting = idle(game.screen.world)
    await game.pick(next(one.id for one in game.heads if one.id not in resting))
    before = game.screen.selection.ids
    with game.effect("select.next_idle"):
        await game.press(".")
        assert game.screen.selection.ids == (resting[0],)
    with game.effect("select.all_idle"):
        await game.press("Shift+.")
        assert set(game.screen.selection.ids) == set(resting)
    steps = 2 if len(resting) > 1 else 1
    with game.effect("select.previous_selection"):
        await game.press(*["Mod+B"] * steps)
        assert game.screen.selection.ids == before
    asking = {ask.thread for ask in game.screen.world.asks.values()}
    assert asking, "paused, they still ask"
    with game.effect("select.next_blocked"):
        await game.press(",")
        assert set(game.screen.selection.ids) <= asking | failed(game)
        assert len(game.screen.selection.ids) == 1
    with game.effect("select.all_blocked"):
        await game.press("Shift+,")
        assert set(game.screen.selection.ids) >= asking
    for thread in asking:  # approvals need them awake
        await game.give(f"resume #{thread}")
        await game.stays(thread, "waiting")


def failed(game: Play) -> set[int]:
    """Those that failed."""
    return {one.id for one in game.heads if one.outcome == "failed"}


async def all_of_them(game: Play) -> None:
    """All live ones join; all that the filter shows."""
    ended = [one.id for one in game.heads if one.state == "ended"]
    live = {one.id for one in game.heads if one.state != "ended"}
    start = (ended or game.live())[0]
    await game.pick(start)
    with game.effect("select.all_army.add"):
        await game.press("Shift+`")
        assert set(game.screen.selection.ids) == live | {start}
    await game.pick(start)
    with game.effect("select.all_visible"):
        await game.press("Mod+A")
        assert set(game.screen.selection.ids) == {one.id for one in game.heads}


async def same_type(game: Play) -> None:
    """Mod+E: the like of the one under the cursor, in view and on the map."""
    thread = game.live()[0]
    world = game.screen.world
    await game.pick(thread)
    with game.effect("select.same_type"):
        await game.press("Mod+E")
        wanted = alike(world, thread, world.threads)
        assert set(game.screen.selection.ids) == set(wanted)
        assert f"{len(wanted)} selected" in game.said


async def subgroup(game: Play) -> None:
    """Tab: the next subgroup receives, the selection stays; Shift+Tab goes back."""
    await game.press("Mod+A")
    whole = game.screen.selection.ids
    found = subgroups(game.screen.world, whole)
    assert len(found) > 1
    with game.effect("subgroup.next"):
        await game.press("Tab")
        assert game.screen.receivers == found[0]
        assert game.screen.selection.ids == whole
    with game.effect("subgroup.prev"):
        await game.press("Shift+Tab")
        assert game.screen.receivers == found[-1]
        assert game.screen.selection.ids == whole


async def results(game: Play) -> None:
    """': the oldest result nobody looked at; Shift+': it counts as looked at."""

    def fogged() -> list[int]:
        return [one.id for one in game.heads if one.results > one.results_seen]

    await game.becomes(lambda screen: len(fogged()) >= 1, "a result nobody looked at")
    with game.effect("review.next"):
        await game.press("'")
        (thread,) = game.screen.selection.ids
        assert thread in fogged()
        assert game.screen.tab == "Transcript"
        assert "not yet looked at" in game.said
    with game.effect("review.mark_seen"):
        since = game.mark()
        await game.press("Shift+'")
        order = await game.order("seen", since)
        assert order["target"] == f"#{thread}"
        await game.until(lambda: game.entries(SeenMarked.__name__, since), "it is recorded")
        await game.until(lambda: thread not in fogged(), "it counts as looked at")


async def find(game: Play) -> None:
    """/ filters the map while it is typed; Return selects what matches; Esc shows all again."""
    await game.rest()
    with game.effect("find", "composer.send"):
        await game.press("/")
        await game.write("fix")
        shown = {one.id for one in game.heads if "fix" in one.name}
        assert game.screen.lens.filter.text == "fix"
        assert game.window.map.scene.lens.filter.text == "fix"
        await game.press("Return")
        assert set(game.screen.selection.ids) == shown
    with game.effect("cancel"):
        await game.press("Esc")
        assert not game.screen.lens.filter
        assert set(game.screen.selection.ids) == shown

"""What is in view: zoom, places, views, follow, colours, fog, chains, and the inspector."""

from keys.proof import Play

from commandcenter.hud import fog
from commandcenter.hud.tinting import TINTS
from commandcenter.ui.portrait import TABS


async def play(game: Play) -> None:
    await zoom(game)
    await views(game)
    await follow(game)
    await sectors(game)
    await looks(game)
    await inspector(game)


async def zoom(game: Play) -> None:
    """= and - one rung, P the whole map and back."""
    await game.rest()
    view = game.window.map
    await game.pick(game.live()[0])
    first = view.step
    with game.effect("zoom.in"):
        await game.press("=")
        assert (view.step.w, view.step.h) > (first.w, first.h)
    with game.effect("zoom.out"):
        await game.press("-")
        assert view.step == first
    await game.press("=", "=", "=")
    near = view.saved_camera()
    with game.effect("zoom.strategic"):
        await game.press("P")
        assert view.saved_camera()[0] == 0
        await game.press("P")
        assert view.saved_camera() == near
    bar = view.verticalScrollBar()
    assert bar.maximum() > 0
    last = max(view.boxes(), key=lambda one: view.boxes()[one].y)
    bar.setValue(0)
    await game.pick(last)
    with game.effect("camera.center_selection"):
        await game.press("K")
        box = view.boxes()[last]
        wanted = min(max(box.y + box.h // 2 - view.viewport().height() // 2, 0), bar.maximum())
        assert abs(bar.value() - wanted) <= 1


async def views(game: Play) -> None:
    """Shift+Y keeps filter, zoom and place; Y goes there and back; four of them."""
    view = game.window.map
    for name, key in zip("1234", "YUIO", strict=True):
        await game.press("P") if view.saved_camera()[0] == 0 else None
        view.set_camera(14 + int(name), 10 * int(name))
        await game.settle()
        kept = view.saved_camera()
        with game.effect(f"view.save.{name}"):
            await game.press(f"Shift+{key}")
            assert game.screen.lens.views[name].camera == kept
        view.set_camera(0, 0)
        await game.settle()
        here = view.saved_camera()
        with game.effect(f"view.jump.{name}"):
            await game.press(key)
            assert view.saved_camera() == kept
            await game.press(key)
            assert view.saved_camera() == here


async def follow(game: Play) -> None:
    """Shift+K: the selection stays in the middle until it is pressed again."""
    view = game.window.map
    view.set_camera(19, 0)
    last = max(view.boxes(), key=lambda one: view.boxes()[one].y)
    await game.pick(last)
    with game.effect("camera.follow"):
        await game.press("Shift+K")
        assert view.following
        await game.until(lambda: last in view.visible(), "it comes into view")
        await game.press("Shift+K")
        assert not view.following


async def sectors(game: Play) -> None:
    """Backspace: the next sector comes into view; nothing is selected."""
    view, chosen = game.window.map, game.screen.selection.ids
    names = [sector.name or "loose" for sector in view.scene.layout.sectors]
    assert len(names) >= 2
    view.set_camera(19, 0)
    with game.effect("operation.cycle"):
        await game.press("Backspace")
        first = game.said.partition(" |")[0]
        await game.press("Backspace")
        second = game.said.partition(" |")[0]
        assert first != second
        assert {first, second} <= set(names)
        sector = next(one for one in view.scene.layout.sectors if (one.name or "loose") == second)
        top = view.verticalScrollBar().value()
        assert top <= sector.box.y <= top + view.viewport().height()
    with game.effect("operation.cycle_back"):
        await game.press("Shift+Backspace")
        assert game.said.partition(" |")[0] == first
    assert game.screen.selection.ids == chosen
    view.set_camera(0, 0)


async def looks(game: Play) -> None:
    """M the minimap's colours, Shift+M the fogs, Shift+H the chains of all."""
    lens = game.screen.lens
    with game.effect("map.mode"):
        at = TINTS.index(lens.tint)
        await game.press("M")
        assert lens.tint == TINTS[(at + 1) % len(TINTS)]
        assert lens.tint in game.said
    with game.effect("map.fog"):
        kept = lens.fog
        await game.press("Shift+M")
        assert lens.fog == fog.after(kept) != kept
        await game.press("Shift+M", "Shift+M")
        assert lens.fog == kept
    with game.effect("queue.show"):
        await game.press("Shift+H")
        assert game.window.actions_table.watching.all_chains()
        await game.press("Shift+H")
        assert not game.window.actions_table.watching.all_chains()


async def inspector(game: Play) -> None:
    """Its tabs, pages, raw text, and away with it."""
    screen, panel = game.screen, game.window.inspector
    thread = next(one.id for one in game.heads if one.name == "fix-parser")
    await game.pick(thread)
    screen.tab = "Transcript"
    await game.settle()
    with game.effect("inspector.toggle"):
        await game.press("\\")
        assert not screen.inspector
        assert panel.isHidden()
        await game.press("\\")
        assert not panel.isHidden()
    with game.effect("inspector.tab_next"):
        await game.press("Shift+\\")
        assert screen.tab == TABS[1]
    with game.effect("inspector.tab_prev"):
        await game.press("Shift+PgUp")
        assert screen.tab == TABS[0]
    with game.effect("inspector.raw"):
        await game.press("Mod+\\")
        assert screen.raw
        assert panel.transcript.places.raw
        await game.press("Mod+\\")
        assert not panel.transcript.places.raw
    bar = panel.transcript.verticalScrollBar()
    await game.until(lambda: bar.maximum() > 0, "a transcript longer than its panel")
    bar.setValue(bar.maximum())
    with game.effect("inspector.page_up"):
        await game.press("PgUp")
        high = bar.value()
        assert high < bar.maximum()
    with game.effect("inspector.page_down"):
        await game.press("PgDown")
        assert bar.value() > high

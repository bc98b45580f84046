"""Space and ; visit what just happened: the view goes there, nothing is selected."""

from keys.proof import Play


async def play(game: Play) -> None:
    await game.rest()
    view, chosen = game.window.map, game.screen.selection.ids
    assert len([row for row in game.window.alerts.rows if row.alerts]) >= 2
    view.set_camera(19, 0)
    start = view.saved_camera()
    with game.effect("alert.recall"):
        first = await visit(game, "Space")
        second = await visit(game, "Space")
        assert first != second
    with game.effect("alert.recall_older"):
        assert await visit(game, ";") == first
    for _ in range(len(game.window.alerts.rows) + 1):
        await game.press("Space")
        if "back to where the view began" in game.said:
            break
    assert "back to where the view began" in game.said
    assert view.saved_camera() == start
    assert game.screen.selection.ids == chosen
    assert game.screen.modes == ["map"]
    view.set_camera(0, 0)


async def visit(game: Play, key: str) -> str:
    """The row that a press goes to: it is on the card, its threads are in view."""
    await game.press(key)
    notice = game.screen.notice
    assert notice is not None
    row = next((one for one in game.window.alerts.rows if one.title == notice.text), None)
    assert row is not None, notice.text
    assert not row.threads or set(row.threads) & set(game.window.map.visible())
    return row.title

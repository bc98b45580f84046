"""Actions of later milestones: pressed where they are bound, each says which one it comes with."""

from keys.proof import NOT_YET, Play, answered

from commandcenter.core.refusals import NotYet


async def play(game: Play) -> None:
    """Those of REPLAY are done by id: the mode cannot be entered yet."""
    await game.rest()
    await game.pick(game.live()[0])
    keymap = game.screen.keymap
    for action in sorted(NOT_YET):
        modes = keymap.actions[action].modes
        if "map" in modes:
            await by_key(game, action)
        elif "approval" in modes:
            await game.press("J")
            assert game.screen.mode == "approval"
            await by_key(game, action)
            await game.press("B")
        else:
            assert modes == ("replay",), action
            game.window.actions_table.do(action)
            says(game, action)
            await game.press("Esc")


async def by_key(game: Play, action: str) -> None:
    """Its key gives no order and says when it comes."""
    since, before = game.mark(), (tuple(game.screen.modes), game.screen.selection.ids)
    await game.press(game.screen.keymap.key(action))
    assert game.done[-1] == action
    says(game, action)
    assert (tuple(game.screen.modes), game.screen.selection.ids) == before
    assert not [one for one in game.rows if one.seq > since and one.kind == "OrderGiven"]


def says(game: Play, action: str) -> None:
    """The card says NotYet, with the milestone."""
    notice = game.screen.notice
    assert notice is not None, action
    assert notice.refused
    assert notice.text == NotYet(game.screen.keymap.comes(action)).text(), action
    game.screen.notice = None
    answered.add(action)

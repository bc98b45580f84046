"""What opens in the person's own programs, sessions by hand, and terminals."""

import asyncio
import os
import stat
from pathlib import Path

from keys.proof import Play

PROGRAM = """#!/bin/sh
printf '%s\\n' "$PWD" "$@" > "{said}.new"
mv "{said}.new" "{said}"
"""


def programs(folder: Path) -> dict[str, str]:
    """Small editor, terminal and browser; each writes what it was started with beside itself."""
    folder.mkdir()
    found = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    for name, variable in (("ed1t", "VISUAL"), ("t3rm", "TERMINAL"), ("br0wse", "BROWSER")):
        path = folder / name
        path.write_text(PROGRAM.format(said=folder / f"{name}.said"), encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        found[variable] = name
    return found


async def play(game: Play) -> None:
    folder = Path(os.environ["PATH"].partition(os.pathsep)[0])
    await worktree(game, folder)
    await port(game, folder)
    await by_hand(game, folder)
    await terminal(game)


async def said(game: Play, path: Path) -> list[str]:
    """What the program was started with: its folder, its words."""
    await game.until(path.exists, f"{path.name} is started")
    words = path.read_text(encoding="utf-8").splitlines()
    path.unlink()
    return words


async def worktree(game: Play, folder: Path) -> None:
    """Mod+O the editor with the worktree, Mod+T a terminal in it."""
    await game.rest()
    thread = game.live()[0]
    await game.pick(thread)
    place = game.head(thread).workspace
    with game.effect("workspace.editor"):
        await game.press("Mod+O")
        assert (await said(game, folder / "ed1t.said"))[1:] == [place]
    with game.effect("workspace.shell"):
        await game.press("Mod+T")
        assert os.path.realpath((await said(game, folder / "t3rm.said"))[0]) == os.path.realpath(
            place
        )


async def port(game: Play, folder: Path) -> None:
    """Mod+P: the port of the thread on which something listens."""
    thread = game.live()[0]
    number = game.head(thread).port
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", number)
    try:
        with game.effect("workspace.browser"):
            await game.press("Mod+P")
            words = await said(game, folder / "br0wse.said")
            assert words[1:] == [f"http://127.0.0.1:{number}/"]
    finally:
        server.close()
        await server.wait_closed()


async def by_hand(game: Play, folder: Path) -> None:
    """Mod+Shift+T: its own session in the person's terminal; the same key gives it back."""
    thread = next(one for one in game.puppets() if game.head(one).state == "idle")
    await game.pick(thread)
    with game.effect("order.take"):
        since = game.mark()
        await game.press("Mod+Shift+T")
        await game.order("take", since)
        await game.until(lambda: game.head(thread).by_hand, "it is in the player's hands")
        words = await said(game, folder / "t3rm.said")
        assert game.head(thread).agent_session in " ".join(words)
        since = game.mark()
        await game.press("Mod+Shift+T")
        await game.order("give-back", since)
        await game.until(lambda: not game.head(thread).by_hand, "it is ours again")


async def terminal(game: Play) -> None:
    """Mod+Shift+Return gives the keys to the program; Mod+Shift+K and Shift+Esc take them back."""
    since = game.mark()
    await game.give("spawn --agent terminal --command cat --op practice")
    made = await game.until(lambda: game.entries("ThreadCreated", since), "a terminal")
    thread = made[-1].thread
    await game.stays(thread, "running", "idle", "waiting")
    await game.pick(thread)
    view = game.window.inspector.terminal
    with game.effect("terminal.enter"):
        await game.press("Mod+Shift+Return")
        assert game.screen.modes == ["map", "terminal"]
        await game.write("xyz")
        await game.until(lambda: "xyz" in "".join(view.grid.screen.display), "the program's echo")
    with game.effect("palette.terminal"):
        await game.press("Mod+Shift+K")
        assert game.sheet() == "Palette"
    await game.press("Esc")
    assert game.screen.modes == ["map", "terminal"]
    with game.effect("leave_text"):
        await game.press("Shift+Esc")
        assert game.screen.modes == ["map"]

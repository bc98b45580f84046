"""The screen as a process, its picture without a display, and the engine it starts."""

import asyncio
import gc
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commandcenter.compose.base import Options, SystemClock, SystemIds, link, socket_path
from commandcenter.config.resources import resource
from commandcenter.config.settings import load_settings
from commandcenter.core.base import Record

if TYPE_CHECKING:
    from commandcenter.ui.app import Opened
    from commandcenter.ui.screen import Options as ScreenOptions

STARTS_S = 20.0
LOOKS_S = 0.05


class Shot(Record, frozen=True):
    """What is to be painted; `after_s` seconds of running first, `keys` pressed then."""

    out: str
    width: int
    height: int
    after_s: float = 0.0
    keys: str = ""
    rects: str = ""


def run_screen(
    options: Options, path: str, engine: Sequence[str], opened: "Opened | None" = None
) -> int:
    """The screen on a running engine; one is started, and left running, when none is there."""
    gc.disable()  # until the first frame (`ui.refresh`): a fifth of the start was spent in it
    from commandcenter.ui.app import run

    options.folders.make()
    spawn_engine(options, engine)
    hook = (opened,) if opened is not None else ()
    return run(lambda: link(options.folders, once=False), screen_options(options, path), *hook)


def screen_options(options: Options, path: str) -> "ScreenOptions":
    """What the screen is started with."""
    from commandcenter.hud.keymap import parse
    from commandcenter.ui.screen import Options as ScreenOptions
    from commandcenter.ui.state import Store

    async def start() -> None:
        talk = link(options.folders)
        await talk.connect()
        await talk.query("skirmish", threads=options.skirmish or 24, seed=options.seed)
        await talk.close()

    return ScreenOptions(
        SystemClock(),
        SystemIds(),
        parse(resource("keymaps/grid.toml").read_text(encoding="utf-8")),
        Store(options.folders.state),
        Path(path) if path else None,
        start,
        config=options.folders.config,
        notify_s=load_settings(options.folders.config, options.overrides).notify.after_s,
    )


def spawn_engine(options: Options, argv: Sequence[str]) -> bool:
    """Start an engine of its own session unless one has the home; was one started?"""
    from commandcenter.hosts.detached import start_detached

    if _has_engine(options):
        return False
    start_detached(argv, options.folders.state / "engine.log")
    return True


def _has_engine(options: Options) -> bool:
    """Does an engine answer on this home? One that begins or ends is waited for."""
    from commandcenter.engine.lock import Occupied, take

    for _ in range(round(STARTS_S / LOOKS_S)):
        try:
            take(options.folders.data).close()
        except Occupied:
            if _answers(socket_path(options.folders)):
                return True
            time.sleep(LOOKS_S)
        else:
            return False
    return True


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as knock:
        return knock.connect_ex(str(path)) == 0


def run_screenshot(options: Options, shot: Shot, engine: Sequence[str]) -> int:
    """Paint the screen of this home's engine; one started for the picture is ended with it."""
    from commandcenter.ui.screenshot import Shot as Picture
    from commandcenter.ui.shoot import shoot

    options.folders.make()
    started = spawn_engine(options, engine)
    try:
        rects = Path(shot.rects) if shot.rects else None
        picture = Picture(Path(shot.out), (shot.width, shot.height), shot.keys, rects)
        screen = screen_options(options, "")
        shoot(lambda: link(options.folders, once=False), screen, picture, shot.after_s)
        return 0
    finally:
        if started:
            asyncio.run(_stop(options))


async def _stop(options: Options) -> None:
    talk = link(options.folders)
    await talk.connect()
    await talk.query("stop")
    await talk.gone()

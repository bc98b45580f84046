"""`commandcenter screenshot`: a real window on the offscreen platform, a real engine behind it."""

import asyncio

import qasync

from commandcenter.ui.app import LinkFactory, application, keep
from commandcenter.ui.screen import LiveLink, Options
from commandcenter.ui.screenshot import Shot, paint
from commandcenter.ui.theme import Theme
from commandcenter.ui.window import Window

CONNECT_S = 20.0


def shoot(link_factory: LinkFactory, options: Options, shot: Shot, after_s: float) -> None:
    """Connect, run `after_s` seconds, press the keys, paint.

    Raises TimeoutError without an engine, ValueError for an unknown key or a file not writable.
    """
    theme = Theme()
    app = application(["commandcenter"], theme)
    with qasync.QEventLoop(app) as loop:
        link = link_factory()
        window = Window(options, link, theme)
        loop.run_until_complete(_shoot(window, link, shot, after_s))


async def _shoot(window: Window, link: LiveLink, shot: Shot, after_s: float) -> None:
    state = window.screen_state
    seen = asyncio.Event()
    first = link.on_snapshot

    def snapshot(data: bytes) -> None:
        first(data)
        seen.set()

    link.on_snapshot = snapshot
    state.tasks.spawn(keep(window, link), "link")
    window.resize(*shot.size)
    window.show()
    async with asyncio.timeout(CONNECT_S):
        await seen.wait()
    await asyncio.sleep(after_s)
    await paint(window, shot)
    await link.close()
    await state.tasks.close()

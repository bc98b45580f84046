"""The screen as a process: one QApplication, one qasync loop, one window, one link."""

import asyncio
import faulthandler
import logging
import sys
from collections.abc import Callable, Sequence

import qasync
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from commandcenter.config.qt_pair import qt_refusal, qt_version
from commandcenter.link.base import LinkRefused
from commandcenter.ui.screen import LiveLink, Options
from commandcenter.ui.theme import Theme, install
from commandcenter.ui.window import Window

log = logging.getLogger("cc.screen")
CANNOT = 5
"""Exit code: cannot be run."""

LinkFactory = Callable[[], LiveLink]


def run(link_factory: LinkFactory, options: Options) -> int:
    """Open the screen and stay until its window closes; the exit code. The loops go on."""
    refusal = qt_refusal(qt_version())
    if refusal:
        sys.stderr.write(refusal + "\n")
        return CANNOT
    if sys.stderr is not None and sys.stderr.fileno() >= 0:
        faulthandler.enable()
    theme = Theme()
    app = application(["commandcenter"], theme)
    loop = qasync.QEventLoop(app)
    with loop:
        return int(loop.run_until_complete(_stay(app, theme, link_factory(), options)))


def application(argv: Sequence[str], theme: Theme) -> QApplication:
    """The one QApplication, dressed; closing the last window does not end it."""
    QGuiApplication.setDesktopFileName("commandcenter")
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(list(argv))
    app.setApplicationName("commandcenter")
    app.setQuitOnLastWindowClosed(False)
    install(app, theme)
    return app


async def _stay(app: QApplication, theme: Theme, link: LiveLink, options: Options) -> int:
    """Until the window is closed; orders that were sent are awaited for a moment."""
    closed = asyncio.Event()
    window = Window(options, link, theme)
    window.refresh.on_close = closed.set
    window.router.install(app)
    tasks = window.screen_state.tasks
    tasks.spawn(keep(window, link), "link")
    window.show()
    window.map.setFocus()
    await closed.wait()
    window.router.remove(app)
    await link.close()
    await tasks.close()
    window.deleteLater()
    return 0


async def keep(window: Window, link: LiveLink) -> None:
    """Stay connected; an engine of another version is said, not retried."""
    try:
        await link.keep()
    except LinkRefused as error:
        window.screen_state.refused = str(error)
        window.refresh.state(up=False)
        log.error("the link is refused: %s", error)

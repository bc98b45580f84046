"""The screen as a process: one QApplication, one qasync loop, one window, one link."""

import asyncio
import faulthandler
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import qasync
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from commandcenter.config.qt_pair import qt_refusal, qt_version
from commandcenter.link.base import LinkRefused
from commandcenter.ui.screen import LiveLink, Options
from commandcenter.ui.theme import Theme, install
from commandcenter.ui.window import Window

log = logging.getLogger("cc.screen")
GC_MS = 5_000
CANNOT = 5
"""Exit code: cannot be run."""

LinkFactory = Callable[[], LiveLink]


Opened = Callable[[Window], None]


def run(link_factory: LinkFactory, options: Options, opened: Opened = lambda window: None) -> int:
    """Open the screen and stay until its window closes; the exit code. The loops go on.

    `opened` is told of the window before it is shown.
    """

    async def stay(app: QApplication, theme: Theme) -> int:
        link = link_factory()
        window = Window(options, link, theme)
        opened(window)
        return await _stay(app, window, link)

    return _started(stay)


def _started(work: Callable[[QApplication, Theme], Coroutine[Any, Any, int]]) -> int:
    """Run a coroutine on the one Qt loop; a pair of Qt and Python that aborts is refused."""
    refusal = qt_refusal(qt_version())
    if refusal:
        sys.stderr.write(refusal + "\n")
        return CANNOT
    if sys.__stderr__ is not None:
        faulthandler.enable(sys.__stderr__)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a waiting Qt loop never sees Python's own
    theme = Theme()
    app = application(["commandcenter"], theme)
    with qasync.QEventLoop(app) as loop:
        return int(loop.run_until_complete(work(app, theme)))


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


async def _stay(app: QApplication, window: Window, link: LiveLink) -> int:
    """Until the window is closed; orders that were sent are awaited for a moment."""
    closed = asyncio.Event()
    window.refresh.on_close = closed.set
    window.router.install(app)
    tasks = window.screen_state.tasks
    tasks.spawn(keep(window, link), "link")
    window.resize(app.primaryScreen().availableSize())
    window.showMaximized()
    window.map.setFocus()
    QTimer.singleShot(GC_MS, window, gc.enable)  # also when no engine comes
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

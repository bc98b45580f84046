"""`gh issue list`, run once where the player wrote it; its lines become briefs."""

import os
from collections.abc import Callable

from PySide6.QtCore import QProcess, QProcessEnvironment, QTimer

from commandcenter.config import tools
from commandcenter.core.text import line
from commandcenter.hud import listing
from commandcenter.ui.screen import Screen

WAITS_MS = 20_000
LARGEST = 1 << 20


class Issues:
    """At most one question to gh at a time; no shell, no thread of ours around it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._process: QProcess | None = None
        self.environ = dict(os.environ)

    def ask(self, text: str, folder: str, then: Callable[[str], None]) -> None:
        """Run the command in the repository; `then` gets what it printed."""
        if self._process is not None:
            self._screen.say("gh is being asked already")
            return
        try:
            argv = listing.words_of(text)
        except ValueError as error:
            self._screen.say(f"the command cannot be read: {error}", refused=True)
            return
        process = self._process = QProcess()
        process.setProgram(argv[0])
        process.setArguments(list(argv[1:]))
        if folder:
            process.setWorkingDirectory(folder)
        env = QProcessEnvironment()
        for name, value in tools.outside(self.environ).items():
            env.insert(name, value)
        process.setProcessEnvironment(env)
        process.finished.connect(lambda *_: self._ended(then))
        process.errorOccurred.connect(lambda *_: self._failed())
        QTimer.singleShot(WAITS_MS, process, process.kill)
        self._screen.say("gh is asked")
        process.start()

    def _ended(self, then: Callable[[str], None]) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        said = _text(process.readAllStandardOutput().data())
        if process.exitCode() != 0:
            why = _text(process.readAllStandardError().data())
            self._screen.say(f"gh: {line(why, 120) or 'it failed'}", refused=True)
        elif not said.strip():
            self._screen.say("gh lists no issue", refused=True)
        else:
            then(said)

    def _failed(self) -> None:
        """It did not start; what ends later says so itself."""
        process = self._process
        if process is not None and process.error() == QProcess.ProcessError.FailedToStart:
            self._process = None
            self._screen.say("gh is not here", "install the GitHub CLI, or paste its lines")


def _text(data: object) -> str:
    return bytes(data)[:LARGEST].decode("utf-8", "replace") if isinstance(data, bytes) else ""

"""Opens a worktree, a shell, a port or a session by hand, in programs of the person's own."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QProcess, QProcessEnvironment

from commandcenter.config import tools
from commandcenter.config.tools import Desktop, ToolMissing
from commandcenter.core.refusals import NoWorkspace, TargetInvalid
from commandcenter.core.world import Head
from commandcenter.hud.card import Page, Place, filled
from commandcenter.link.base import LinkLost
from commandcenter.ui.clip import copy
from commandcenter.ui.screen import Screen

ASK_S = 10.0


def start(argv: Sequence[str], folder: str) -> bool:
    """Start it detached in the folder, outside every thread; False when it does not start."""
    process = QProcess()
    process.setProgram(argv[0])
    process.setArguments(list(argv[1:]))
    if folder:
        process.setWorkingDirectory(folder)
    env = QProcessEnvironment()
    for name, value in tools.outside(os.environ).items():
        env.insert(name, value)
    process.setProcessEnvironment(env)
    for channel in (process.setStandardOutputFile, process.setStandardErrorFile):
        channel(QProcess.nullDevice())
    started: object = process.startDetached()  # a bool, though its stub says a pair
    return bool(started[0]) if isinstance(started, tuple) else bool(started)


class Opening:
    """The keys Mod+O, Mod+T, Mod+P, and the terminal of a session that was taken over."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._taken: set[int] = set()
        self._asked: dict[int, float] = {}
        self.start = start
        self.desktop = Desktop(os.environ, sys.platform, lambda name: shutil.which(name) or "")
        self.copy = copy

    # --- worktree --------------------------------------------------

    def editor(self) -> None:
        """Mod+O: the worktree in the person's editor."""
        head = self._head()
        if head is not None:
            said = f"{head.name} opens in your editor"
            self._start(lambda: tools.editor(self.desktop, head.workspace), head.workspace, said)

    def shell(self) -> None:
        """Mod+T: a shell in the worktree."""
        head = self._head()
        if head is not None:
            said = f"a shell opens in {head.name}"
            self._start(lambda: tools.shell(self.desktop, head.workspace), head.workspace, said)

    def browser(self) -> None:
        """Mod+P: the thread's port; a menu when several of its block listen."""
        head = self._head(worktree=False)
        if head is None:
            return
        if not head.port:
            self._screen.refuse(TargetInvalid(f"{head.name} has no port"))
            return
        self._screen.tasks.spawn(self._ports(head), f"ports {head.id}")

    async def _ports(self, head: Head) -> None:
        """The ports of its block that listen; the first one where the engine cannot say."""
        known = await self._listening(head.id)
        ports = [head.port] if known is None else list(known)
        if not ports:
            self._screen.say(f"nothing listens on :{head.port} to :{head.port + 9}", refused=True)
        elif len(ports) == 1:
            self.port(ports[0])
        else:
            self._menu(head, ports)

    async def _listening(self, thread: int) -> tuple[int, ...] | None:
        """The ports of its block that listen; None = the engine cannot say."""
        try:
            found = await self._screen.link.query("ports", thread=thread)
        except (LinkLost, ValueError):
            return None
        listed = found.get("listening") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            return None
        ports = tuple(int(port) for port in listed)
        self._screen.ports[thread] = ports
        self._screen.changed()
        return ports

    def learn(self, head: Head | None) -> None:
        """Ask which ports of the shown thread listen, at most each ten seconds while it lives."""
        if head is None or not head.port or head.state in ("ended", "hibernated"):
            return
        now = self._screen.now()
        if now - self._asked.get(head.id, -ASK_S) >= ASK_S:
            self._asked[head.id] = now
            self._screen.tasks.spawn(self._learn(head.id), f"listening {head.id}")

    async def _learn(self, thread: int) -> None:
        await self._listening(thread)

    def _menu(self, head: Head, ports: list[int]) -> None:
        screen = self._screen
        places = [
            Place(n, f"port.{port}", f":{port}", "export") for n, port in enumerate(ports[:15])
        ]
        screen.page, screen.marked = Page("PORTS", head.name, filled(places), (head.id,)), 0
        screen.enter("subcard")

    def port(self, port: int) -> None:
        """One port of this machine in the browser."""
        said = f":{port} opens in your browser"
        self._start(lambda: tools.browser(self.desktop, port), "", said)

    def _start(self, choose: Callable[[], tuple[str, ...]], folder: str, said: str) -> None:
        try:
            argv = choose()
        except ToolMissing as error:
            self._screen.refuse(TargetInvalid(str(error)))
            return
        if self.start(argv, folder):
            self._screen.say(said)
        else:
            self._screen.refuse(TargetInvalid(f"{argv[0]} does not start"))

    def _head(self, worktree: bool = True) -> Head | None:
        """The thread the inspector shows, in APPROVE the one that asks; else the card says why."""
        screen = self._screen
        ask = screen.deck.shown if "approval" in screen.modes else None
        head = screen.world.threads.get(ask.thread) if ask is not None else screen.active
        if head is None:
            screen.someone()
        elif worktree and not head.workspace:
            screen.refuse(NoWorkspace())
            return None
        return head

    # --- by hand --------------------------------------------------

    def expect(self, threads: tuple[int, ...]) -> None:
        """These were ordered to be taken: their terminals open once they are in our hands."""
        self._taken.update(threads)

    def follow(self, threads: frozenset[int]) -> None:
        """Threads changed: open the terminal of those that were taken by this screen."""
        for thread in self._taken & threads:
            head = self._screen.world.threads.get(thread)
            if head is None or head.state == "ended":
                self._taken.discard(thread)
            elif head.by_hand:
                self._taken.discard(thread)
                self._by_hand(head)

    def _by_hand(self, head: Head) -> None:
        if self._terminal(head):
            said = f"{head.name} opens in your terminal, unmetered"
            self._screen.say(said, "Mod+Shift+T gives it back")
        else:
            self._screen.say(head.by_hand, "B, B, T copies it; Mod+Shift+T gives it back")

    def _terminal(self, head: Head) -> bool:
        """The session in the person's terminal, which stays when the agent ends."""
        command = ("sh", "-c", f"{head.by_hand}; exec ${{SHELL:-sh}}")
        try:
            argv = tools.terminal(self.desktop, head.workspace, command)
        except ToolMissing:
            return False
        return self.start(argv, head.workspace)

    def copy_line(self) -> None:
        """The command that opens the session by hand, into the clipboard."""
        head = self._screen.active
        if head is None or not head.by_hand:
            self._screen.refuse(TargetInvalid("it is not in your hands"))
            return
        self.copy(head.by_hand)
        self._screen.say("its command is in the clipboard", head.by_hand)

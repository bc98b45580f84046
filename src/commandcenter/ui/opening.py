"""Opens a worktree, a shell, a port or a session by hand, in programs of the person's own."""

import os
import shutil

from PySide6.QtCore import QProcess, QProcessEnvironment

from commandcenter.core.refusals import NoWorkspace, TargetInvalid
from commandcenter.core.world import Head
from commandcenter.hud import outside
from commandcenter.hud.card import Page, Place, filled
from commandcenter.hud.outside import SETTINGS, Start, Tool
from commandcenter.link.base import LinkLost
from commandcenter.ui.clip import copy
from commandcenter.ui.screen import Screen


def have(program: str) -> bool:
    """Is there such a program?"""
    return shutil.which(program) is not None


def start(chosen: Start, folder: str) -> bool:
    """Start it detached in the folder, outside every thread; False when it does not start."""
    process = QProcess()
    process.setProgram(chosen.argv[0])
    process.setArguments(list(chosen.argv[1:]))
    if folder:
        process.setWorkingDirectory(folder)
    env = QProcessEnvironment()
    for name, value in outside.clean(os.environ).items():
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
        self.start = start
        self.have = have
        self.copy = copy

    # --- worktree --------------------------------------------------

    def editor(self) -> None:
        """Mod+O: the worktree in the person's editor."""
        head = self._head()
        if head is not None:
            found = outside.editor(os.environ, self.have, head.workspace)
            self._start("editor", found, head.workspace, f"{head.name} opens in your editor")

    def shell(self) -> None:
        """Mod+T: a shell in the worktree."""
        head = self._head()
        if head is not None:
            found = outside.terminal(os.environ, self.have)
            self._start("terminal", found, head.workspace, f"a shell opens in {head.name}")

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
        try:
            found = await self._screen.link.query("ports", thread=head.id)
        except (LinkLost, ValueError):
            found = [head.port]
        listed = found.get("listening", []) if isinstance(found, dict) else found
        ports = [int(port) for port in listed or ()]
        if not ports:
            self._screen.say(f"nothing listens on :{head.port} to :{head.port + 9}", refused=True)
        elif len(ports) == 1:
            self.port(ports[0])
        else:
            self._menu(head, ports)

    def _menu(self, head: Head, ports: list[int]) -> None:
        screen = self._screen
        places = [
            Place(n, f"port.{port}", f":{port}", "export") for n, port in enumerate(ports[:15])
        ]
        screen.page, screen.marked = Page("PORTS", head.name, filled(places), (head.id,)), 0
        screen.enter("subcard")

    def port(self, port: int) -> None:
        """One port of this machine in the browser."""
        found = outside.browser(os.environ, self.have, port)
        self._start("browser", found, "", f":{port} opens in your browser")

    def _start(self, tool: Tool, found: Start | None, folder: str, said: str) -> None:
        if found is None:
            self._screen.refuse(TargetInvalid(f"no {tool} was found; set {SETTINGS[tool]}"))
        elif not self.start(found, folder):
            self._screen.refuse(TargetInvalid(f"{found.argv[0]} does not start"))
        else:
            self._screen.say(said)

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
        found = outside.by_hand(os.environ, self.have, head.by_hand)
        if found is not None and self.start(found, head.workspace):
            said = f"{head.name} opens in your terminal, unmetered"
            self._screen.say(said, "Mod+Shift+T gives it back")
        else:
            self._screen.say(head.by_hand, "B, B, T copies it; Mod+Shift+T gives it back")

    def copy_line(self) -> None:
        """The command that opens the session by hand, into the clipboard."""
        head = self._screen.active
        if head is None or not head.by_hand:
            self._screen.refuse(TargetInvalid("it is not in your hands"))
            return
        self.copy(head.by_hand)
        self._screen.say("its command is in the clipboard", head.by_hand)

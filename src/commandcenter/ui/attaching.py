"""What goes into a text besides typing: pictures, and the names behind `/`, `@` and `@@`."""

import asyncio
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from commandcenter.core.refusals import Reason, TargetInvalid
from commandcenter.core.world import Head
from commandcenter.hud.abilities import images
from commandcenter.hud.completing import TEMPLATE, commands
from commandcenter.hud.words import plain
from commandcenter.link.base import LinkLost
from commandcenter.ui.letter import Letter
from commandcenter.ui.pictures import Picture, keep, taken
from commandcenter.ui.screen import Screen

FILES_S = 20.0
"""The list of a worktree's files is asked for again after so long."""
_TO_AGENTS = frozenset({"steer", "message"})
_TEXTS = frozenset({"brief", "list", "goal", "answer", "deny"})
"""Texts that are no message to a thread, and take threads' names and templates."""
MOST_TEMPLATES = 200
LONGEST = 200_000


class Attaching:
    """Pictures by the letter they go with, and what a word may be completed to."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._held: dict[str, Picture] = {}
        self._files: dict[int, tuple[float, tuple[str, ...]]] = {}

    def heads(self, letter: Letter | None) -> list[Head]:
        """The receivers that are still there."""
        threads = self._screen.world.threads
        return [threads[one] for one in letter.receivers if one in threads] if letter else []

    # --- names --------------------------------------------------

    def names(self, sign: str) -> tuple[str, ...]:
        """What `/` or `@` may be completed to for the open letter."""
        letter = self._screen.letter
        if letter is None or letter.use not in _TO_AGENTS | _TEXTS:
            return ()
        if sign == TEMPLATE:
            return tuple(sorted(self._templates()))
        heads = self.heads(letter)
        if sign == "/":
            return commands(heads) if letter.use in _TO_AGENTS else ()
        threads = self._screen.world.threads.values()
        names = tuple(plain(head.name) for head in threads if head.state != "ended")
        return (*names, *self._paths(heads[0].id)) if heads else names

    # --- templates --------------------------------------------------

    def template(self, name: str) -> str:
        """The text of a template of the player's own; empty when it cannot be read."""
        path = self._templates().get(name)
        try:
            return path.read_text(encoding="utf-8")[:LONGEST] if path is not None else ""
        except (OSError, UnicodeDecodeError) as error:
            self._screen.say(f"the template cannot be read: {error}", refused=True)
            return ""

    def _templates(self) -> dict[str, Path]:
        """`<config>/templates/NAME.md` by name."""
        config = self._screen.options.config
        folder = config / "templates" if config is not None else None
        if folder is None or not folder.is_dir():
            return {}
        return {path.stem: path for path in sorted(folder.glob("*.md"))[:MOST_TEMPLATES]}

    # --- files --------------------------------------------------

    def _paths(self, thread: int) -> tuple[str, ...]:
        asked, names = self._files.get(thread, (-FILES_S, ()))
        if self._screen.now() - asked >= FILES_S:
            self._files[thread] = (self._screen.now(), names)
            self._screen.tasks.spawn(self._learn(thread), f"files {thread}")
        return names

    async def _learn(self, thread: int) -> None:
        """The worktree's files; an engine that cannot say them offers none."""
        try:
            found = await self._screen.link.query("files", thread=thread)
        except (LinkLost, ValueError):
            return
        listed = found.get("files", []) if isinstance(found, dict) else found
        if isinstance(listed, list):
            names = tuple(str(name) for name in listed)
            self._files[thread] = (self._screen.now(), names)
            if self._screen.composer is not None:
                self._screen.composer.offer()

    # --- pictures --------------------------------------------------

    def of(self, letter: Letter) -> Picture | None:
        """The picture that goes with a letter."""
        return self._held.get(letter.key)

    def paste(self, source: QMimeData) -> None:
        """Take a picture along, where all receivers take pictures; else the card says why not."""
        screen, letter = self._screen, self._screen.letter
        picture = taken(source)
        if letter is None or picture is None:
            return
        reason = self.lacks(letter)
        if reason is not None:
            screen.refuse(reason)
            return
        screen.tasks.spawn(self._keep(letter, picture), "picture")

    def lacks(self, letter: Letter) -> Reason | None:
        """Why no picture can go with this letter."""
        if letter.use not in _TO_AGENTS:
            return TargetInvalid("a picture goes with a message to a thread, not with this")
        return images(self.heads(letter))

    async def _keep(self, letter: Letter, picture: QImage | Path) -> None:
        screen = self._screen
        loop = asyncio.get_running_loop()
        try:
            kept = await loop.run_in_executor(None, keep, picture, screen.options.store)
        except (ValueError, OSError) as error:
            screen.say(str(error), refused=True)
            return
        self._held[letter.key] = kept
        composer = screen.composer
        if composer is not None and composer.letter and composer.letter.key == letter.key:
            composer.show_picture(kept)
        screen.say("the picture goes along", "Backspace before the text leaves it out")

    def drop(self) -> None:
        """The open letter goes without its picture."""
        letter, composer = self._screen.letter, self._screen.composer
        if letter is not None and composer is not None:
            self.sent(letter)
            composer.show_picture(None)

    def sent(self, letter: Letter) -> None:
        """The picture went out, or is left out."""
        self._held.pop(letter.key, None)

"""What was found on this machine: asked for the first page, and again while no account is there."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from commandcenter.link.base import LinkLost
from commandcenter.ui.templates import templates

if TYPE_CHECKING:
    from commandcenter.ui.window import Window

log = logging.getLogger("cc.screen")


class Finding:
    """Asks one question at a time; `want` orders a frame for the answer."""

    def __init__(self, window: "Window", want: Callable[[], None]) -> None:
        self._window = window
        self._screen = window.screen_state
        self._want = want
        self._started = False
        self._asking = False

    def look(self) -> None:
        """A key came: on the first page, without an account, there may be one now."""
        lacks = not templates(self._screen)
        if lacks and not self._asking and self._window.start.isVisible():
            self._started = False
            self.ask()

    def ask(self) -> None:
        """Ask the engine what is there."""
        self._asking = True
        self._screen.tasks.spawn(self._learn(), "what was found")

    async def _learn(self) -> None:
        """What the first page shows, and how many calls may run."""
        screen, path = self._screen, self._screen.options.path
        try:
            found = await screen.link.query("found")
            if path is not None:
                repository = await screen.link.query("repository", path=str(path))
                screen.repository = repository if isinstance(repository, dict) else {}
            status = await screen.link.query("status")
        except LinkLost:
            return  # it is asked again when it is back
        except ValueError as error:
            log.warning("the engine was asked what was found: %s", error)
            return
        finally:
            self._asking = False
        screen.found = found if isinstance(found, dict) else {}
        supply = status.get("supply", {}) if isinstance(status, dict) else {}
        self._window.bar.cap = int(supply.get("cap", 0))
        self._begin()
        self._want()

    def _begin(self) -> None:
        """The first page has its brief field open from the start."""
        screen = self._screen
        ready = screen.repository.get("root") and templates(screen)
        if not self._started and not screen.world.threads and ready and screen.mode == "map":
            self._window.actions_table.writing.open_brief()
        self._started = True

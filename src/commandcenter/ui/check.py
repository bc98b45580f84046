"""Is the mirror what the engine has? Asked every 10 s while entries come, else never."""

import hashlib
import logging

from commandcenter.core.base import Clock
from commandcenter.core.world import dump
from commandcenter.hud.mirror import Mirror
from commandcenter.link.base import Link, LinkLost
from commandcenter.ui.tasks import Tasks

EVERY_S = 10.0
log = logging.getLogger("cc.screen")


class Check:
    """Compares hashes at the same seq; a difference is recorded and mended by a fresh snapshot."""

    def __init__(self, mirror: Mirror, link: Link, clock: Clock, tasks: Tasks) -> None:
        self._mirror = mirror
        self._link = link
        self._clock = clock
        self._tasks = tasks
        self._at = clock.monotonic()

    def rows(self) -> None:
        """Entries came."""
        if self._clock.monotonic() - self._at >= EVERY_S:
            self._at = self._clock.monotonic()
            self._tasks.spawn(self.compare(), "compare")

    async def compare(self) -> None:
        """Ask; when the mirror has diverged, have it recorded and loaded again."""
        try:
            theirs = await self._link.query("hash")
        except (LinkLost, ValueError):
            return
        world = self._mirror.world
        comparable = bool(theirs) and theirs["seq"] == world.seq
        if comparable and theirs["hash"] != hashlib.sha256(dump(world)).hexdigest():
            log.error("the mirror differs from the engine at %d; it is loaded again", world.seq)
            self._link.resync(world.seq)

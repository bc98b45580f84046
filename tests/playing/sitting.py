"""A display with a player at it, and a person's own pace: what every key script begins with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playing.display import open_display
from playing.player import Player

SIZE = (1366, 768)
DEAD_S = 0.6
"""A case or a result that was just shown takes no decision for half a second."""


@asynccontextmanager
async def sitting(home: Path) -> AsyncIterator[Player]:
    """The player of a home; afterwards no process of the engine's is left."""
    display = await open_display(*SIZE)
    player = Player(display, home)
    try:
        yield player
    finally:
        left = await player.close()
        await display.close()
        assert left == []


async def pause(seconds: float) -> None:
    """A person's own pace between two keys."""
    for _ in range(max(round(seconds / 0.05), 1)):
        await asyncio.sleep(0.05)

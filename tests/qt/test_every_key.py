"""Every action of keymap.json by its real key, on the real screen and a real engine (M3)."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from game import Game

pytestmark = [pytest.mark.qt, pytest.mark.slow]
SKIRMISH = ("--skirmish", "12", "--seed", "7", "--speed", "2")


@pytest.fixture
def game(loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Game]:
    yield Game(tmp_path / "home", loop)
    gc.unfreeze()


def test_smoke(game: Game) -> None:
    async def play() -> None:
        await game.begin(*SKIRMISH)
        try:
            await game.until(
                lambda: len(game.entries("SessionOpened")) or game.screen.world.threads, "threads"
            )
            await game.keys("Down", "Shift+Right", "Mod+3")
            order = await game.order("group", 0)
            assert order["set"] == 3
        finally:
            await game.close_window()
            await game.end()

    game.loop.run_until_complete(asyncio.wait_for(play(), 120))

"""The journal's disk is full in the middle of a skirmish: all is held, and goes on by itself."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from commandcenter.core.base import NS
from commandcenter.core.codec import load_entry
from commandcenter.core.events import OrderGiven, RecordingStopped
from commandcenter.core.world import live
from commandcenter.testing.playing import Home, to_their_end

HOLD_S = 1.0
FULL_S = 2.0
AGAIN_S = 12.0
DISK = "size=240m,mode=0700"
Figure = Callable[[str], None]


@asynccontextmanager
async def no_more_bytes(home: Home) -> AsyncIterator[None]:
    """The engine's files may not grow: what a quota does, without a disk."""
    engine = psutil.Process(home.pid)
    _, hard = engine.rlimit(psutil.RLIMIT_FSIZE)
    engine.rlimit(psutil.RLIMIT_FSIZE, (0, hard))
    yield
    engine.rlimit(psutil.RLIMIT_FSIZE, (hard, hard))


@asynccontextmanager
async def taken(disk: Path) -> AsyncIterator[None]:
    """Another program has all the room."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    yield
    filler.unlink()


async def command(*argv: str) -> None:
    """Run it; it must work."""
    process = await asyncio.create_subprocess_exec(*argv)
    assert await process.wait() == 0, argv


@asynccontextmanager
async def small_disk(home: Home) -> AsyncIterator[Path]:
    """A file system of its own for the journal; only root can have one."""
    journal = home.path / "journal"
    journal.mkdir(mode=0o700, parents=True)
    home.path.chmod(0o700)
    await command("mount", "-t", "tmpfs", "-o", DISK, "tmpfs", str(journal))
    yield journal
    await home.close()
    await command("umount", str(journal))


async def is_full(home: Home, since: int, figure: Figure) -> None:
    """Within a second it is known, orders are refused, and no call begins until it is over."""
    while (await home.json("status"))["recording"] == "ok":
        assert time.time_ns() - since < HOLD_S * NS, "it is not known"
    known = (time.time_ns() - since) / NS
    said = await home.run("order", 'rename #1 "lost"')
    assert said.code == 3, said
    assert "CannotRecord" in said.err
    await asyncio.sleep(FULL_S)
    late = [one.begin.wall - since for one in home.sparring() if one.begin.wall > since]
    last = max(late, default=0) / NS
    assert last <= HOLD_S, "a call began while nothing could be recorded"
    figure(f"known after {known:.2f} s, last call began after {last:.2f} s")


async def goes_on(home: Home) -> None:
    """By itself, all of it, with nothing lost."""
    before = len(home.sparring())
    async with asyncio.timeout(AGAIN_S):
        while (await home.json("status"))["recording"] != "ok":
            await asyncio.sleep(0.05)
        while len(home.sparring()) < before + 5:
            await asyncio.sleep(0.05)


async def through(home: Home, full: AbstractAsyncContextManager[None], figure: Figure) -> None:
    """A skirmish before, during and after."""
    home.options = ("--skirmish", "8", "--seed", "7", "--speed", "6")
    await home.start()
    await home.until(lambda world: sum(h.tokens.calls > 0 for h in live(world)) >= 7)
    await home.order('rename #1 "kept"')
    async with full:
        await is_full(home, time.time_ns(), figure)
    await goes_on(home)
    world = await to_their_end(home, slow=False)
    assert len(world.threads) == 8
    assert world.threads[1].name == "kept"
    assert "lost" not in {head.name for head in world.threads.values()}
    assert world.alerts["journal"].cleared
    events = [load_entry(row).event for row in home.rows()]
    assert sum(isinstance(event, RecordingStopped) for event in events) == 1
    given = [event.order for event in events if isinstance(event, OrderGiven)]
    assert "lost" not in str(given)
    assert (await home.json("status"))["live"] == {}
    assert await home.stop() == 0
    assert (await home.run("journal", "verify")).code == 0
    assert "Traceback" not in home.complaints()


@pytest.mark.faults
async def test_files_that_may_not_grow(home: Home, figure: Figure) -> None:
    await through(home, lazily(lambda: no_more_bytes(home)), figure)


@asynccontextmanager
async def lazily(make: Callable[[], AbstractAsyncContextManager[None]]) -> AsyncIterator[None]:
    """Made when it is entered: the engine has no pid before."""
    async with make():
        yield


@pytest.mark.faults
async def test_a_disk_without_room(home: Home, figure: Figure) -> None:
    if os.geteuid() != 0:
        await through(home, lazily(lambda: no_more_bytes(home)), figure)
        return
    async with small_disk(home) as disk:
        await through(home, banner_seen(home, disk), figure)


@asynccontextmanager
async def banner_seen(home: Home, disk: Path) -> AsyncIterator[None]:
    """The disk is full, and the alert is there within a second, on the reserve's room."""
    async with taken(disk):
        begun = time.time_ns()
        world = await home.until(lambda world: "journal" in world.alerts, HOLD_S)
        assert time.time_ns() - begun <= HOLD_S * NS
        assert not world.alerts["journal"].cleared
        yield

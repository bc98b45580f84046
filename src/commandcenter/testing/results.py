"""What tests of results need beside a Bench: an operation, idle threads in it, reasons by name."""

import asyncio
from pathlib import Path

from commandcenter.core.codec import Entry
from commandcenter.core.events import OrderDone, OrderRefused
from commandcenter.core.reduce import apply
from commandcenter.core.world import World, dump
from commandcenter.testing.engines import Bench

GREEN = "cat *.txt | grep -q hello"
"""It names no file: what it names would be taken from the parent's commit."""
PLAN = "[[task]]\ntitle = 'a'\n[[task]]\ntitle = 'b'\n"


async def git(folder: str | Path, *words: str) -> str:
    """What git says there."""
    signed = ("-c", "user.name=t", "-c", "user.email=t@t")
    argv = ["git", "-C", str(folder), *signed, *words]
    ran = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    said, _ = await ran.communicate()
    assert ran.returncode == 0, words
    return said.decode().strip()


def file(bench: Bench, thread: int, name: str = "readme.txt") -> Path:
    """A file of the thread's worktree."""
    return Path(bench.head(thread).workspace, name)


async def operation(bench: Bench, success: str = GREEN, more: str = "") -> None:
    """Operation o in the bench's repository."""
    told = f"operation o --repo {bench.repo} {more}"
    ack = await bench.order(told + (f' --success "{success}"' if success else ""))
    assert not ack.refused, ack.refused


async def idle(bench: Bench, count: int = 1) -> list[int]:
    """Threads of operation o after their first turn, which the player has looked at."""
    before = set(bench.engine.parts.world.threads)
    text = f'spawn --op o --account sparring-chat --count {count} "do it"'
    assert not (await bench.order(text)).refused
    made = sorted(set(bench.engine.parts.world.threads) - before)
    for thread in made:
        await bench.reaches(thread, "running")
        await bench.ended(thread)
        await bench.reaches(thread, "idle")
        await bench.order(f"seen #{thread} --diff")
    return made


async def family(bench: Bench) -> tuple[int, int]:
    """A parent that waits, and an idle child of it whose diff nobody has looked at."""
    [parent] = await idle(bench)
    assert await given(bench, f'split #{parent} --plan "{PLAN}"') == ""
    child = bench.head(parent).children[0]
    await bench.reaches(child, "running")
    await bench.ended(child)
    await bench.reaches(child, "idle")
    return parent, child


async def given(bench: Bench, text: str, yes: bool = False) -> str:
    """The reason it was refused for, soon or late; empty = it was done."""
    ack = await bench.order(text, by="player", yes=yes)
    if ack.refused:
        return ack.refused[0].reason
    ends = [one.event for one in await bench.entries() if _ends(one, ack.id)]
    refused = [str(one.reason["type"]) for one in ends if isinstance(one, OrderRefused)]
    return refused[0] if refused else ""


def _ends(entry: Entry, order: str) -> bool:
    event = entry.event
    return isinstance(event, OrderRefused | OrderDone) and event.id == order


async def replays(bench: Bench) -> None:
    """The journal gives the same World; read once more when something was said meanwhile."""
    known = bench.engine.parts.world
    while True:
        world = World()
        for entry in await bench.entries():
            apply(world, entry)
        if world.seq == known.seq:
            break
    assert dump(world) == dump(known)

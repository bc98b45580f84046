"""Work that goes to its end although nobody waits for it any more."""

import asyncio
from pathlib import Path

import pytest

from commandcenter.hosts.checkpoints import Checkpoints
from commandcenter.hosts.unbroken import to_its_end
from commandcenter.testing.desks import Desk, write


async def test_cancelled_when_it_is_over() -> None:
    gate = asyncio.Event()
    done = []

    async def work() -> None:
        await gate.wait()
        done.append(1)
        raise ValueError("nobody hears it")

    task = asyncio.create_task(to_its_end(work(), "work"), name="waits")
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    assert not done
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done


async def test_result_and_failure_pass() -> None:
    async def fail() -> None:
        raise ValueError("heard")

    assert await to_its_end(asyncio.sleep(0, 3), "three") == 3
    with pytest.raises(ValueError, match="heard"):
        await to_its_end(fail(), "fail")


async def test_a_restore_that_nobody_waits_for_is_whole(person: Desk) -> None:
    tree: Path = await person.thread(1)
    points = Checkpoints(person.host, asyncio.sleep)
    one = await points.checkpoint(str(tree), 1, 1)
    write(tree / "a.txt", "changed\n")
    back = points.restore(str(tree), one.commit, "refs/commandcenter/kept/1")
    task = asyncio.create_task(back, name="restore")
    await asyncio.sleep(0.03)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tree / "a.txt").read_text().startswith("a.txt 1\n")
    assert list((person.repo / ".git").rglob("*.lock")) == []

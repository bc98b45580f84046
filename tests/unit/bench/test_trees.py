"""Survivors are looked for by their environment mark, ends are seen by pidfd."""

import os
import signal

from commandcenter.bench.trees import (
    SIZE,
    Graves,
    marked,
    planted,
    send,
    state,
    stopped,
    zombies_of,
)

MARK = f"bench-test-{os.getpid()}"


async def test_a_tree_is_found_stopped_and_ended() -> None:
    root, pids = await planted(MARK, 3)
    assert len(pids) == SIZE
    assert root.pid in pids
    assert set(marked(MARK)) == {3}
    send(pids, signal.SIGSTOP)
    assert await stopped(pids, 5.0) > 0
    graves = Graves(pids)
    assert not await graves.all(0.0)
    send(pids, signal.SIGKILL)
    assert await graves.all(5.0)
    graves.close()
    assert set(graves.ended) == set(pids)
    await root.wait()
    assert marked(MARK) == {}


async def test_the_dead_are_neither_watched_nor_signalled() -> None:
    nobody = 2**22 + 1
    graves = Graves([nobody])
    assert await graves.all(0.0)
    send([nobody], signal.SIGKILL)
    assert state(nobody) == b"X"
    graves.close()


def test_children_that_were_not_waited_for() -> None:
    before = zombies_of(os.getpid())
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert zombies_of(os.getpid()) == before + 1
    os.waitpid(child, 0)
    assert zombies_of(os.getpid()) == before

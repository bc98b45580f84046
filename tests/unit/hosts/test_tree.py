"""Trees with every way to escape: setsid, double fork, nohup, a cleared environment."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commandcenter.hosts import tree
from commandcenter.hosts.base import Proc, Spawn, home_mark
from commandcenter.hosts.cgroup import Groups, probe
from commandcenter.hosts.local import LocalHost, prepare_process
from commandcenter.hosts.running import LocalRunning
from commandcenter.hosts.tree import Scanner, Seen, named, parse_mark, read_psutil

ENV = {"PATH": os.environ["PATH"]}
ESCAPERS = """
import os, subprocess, sys, time
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(300)
        os._exit(0)
    os.wait()
subprocess.Popen(["sleep", "300"])
subprocess.Popen(["setsid", "sleep", "300"])
subprocess.Popen(["nohup", "sleep", "300"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
subprocess.Popen(["env", "-i", "PATH=" + os.environ["PATH"], "sleep", "300"])
daemon()
print("ready", flush=True)
time.sleep(300)
"""
SIZE = 6
BEYOND = 1 << 22  # no pid of this machine


@pytest.fixture(params=["walk", "groups"])
async def host(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LocalHost]:
    """By walk and mark; and by control groups, which fall back to the walk where the system
    grants none (then both runs are the same)."""
    prepare_process()
    home = home_mark(tmp_path)
    host = LocalHost(home, probe(home) if request.param == "groups" else None)
    yield host
    for marked in await host.survivors():
        await host.kill_tree(marked.thread, marked.epoch)
    host.reap()
    host.reap()
    await host.close()


async def escapers(host: LocalHost, thread: int, code: str = ESCAPERS) -> LocalRunning:
    spawn = Spawn((sys.executable, "-S", "-c", code), "/", ENV, thread, 1)
    running = await host.spawn(spawn)
    _, ready = await anext(running.output())
    assert ready == b"ready\n"
    return running


def alive(procs: tuple[Proc, ...]) -> list[Proc]:
    return [p for p in procs if named(p.pid) == p and state(p) not in "ZX"]


def state(proc: Proc) -> str:
    try:
        return Path(f"/proc/{proc.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "X"


async def test_tree_names_all_parents_first(host: LocalHost) -> None:
    running = await escapers(host, 1)
    procs = await host.tree(1, 1)
    assert len(procs) == SIZE
    assert running.proc in procs
    assert await host.tree(1, 2) == ()
    assert await host.tree(2, 1) == ()
    assert {(m.thread, m.epoch) for m in await host.survivors()} == {(1, 1)}


async def test_kill_tree_leaves_nothing(host: LocalHost) -> None:
    running = await escapers(host, 1)
    other = await escapers(host, 2)
    procs = await host.tree(1, 1)
    report = await host.kill_tree(1, 1)
    assert set(procs) <= set(report.killed)
    assert report.survivors == ()
    assert alive(procs) == []
    assert await running.wait() == -9
    assert not other.ended.done()
    assert len(await host.tree(2, 1)) == SIZE


async def test_kill_of_every_epoch(host: LocalHost) -> None:
    first = await escapers(host, 1)
    second = await host.spawn(Spawn(("sleep", "300"), "/", ENV, 1, 2))
    report = await host.kill_tree(1, 0)
    assert {first.proc, second.proc} <= set(report.killed)
    assert await host.tree(1, 0) == ()


async def test_freeze_stands_still_and_thaw_goes_on(host: LocalHost, tmp_path: Path) -> None:
    code = ESCAPERS.rpartition("time.sleep")[0] + "while True: pass"
    running = await escapers(host, 1, code)
    frozen = await host.freeze(1, 1)
    assert len(frozen) == SIZE
    used = cpu(running.proc)
    await asyncio.sleep(0.06)
    assert cpu(running.proc) == used
    assert set(await host.thaw(1, 1)) == set(frozen)
    for _ in range(20):
        await asyncio.sleep(0.03)
        if cpu(running.proc) > used:
            break
    assert cpu(running.proc) > used


def cpu(proc: Proc) -> int:
    fields = Path(f"/proc/{proc.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


async def test_frozen_tree_can_be_killed(host: LocalHost) -> None:
    await escapers(host, 1)
    frozen = await host.freeze(1, 1)
    assert (await host.kill_tree(1, 1)).survivors == ()
    assert alive(frozen) == []


async def test_forking_chain_is_caught(host: LocalHost) -> None:
    """Each parent ends as soon as it has a child: found by mark or group, in the end."""
    code = """
import os, time
print("ready", flush=True)
while True:
    time.sleep(0.02)
    if os.fork(): os._exit(0)
"""
    await escapers(host, 1, code)
    report = await host.kill_tree(1, 1)
    assert report.survivors == ()
    await asyncio.sleep(0.05)
    assert await host.tree(1, 1) == ()


async def test_known_from_a_journal_is_killed_without_mark(host: LocalHost) -> None:
    running = await host.spawn(Spawn(("env", "-i", "/bin/sleep", "300"), "/", ENV, 0, 0))
    stranger = Proc(running.proc.pid, running.proc.started - 1)
    again = LocalHost(secrets.token_hex(8))
    assert (await again.kill_tree(3, 1, (stranger,))).killed == ()
    assert not running.ended.done()
    assert (await again.kill_tree(3, 1, (running.proc,))).killed == (running.proc,)
    assert await running.wait() == -9
    await again.close()


async def test_next_engine_finds_left_overs_by_mark(host: LocalHost, tmp_path: Path) -> None:
    await escapers(host, 7)
    after = LocalHost(home_mark(tmp_path))
    found = await after.survivors()
    assert {(m.thread, m.epoch) for m in found} == {(7, 1)}
    assert len(found) >= SIZE - 1  # the one with the cleared environment: by descent
    for thread in {m.thread for m in found}:
        await after.kill_tree(thread, 0)
    assert await after.survivors() == ()
    await after.close()


async def test_twenty_kills_at_once_share_their_scans(host: LocalHost) -> None:
    runnings = await asyncio.gather(*(escapers(host, i) for i in range(1, 21)))
    before = host._scanner.scans
    loop = asyncio.get_running_loop()
    began = loop.time()
    reports = await asyncio.gather(*(host.kill_tree(i, 1) for i in range(1, 21)))
    assert loop.time() - began < 1.5
    assert host._scanner.scans - before < 60
    assert all(not r.survivors and len(r.killed) >= SIZE for r in reports)
    assert [await r.wait() for r in runnings] == [-9] * 20


async def test_psutil_reader_sees_the_same(tmp_path: Path) -> None:
    """The reader of macOS, tried here too."""
    home = home_mark(tmp_path)
    host = LocalHost(home)
    running = await host.spawn(Spawn(("sleep", "300"), "/", ENV, 5, 9))
    rows = {row.proc.pid: row for row in read_psutil(home)}
    for _ in range(100):  # exec closes its pipe to us a moment before it shows the environment
        if rows[running.proc.pid].mark is not None:
            break
        rows = {row.proc.pid: row for row in read_psutil(home)}
    assert rows[running.proc.pid].mark == (5, 9)
    assert rows[running.proc.pid].parent == os.getpid()
    assert rows[running.proc.pid].leader == running.proc.pid
    await host.kill_tree(5, 9)
    await host.close()


async def test_owners_by_descent_loop_and_depth() -> None:
    """A chain of 5 000 and a loop of parents, as a torn reading may show."""
    chain = [Seen(Proc(BEYOND + i, i), BEYOND - 1 + i, "S", BEYOND) for i in range(5000)]
    chain[0] = Seen(chain[0].proc, 1, "T", BEYOND, (3, 4))
    loop = [Seen(Proc(2, 1), 3, "S", 2), Seen(Proc(3, 1), 2, "S", 3)]  # each the other's parent
    scanner = Scanner("h", lambda _: [*reversed(chain), *loop])
    table = await scanner.scan()
    assert table.members(3, 4) == tuple(row.proc for row in chain)
    assert table.branch(chain[0].proc) == table.members(3, 4)
    assert table.members(3, 4, since=4999) == (chain[-1].proc,)
    assert table.stopped == {chain[0].proc}
    scanner.close()


def test_marks_are_read_strictly() -> None:
    assert parse_mark("12:3") == (12, 3)
    for bad in ("", ":", "1", "1:", ":2", "-1:2", "1:2:3", "a:b", "1: 2", "9" * 50 + ":1"):
        assert parse_mark(bad) is None
    assert tree._mark(b"A=1\0CC_HOME=abc\0CC_THREAD=1:2\0", b"CC_HOME=abc") == (1, 2)
    assert tree._mark(b"X=CC_HOME=abc\0CC_THREAD=1:2\0", b"CC_HOME=abc") is None
    assert tree._mark(b"CC_HOME=abcd\0CC_THREAD=1:2\0", b"CC_HOME=abc") is None


def test_signals_go_to_nobody_else() -> None:
    own = named(os.getpid())
    assert own is not None
    assert not tree.send(own, tree.signal.SIGKILL)
    assert not tree.send(Proc(1, 0), tree.signal.SIGKILL)
    assert not tree.send(Proc(BEYOND + 5, 0), tree.signal.SIGKILL)


def test_groups_are_named_by_thread_and_epoch(tmp_path: Path) -> None:
    groups = Groups(tmp_path)
    for name in ("1-1", "1-2", "11-1", "odd", "a-b"):
        (tmp_path / name).mkdir()
    (tmp_path / "1-2/made/inside").mkdir(parents=True)
    (tmp_path / "1-2/made/cgroup.procs").write_text("4711\n4712\n")
    assert sorted(groups.all()) == [(1, 1), (1, 2), (11, 1)]
    assert groups.pids(1, 0) == [4711, 4712]
    (tmp_path / "1-2/made/cgroup.procs").unlink()
    groups.remove(1, 0)
    assert sorted(groups.all()) == [(11, 1)]


async def test_without_room_for_a_group_the_walk_does_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    host = LocalHost(home_mark(tmp_path), Groups(tmp_path / "file"))
    running = await host.spawn(Spawn(("sleep", "300"), "/", ENV, 1, 1))
    assert await host.freeze(1, 1) == (running.proc,)
    assert (await host.kill_tree(1, 1)).killed == (running.proc,)
    with pytest.raises(FileNotFoundError):
        await host.spawn(Spawn(("no-such-program",), "/", ENV, 1, 1))
    await host.close()

"""Spawn, output, exit codes, limits: with real processes."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commandcenter.hosts.base import Ran, Spawn, home_mark
from commandcenter.hosts.local import LocalHost, prepare_process
from commandcenter.hosts.tree import zombies

ENV = {"PATH": os.environ["PATH"]}


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[LocalHost]:
    host = LocalHost(home_mark(tmp_path))
    yield host
    await host.close()


def python(code: str, **more: object) -> Spawn:
    return Spawn((sys.executable, "-S", "-c", code), "/", ENV, **more)  # type: ignore[arg-type] # fields by name


async def test_output_exit_code_and_mark(host: LocalHost, tmp_path: Path) -> None:
    code = "import os,sys; print(os.environ['CC_THREAD'], os.environ['CC_HOME']); sys.exit(3)"
    ran = await host.run(python(code, thread=4, epoch=2), 10)
    assert ran == Ran(3, f"4:2 {home_mark(tmp_path)}\n".encode(), b"")


async def test_streams_are_apart_and_in_order(host: LocalHost) -> None:
    code = "import os\nfor i in range(3): os.write(1, b'o%d' % i); os.write(2, b'e%d' % i)"
    ran = await host.run(python(code), 10)
    assert (ran.out, ran.err) == (b"o0o1o2", b"e0e1e2")


async def test_stdin_is_given_whole_and_ends(host: LocalHost) -> None:
    spawn = python("import sys; print(len(sys.stdin.buffer.read()))", stdin=b"x" * 300_000)
    assert (await host.run(spawn, 10)).out == b"300000\n"
    assert (await host.run(python("import sys; print(len(sys.stdin.read()))"), 10)).out == b"0\n"


async def test_output_above_the_limit_is_dropped(host: LocalHost) -> None:
    ran = await host.run(python("print('x' * 500_000)", limit_bytes=1000), 10)
    assert (len(ran.out), ran.cut, ran.code) == (1000, True, 0)


async def test_time_limit_kills_and_keeps_what_came(host: LocalHost) -> None:
    ran = await host.run(python("import time; print('here', flush=True); time.sleep(60)"), 0.3)
    assert (ran.code, ran.out, ran.late) == (-9, b"here\n", True)
    assert await host.survivors() == ()


async def test_signal_is_a_negative_code(host: LocalHost) -> None:
    running = await host.spawn(python("import time; time.sleep(60)"))
    running.signal(15)
    assert await running.wait() == -15
    running.signal(15)
    running.close()


async def test_missing_program_and_folder(host: LocalHost) -> None:
    with pytest.raises(FileNotFoundError):
        await host.spawn(Spawn(("no-such-program",), "/", ENV))
    with pytest.raises(FileNotFoundError):
        await host.spawn(Spawn(("true",), "/no/such/folder", ENV))


async def test_slow_reader_holds_the_process_back(host: LocalHost) -> None:
    code = "import os\nfor _ in range(64): os.write(1, b'x' * 65536)"
    running = await host.spawn(python(code))
    pieces = running.output()
    got = len((await anext(pieces))[1])
    await asyncio.sleep(0.05)
    assert not running.ended.done()
    async for _, piece in pieces:
        assert len(piece) <= 65536
        got += len(piece)
    assert got == 64 * 65536
    assert await running.wait() == 0


async def test_escaped_grandchild_does_not_hold_the_reader(host: LocalHost) -> None:
    code = (
        "import subprocess,sys; print('last words', flush=True);"
        "subprocess.Popen(['sleep', '60'], start_new_session=True)"
    )
    loop = asyncio.get_running_loop()
    began = loop.time()
    ran = await host.run(python(code, thread=1, epoch=1), 20)
    assert (ran.out, ran.code, ran.late) == (b"last words\n", 0, False)
    assert 1.5 < loop.time() - began < 4
    assert len((await host.kill_tree(1, 1)).killed) == 1


async def test_cancelled_run_leaves_nothing(host: LocalHost) -> None:
    run = asyncio.create_task(host.run(python("import time; time.sleep(60)"), 60), name="run")
    for _ in range(50):
        if await host.survivors():
            break
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert await host.survivors() == ()


async def test_process_is_prepared() -> None:
    prepared = prepare_process()
    assert prepared.files >= 4096
    assert prepared.subreaper == (sys.platform == "linux")


async def test_exit_codes_stay_right_while_adopted_daemons_die(host: LocalHost) -> None:
    """agents.md 13.4, with 60: every code arrives, and the daemons are reaped by number."""
    prepare_process()
    codes = []
    for i in range(30):
        daemon = Spawn(("sh", "-c", "(true &) ; exit 7"), "/", ENV)
        plain = Spawn(("sh", "-c", f"exit {i}"), "/", ENV)
        ran = await asyncio.gather(host.run(daemon, 10), host.run(plain, 10))
        host.reap()
        codes += [r.code for r in ran]
    assert codes == [code for i in range(30) for code in (7, i)]
    host.reap()
    host.reap()
    assert list(zombies()) == []


async def test_rss_of_living_and_dead(host: LocalHost) -> None:
    running = await host.spawn(python("import time; time.sleep(60)", thread=1, epoch=1))
    procs = await host.tree(1, 1)
    assert procs == (running.proc,)
    assert host.rss(procs) > 1_000_000
    await host.kill_tree(1, 1)
    assert await running.wait() == -9
    assert host.rss(procs) == 0
    running.close()

"""A process in a terminal: what it sees, keys, size, hang-up, its tree; the spool."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commandcenter.hosts import cgroup
from commandcenter.hosts.base import Running, Spawn, home_mark
from commandcenter.hosts.local import LocalHost
from commandcenter.hosts.pty import SIZE
from commandcenter.hosts.spool import Spool, tail

ENV = {"PATH": os.environ["PATH"]}
LOOK = """
import os, sys, termios
ctty = os.open("/dev/tty", os.O_RDWR)
print(all(os.isatty(n) for n in (0, 1, 2)), os.getsid(0) == os.getpid(), os.environ["TERM"])
print(os.environ["CC_THREAD"], os.get_terminal_size(ctty), os.tcgetpgrp(ctty) == os.getpgrp())
"""
SHOUT = """
import os, select, signal
told = []
signal.signal(signal.SIGWINCH, lambda *_: told.append(1))
print("ready", flush=True)
while True:
    if told:
        told.clear()
        print(tuple(os.get_terminal_size()), flush=True)
    if select.select([0], [], [], 0.02)[0]:
        print(os.read(0, 99).decode().strip().upper(), flush=True)
"""


@pytest.fixture(params=["walk", "group"])
async def host(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LocalHost]:
    """By walk, and by control group where this user may make one (else by walk twice)."""
    home = home_mark(tmp_path)
    groups = cgroup.probe(home) if request.param == "group" else None
    host = LocalHost(home, groups)
    yield host
    await host.kill_tree(1, 1)
    await host.close()


class Screen:
    """Reads all output."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.seen = b""
        self._moved = asyncio.Event()
        self.task = asyncio.create_task(self._read(), name="screen")

    async def _read(self) -> None:
        async for stream, piece in self.running.output():
            assert stream == "out"
            self.seen += piece
            self._moved.set()

    async def until(self, words: bytes) -> None:
        async with asyncio.timeout(10):
            while words not in self.seen:
                self._moved.clear()
                await self._moved.wait()


def python(code: str, **more: object) -> Spawn:
    argv = (sys.executable, "-S", "-c", code)
    return Spawn(argv, "/", ENV, 1, 1, pty=SIZE, **more)  # type: ignore[arg-type]  # fields by name


async def test_it_leads_a_session_with_a_terminal(host: LocalHost) -> None:
    ran = await host.run(python(LOOK), 10)
    assert ran.out.split(b"\r\n")[:2] == [
        b"True True xterm-256color",
        b"1:1 os.terminal_size(columns=120, lines=40) True",
    ]
    assert (ran.code, ran.err) == (0, b"")


async def test_keys_size_and_interrupt(host: LocalHost) -> None:
    running = await host.spawn(python(SHOUT))
    screen = Screen(running)
    await screen.until(b"ready")
    assert running.foreground() == running.proc.pid
    await running.write(b"caf\xc3\xa9\r")
    await screen.until("CAFÉ".encode())
    running.resize(80, 24)
    await screen.until(b"(80, 24)")
    await running.write(b"\x03")
    assert await asyncio.wait_for(running.wait(), 10) == -2
    await screen.task
    assert b"KeyboardInterrupt" in screen.seen
    assert running.foreground() == 0


async def test_exit_code_and_all_output(host: LocalHost) -> None:
    code = "import sys; sys.stdout.write('x' * 300_000); sys.exit(3)"
    ran = await host.run(python(code), 20)
    assert (ran.code, ran.out) == (3, b"x" * 300_000)


async def test_whoever_does_not_read_holds_it_back(host: LocalHost, tmp_path: Path) -> None:
    mark = tmp_path / "done"
    code = f"print('x' * 2_000_000); open({str(mark)!r}, 'w')"
    running = await host.spawn(python(code))
    await asyncio.sleep(0.09)
    assert not mark.exists()
    screen = Screen(running)
    assert await asyncio.wait_for(running.wait(), 20) == 0
    await screen.task
    assert mark.exists()


async def test_end_of_input_and_hang_up(host: LocalHost) -> None:
    running = await host.spawn(python("import sys; print(len(sys.stdin.read()))"))
    screen = Screen(running)
    await running.write(b"abc\r")
    await screen.until(b"abc")
    running.end_input()
    await screen.until(b"4")
    assert await running.wait() == 0
    waits = await host.spawn(python("import time; print('up', flush=True); time.sleep(60)"))
    screen = Screen(waits)
    await screen.until(b"up")
    waits.close()
    assert await asyncio.wait_for(waits.wait(), 10) == -1
    with pytest.raises(OSError, match="input is over"):
        await waits.write(b"late")
    await screen.task


async def test_its_tree_is_found_frozen_and_killed(host: LocalHost) -> None:
    code = (
        "import os, subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'],"
        " start_new_session=True)\nprint('up', flush=True); time.sleep(60)"
    )
    running = await host.spawn(python(code))
    screen = Screen(running)
    await screen.until(b"up")
    async with asyncio.timeout(5):
        while len(await host.tree(1, 1)) < 2:
            await asyncio.sleep(0.01)
    assert len(await host.freeze(1, 1)) == 2
    await host.thaw(1, 1)
    report = await host.kill_tree(1, 1)
    assert report.survivors == ()
    assert await running.wait() == -9
    await screen.task


async def test_a_missing_program_says_so(host: LocalHost) -> None:
    with pytest.raises(FileNotFoundError):
        await host.spawn(Spawn(("no-such-program",), "/", ENV, 1, 1, pty=SIZE))


def test_the_spool_keeps_the_newest_and_positions_go_on(tmp_path: Path) -> None:
    path = tmp_path / "home" / "pty.raw"
    spool = Spool(path, 40)
    for number in range(10):
        spool.add(b"%d" % number * 6)
    assert spool.end == 60
    assert tail(path, 7) == b"8999999"
    assert tail(path, 1000) == b"".join(b"%d" % n * 6 for n in range(6, 10))
    part = spool.since(0, 8)
    assert (part.start, part.data, part.end) == (36, b"66666677", 44)
    assert spool.since(58, 100).data == b"99"
    assert spool.since(99, 100).data == b""
    spool.close()
    spool.add(b"late")
    again = Spool(path, 40)
    again.add(b"new")
    assert again.end == 27
    assert tail(path, 4) == b"9new"
    again.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert tail(tmp_path / "none", 5) == b""

"""`commandcenter open`: real programs are started beside the thread, never in it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from commandcenter import compose
from commandcenter.config.folders import folders
from commandcenter.core.codec import PROTOCOL, Row
from commandcenter.core.orders import Given
from commandcenter.core.world import Head, World, dump
from commandcenter.hosts.ports import PortBlocks
from commandcenter.link.base import Ack, Hello
from commandcenter.link.server import Server

SAYS = '#!/bin/sh\n{ pwd; echo "$@"; env; } > "$OUT.new" && mv "$OUT.new" "$OUT"\n'


class Doors:
    """An engine that only has a World."""

    def __init__(self, world: World) -> None:
        self.hello = Hello(PROTOCOL, "1", os.getpid(), 1, "/data")
        self.world = world
        self.watched: frozenset[int] = frozenset()

    async def submit(self, given: Given) -> Ack:
        raise AssertionError("opening is no order")

    def snapshot(self) -> bytes:
        return dump(self.world)

    def listen(self, listener: Callable[[list[Row]], None]) -> Callable[[], None]:
        return lambda: None

    async def read(self, thread: int, since: int, limit: int) -> list[Row]:
        return []

    async def query(self, name: str, args: dict[str, Any]) -> Any:
        assert name == "world"
        return dump(self.world)

    def watch(self, threads: frozenset[int]) -> None:
        """Nobody watches."""

    def diverged(self, seq: int) -> None:
        """It cannot."""

    def peer_is_agent(self, pid: int) -> bool:
        return False


class Desk:
    """A home with two threads; a program that says what it was given."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "h"
        self.out = folder / "out"
        self.tree = folder / "tree"
        self.tree.mkdir()
        program = folder / "bin" / "prog"
        program.parent.mkdir()
        program.write_text(SAYS)
        program.chmod(0o755)
        self.port = PortBlocks(seed=500).claim()
        first = Head(1, "fix", "op", "native", "native", "a", "m", "b")
        second = Head(
            2, "port", "op", "a", "native", "a", "m", "b", workspace=str(self.tree), port=self.port
        )
        self.world = World()
        self.world.threads.update({1: first, 2: second})
        self.env = {
            "PATH": f"{program.parent}:/usr/bin:/bin",
            "OUT": str(self.out),
            "PORT": "3000",
            "CC_THREAD": "2:1",
            "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"],
        }

    async def open(self, *words: str, **env: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "commandcenter", "open", "--home", str(self.home), *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.env | {"PYTHONPATH": "src"} | env,
            cwd=Path(__file__).parents[3],
        )
        out, err = await process.communicate()
        assert out == b""
        return process.returncode or 0, err.decode().removeprefix("commandcenter: ").strip()

    async def said(self) -> list[str]:
        async with asyncio.timeout(10):
            while not self.out.exists():
                await asyncio.sleep(0.01)
        return self.out.read_text().splitlines()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    where = folders(made.home)
    where.make()
    server = Server(Doors(made.world))
    await server.open(compose.socket_path(where))
    yield made
    await server.close()


async def test_the_editor_is_opened_on_the_worktree_outside_the_thread(desk: Desk) -> None:
    assert await desk.open("#2", "editor", VISUAL="prog --new-window") == (0, "")
    cwd, argv, *env = await desk.said()
    assert (cwd, argv) == (str(desk.tree), f"--new-window {desk.tree}")
    names = {line.partition("=")[0] for line in env}
    assert "OUT" in names
    assert not {name for name in names if name == "PORT" or name.startswith("CC_")}


async def test_a_shell_and_the_browser(desk: Desk) -> None:
    assert await desk.open("2", "shell", TERMINAL="prog") == (0, "")
    assert (await desk.said())[:2] == [str(desk.tree), ""]
    desk.out.unlink()
    code, said = await desk.open("2", "browser", BROWSER="prog")
    assert (code, said) == (0, f"nothing listens on port {desk.port} yet")
    assert (await desk.said())[1] == f"http://127.0.0.1:{desk.port}/"
    desk.out.unlink()
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", desk.port + 4)
    async with server:
        assert await desk.open("2", "browser", BROWSER="prog") == (0, "")
        assert (await desk.said())[1] == f"http://127.0.0.1:{desk.port + 4}/"


async def test_what_cannot_be_opened_says_why(desk: Desk) -> None:
    assert await desk.open("9", "editor") == (
        3,
        "there is no thread #9; commandcenter threads lists what there is",
    )
    assert await desk.open("1", "editor") == (3, "thread #1 has no worktree yet")
    assert await desk.open("1", "browser") == (3, "thread #1 has no port yet")
    code, said = await desk.open("2", "browser", "--port", "80")
    assert (code, said.partition(";")[0]) == (3, "port 80 is not of thread #2")
    assert await desk.open("2", "shell", TERMINAL="nowhere") == (
        5,
        "$TERMINAL names nowhere, which is not on the PATH",
    )
    code, said = await desk.open("2", "editor", PATH="/nowhere")
    assert (code, said) == (
        5,
        "no editor can be shown here, there is no display: set $VISUAL or $EDITOR to your editor",
    )
    desk.tree.rmdir()
    code, said = await desk.open("2", "editor", VISUAL="prog")
    assert (code, said) == (3, f"the worktree of thread #2 is gone: {desk.tree}")

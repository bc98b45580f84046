"""Panes of real terminals, and the names of a real worktree's files."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from commandcenter.core.redact import Redactor
from commandcenter.drivers.foreign import ForeignPorts
from commandcenter.drivers.terminal import TerminalDriver
from commandcenter.engine import panes
from commandcenter.engine.engine import Engine
from commandcenter.engine.queries import QUERIES
from commandcenter.testing.engines import Bench

SIZES = """import os, signal, sys, tty
def said(*_): print("%d %d" % os.get_terminal_size()[::-1], end="\\r\\n", flush=True)
tty.setraw(0)
signal.signal(signal.SIGWINCH, said)
said()
while True: print("[%s]" % os.read(0, 99).decode().strip(), end="\\r\\n", flush=True)
"""


def with_terminal(engine: Engine) -> None:
    parts = engine.parts
    ports = ForeignPorts(
        parts.host, parts.ids, parts.clock, lambda _: False, lambda: Redactor({}, b"s")
    )
    parts.drivers = {**parts.drivers, "terminal": TerminalDriver(ports, dict(os.environ))}


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = await Bench.open(tmp_path / "home", prepare=with_terminal)
    yield bench
    await bench.close()


async def started(bench: Bench, command: str) -> int:
    """A terminal thread whose program runs."""
    words = command.replace('"', '\\"')
    ack = await bench.order(f'spawn --repo {bench.repo} --agent terminal --command "{words}"')
    assert not ack.refused, ack.refused
    thread = max(bench.engine.parts.world.threads)
    await bench.until(lambda: bench.engine.runners[thread].session is not None)
    return thread


class Look:
    """One who looks at a pane, as the screen does."""

    def __init__(self, bench: Bench, thread: int) -> None:
        self.bench = bench
        self.thread = thread
        self.size = (60, 20)
        self.since = -1
        self.seen = b""
        self.last: dict[str, Any] = {}

    async def ask(self, wait_s: float = 0.1) -> dict[str, Any]:
        columns, rows = self.size
        more = {"since": self.since, "columns": columns, "rows": rows, "wait_s": wait_s}
        self.last = await asked(self.bench, "terminal", thread=self.thread, **more)
        assert len(self.last["data"]) <= panes.MOST
        self.since = self.last["end"]
        self.seen += self.last["data"]
        return self.last

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(10):
            while text not in self.seen:
                await self.ask()

    async def type(self, data: bytes) -> None:
        await asked(self.bench, "keys", thread=self.thread, data=data)


async def asked(bench: Bench, name: str, **args: Any) -> Any:
    return await QUERIES[name](bench.engine, args)


async def test_a_pane_is_looked_at_typed_into_and_sized(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panes, "LEFT_S", 0.2)
    (tmp_path / "sizes.py").write_text(SIZES)
    look = Look(bench, await started(bench, f"{sys.executable} -S {tmp_path}/sizes.py"))
    await look.until(b"20 60\r\n")
    assert (look.last["alive"], look.last["columns"], look.last["rows"]) == (True, 60, 20)
    before = len(await bench.entries(look.thread))
    await look.type(b"secret words\r")
    await look.until(b"[secret words]\r\n")
    look.size = (77, 31)
    await look.until(b"31 77\r\n")
    recorded = await bench.entries(look.thread)
    assert len(recorded) >= before
    assert "OrderGiven" not in [type(entry.event).__name__ for entry in recorded[before:]]
    await bench.until(lambda: bench.engine.panes.sizes == {})
    look.size = (120, 40)  # another would be told at once, and two signals are one
    await look.until(b"40 120\r\n")


async def test_a_question_waits_for_news_and_no_longer(bench: Bench) -> None:
    look = Look(bench, await started(bench, "stty -echo; echo ready; read x; echo got; read x"))
    await look.until(b"ready\r\n")
    at = bench.engine.parts.clock.monotonic()
    assert (await look.ask(0.3))["data"] == b""
    assert 0.25 < bench.engine.parts.clock.monotonic() - at < 2
    await asked(bench, "keys", thread=look.thread, data=b"\r")
    assert (await look.ask(1.0))["data"] == b"got\r\n"


async def test_far_behind_begins_anew_and_what_ended_stays_on_disk(bench: Bench) -> None:
    look = Look(bench, await started(bench, "seq 100000; read x; echo over"))
    await look.until(b"100000\r\n")
    far = Look(bench, look.thread)
    far.since = 5
    first = await far.ask()
    assert first["start"] == look.since - panes.BACK
    await look.type(b"\r")
    await look.until(b"over\r\n")
    await bench.until(lambda: bench.state(look.thread) in ("idle", "ended"))
    assert not (await look.ask())["alive"]
    with pytest.raises(ValueError, match="its program does not run"):
        await look.type(b"x")
    await bench.order(f"kill #{look.thread} --now")
    await bench.reaches(look.thread, "ended")
    late = Look(bench, look.thread)
    kept = await late.ask()
    assert kept["data"].endswith(b"over\r\n")
    assert not kept["alive"]
    assert (await late.ask())["data"] == b""


async def test_keys_are_refused_with_a_sentence(bench: Bench) -> None:
    thread = await started(bench, "cat")
    [native] = await bench.spawn()
    name = bench.engine.parts.world.threads[native].name
    with pytest.raises(ValueError, match=f"{name}: it is no terminal"):
        await asked(bench, "keys", thread=native, data=b"x")
    with pytest.raises(ValueError, match="is no terminal"):
        await asked(bench, "terminal", thread=native)
    with pytest.raises(ValueError, match="there is no thread #99"):
        await asked(bench, "keys", thread=99, data=b"x")
    with pytest.raises(ValueError, match="at most 128 KiB of bytes"):
        await asked(bench, "keys", thread=thread, data="x")
    await bench.reaches(thread, "running")
    await bench.order(f"freeze #{thread}")
    await bench.reaches(thread, "frozen")
    with pytest.raises(ValueError, match="it is frozen; E goes on"):
        await asked(bench, "keys", thread=thread, data=b"x")


async def test_files_are_those_of_the_worktree(bench: Bench) -> None:
    [thread] = await bench.spawn()
    place = Path(bench.engine.parts.world.threads[thread].workspace)
    (place / ".gitignore").write_text("*.log\n")
    (place / "né w.txt").write_text("x")
    (place / "x.log").write_text("x")
    listed = await asked(bench, "files", thread=thread)
    assert listed == {"files": [".gitignore", "né w.txt", "readme.txt"]}
    (place / "later.txt").write_text("x")
    assert await asked(bench, "files", thread=thread) == listed
    bench.engine.panes.files.clear()
    assert "later.txt" in (await asked(bench, "files", thread=thread))["files"]


async def test_of_very_many_files_some_are_named(bench: Bench) -> None:
    [thread] = await bench.spawn()
    place = Path(bench.engine.parts.world.threads[thread].workspace) / ("d" * 200)
    place.mkdir()
    for number in range(6_000):
        (place / f"{number:05d}").touch()
    names = (await asked(bench, "files", thread=thread))["files"]
    assert 4_000 < len(names) <= 5_000
    assert all(len(name) in (206, 10) for name in names)

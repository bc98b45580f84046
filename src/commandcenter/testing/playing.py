"""Real engines on real homes: started, talked to, killed, and judged by what they leave behind."""

import asyncio
import ctypes
import os
import re
import secrets
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psutil

from commandcenter import __version__
from commandcenter.compose.base import socket_path
from commandcenter.config.folders import folders, home_mark
from commandcenter.core import notation
from commandcenter.core.base import OrderId
from commandcenter.core.codec import Row
from commandcenter.core.orders import Given
from commandcenter.core.world import Head, World, live, load
from commandcenter.journal.reader import Reader, Span
from commandcenter.link.client import SocketLink
from commandcenter.sparring.record import Begun, Ended, Logged

START_S = 20.0
PDEATHSIG = 1
"""PR_SET_PDEATHSIG, prctl(2)."""
END_S = 240.0
SCRIPT = re.compile(r"script=(\S+)")
STUCK = ("hunt-flake", "trace-totals")
SLOW = ("soak-ledger", "audit-stats", "review-budget")
"""Scripts of the skirmish that end only when they are steered; and whose tools take seconds."""
KINDS = ("chat", "anthropic", "ollama")
ALL_KINDS = (*KINDS, "responses")
KEY = "sparring-at-a-port"
ACCOUNT = """[accounts.{kind}]
kind = "{kind}"
base_url = "{url}"
key_ref = "port"
model = "sparring-medium"
practice = true
"""
LINE = msgspec.json.Decoder(Begun | Ended)


class Said(NamedTuple):
    """What one shell command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its one JSON document."""
        return msgspec.json.decode(self.out)


class Home:
    """A home folder and the engine process on it; what the engine complains of is in `err`."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        self.folders = folders(path)
        self.options = options
        self.env = {**os.environ, "PYTHONFAULTHANDLER": "1"}
        self.program = [sys.executable, "-m", "commandcenter"]
        self.err = path.with_name(path.name + ".err")
        self.mark = home_mark(self.folders.data)
        self.engine: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The engine's."""
        assert self.engine is not None
        return self.engine.pid

    async def start(self, *options: str) -> float:
        """Start the engine; seconds until it said `ready`. Raises AssertionError when it ends."""
        begun = time.perf_counter()
        argv = [*self.argv("engine"), *(options or self.options)]
        with self.err.open("ab") as err:
            self.engine = await asyncio.create_subprocess_exec(
                *argv,
                stdout=asyncio.subprocess.PIPE,
                stderr=err,
                start_new_session=True,
                preexec_fn=_dies_with_us,
                env=self.env,
            )
        assert self.engine.stdout is not None
        line = await asyncio.wait_for(self.engine.stdout.readline(), START_S)
        assert line.startswith(b"ready "), self.err.read_text()[-2_000:]
        return time.perf_counter() - begun

    def argv(self, verb: str, *words: str) -> list[str]:
        """The command line of one command on this home."""
        return [*self.program, verb, "--home", str(self.path), *words]

    async def run(self, verb: str, *words: str, stdin: bytes = b"", limit_s: float = 90.0) -> Said:
        """One shell command to its end. Raises AssertionError when it has none."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self.argv(verb, *words), stdin=pipe, stdout=pipe, stderr=pipe, env=self.env
        )
        talk = asyncio.create_task(process.communicate(stdin), name=f"run {verb}")
        done, _ = await asyncio.wait([talk], timeout=limit_s)
        if not done:
            process.send_signal(signal.SIGABRT)  # it says where it stands
        out, err = await talk
        assert done, f"{verb} {words} took more than {limit_s} s: {err.decode()[-4_000:]}"
        return Said(process.returncode or 0, out.decode(), err.decode())

    async def order(self, text: str, *words: str) -> Said:
        """`commandcenter order`; fails the test unless it was taken."""
        said = await self.run("order", text, *words)
        assert said.code == 0, f"{text}: {said.err}"
        return said

    async def give(self, *texts: str) -> None:
        """Orders one after the other on one link; what is refused is refused."""
        link = await self.link()
        try:
            for text in texts:
                order = notation.parse(text)
                await link.send(Given(OrderId(secrets.token_hex(16)), order, "cli", yes=True))
        finally:
            await link.close()

    async def json(self, verb: str) -> Any:
        """What `commandcenter VERB --json` prints."""
        said = await self.run(verb, "--json")
        assert said.code == 0, said.err
        return said.data

    async def link(self, *, once: bool = True) -> SocketLink:
        """A client of the engine, connected."""
        link = SocketLink(socket_path(self.folders), __version__, once=once)
        await link.connect()
        return link

    async def world(self) -> World:
        """World as the engine has it now."""
        link = await self.link()
        try:
            return load(await link.query("world"))
        finally:
            await link.close()

    async def until(self, true: Callable[[World], Any], limit_s: float = 20.0) -> World:
        """World, once it is as wanted. Raises TimeoutError."""
        async with asyncio.timeout(limit_s):
            while not true(world := await self.world()):
                await asyncio.sleep(0.05)  # the engine is another process
            return world

    async def kill(self) -> None:
        """SIGKILL the engine, by its pid."""
        assert self.engine is not None
        with suppress(ProcessLookupError):
            self.engine.kill()
        await self.engine.wait()

    async def stop(self) -> int:
        """End the engine by SIGTERM; its exit code."""
        assert self.engine is not None
        with suppress(ProcessLookupError):
            self.engine.terminate()
        return await asyncio.wait_for(self.engine.wait(), 20)

    async def close(self) -> None:
        """Leave nothing behind, whatever the test did: the engine, then all with its mark."""
        if self.engine is not None and self.engine.returncode is None:
            await self.kill()
        for pid in self.marked():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.path not in self.folders.run.parents:
            shutil.rmtree(self.folders.run, ignore_errors=True)

    def marked(self) -> dict[int, str]:
        """Every living process with this home's mark, pid to its CC_THREAD; by /proc alone."""
        return dict(_marked(self.mark.encode()))

    def orphans(self) -> dict[int, str]:
        """Those of `marked` that do not descend from the engine that runs now."""
        return {pid: mark for pid, mark in self.marked().items() if not _below(pid, self.pid)}

    def rows(self, since: int = 0) -> Iterator[Row]:
        """The journal's entries with seq > since, read beside the engine."""
        return Reader(self.folders.data / "journal").walk(Span(since))

    def sparring(self) -> list[Logged]:
        """Every request the skirmish's endpoint has seen, over all its lives."""
        with suppress(FileNotFoundError):
            return list(over_lives((self.folders.state / "sparring.jsonl").read_bytes()))
        return []

    def complaints(self) -> str:
        """What the engines said on standard error."""
        return self.err.read_text() if self.err.exists() else ""


@asynccontextmanager
async def endpoint(home: Home, scenario: str, *words: str) -> AsyncIterator[Path]:
    """A practice endpoint on a port, with one account of each kind in the home; yields its log.

    `words` = further options of `commandcenter sparring`.
    """
    file, log = home.path.with_name("scenario.toml"), home.path.with_name("endpoint.jsonl")
    file.write_text(scenario)
    argv = ("sparring", "--port", "0", "--scenario", str(file), "--log", str(log), *words)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "commandcenter", *argv),
        stdout=asyncio.subprocess.PIPE,
        env=home.env | {"SPARRING_KEY": KEY},
    )
    assert process.stdout is not None
    url = msgspec.json.decode(await process.stdout.readline())["ready"]
    home.folders.make()
    text = "\n".join(ACCOUNT.format(kind=kind, url=url) for kind in ALL_KINDS)
    (home.folders.config / "accounts.toml").write_text(text)
    home.env["COMMANDCENTER_KEY_PORT"] = KEY
    try:
        yield log
    finally:
        process.terminate()
        await process.wait()


async def to_their_end(home: Home, *, slow: bool = True) -> World:
    """Answer what they ask, let go who rests, free those that are stuck, until the last has ended.

    Nobody who is idle is told to go on: what a kill broke off goes on by itself. Without `slow`
    the slow ones, whose tools take real seconds, are killed.
    """
    done: set[str] = set()
    async with asyncio.timeout(END_S) as limit:
        while heads := live(world := await home.world()):
            left = (limit.when() or 0.0) - asyncio.get_running_loop().time()
            assert left > 1, [(head.state, head.why, head.waits_for, head.line) for head in heads]
            texts = [f'deny {ask.id} "no"' for ask in world.asks.values()]
            for head in heads:
                if head.state in ("paused", "frozen"):
                    texts.append(f"resume #{head.id}")
                if head.step > 6 and script_of(head) in STUCK:
                    texts.append(f'steer #{head.id} "do something else" --now')
                if not slow and script_of(head) in SLOW:
                    texts.append(f"kill #{head.id} --now")
            await home.give(*(text for text in texts if text not in done))
            done |= {text for text in texts if "steer" in text}
            await asyncio.sleep(0.05)
    return world


def script_of(head: Head) -> str:
    """The practice script it plays."""
    return str(SCRIPT.findall(head.brief)[0])


def over_lives(log: bytes) -> Iterator[Logged]:
    """A sparring log to which several processes have appended: numbers begin anew with each."""
    living: dict[int, Logged] = {}
    for line in log.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            continue
        record = LINE.decode(line)
        if isinstance(record, Begun):
            if record.n == 1:
                yield from living.values()
                living = {}
            living[record.n] = Logged(record)
        else:
            living[record.n] = Logged(living[record.n].begin, record)
    yield from living.values()


def _dies_with_us() -> None:
    """In the child: a test run that is killed leaves no engine behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _below(pid: int, ancestor: int) -> bool:
    """Does it descend from the ancestor, or has it ended meanwhile?"""
    try:
        return ancestor in {parent.pid for parent in psutil.Process(pid).parents()}
    except psutil.NoSuchProcess:
        return True


def _marked(mark: bytes) -> Iterator[tuple[int, str]]:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue  # ended meanwhile, or not ours to read
        if b"CC_HOME=" + mark in environ:
            thread = next((one for one in environ if one.startswith(b"CC_THREAD=")), b"")
            yield int(pid), thread.decode()

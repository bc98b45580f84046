"""One started process: its pipes, its end."""

import asyncio
import contextlib
import errno
import os
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from typing import IO, Any, Final

from commandcenter.hosts.base import Proc, Spawn, Stream
from commandcenter.hosts.tree import named

_PIECE: Final = 65536
_EOF_LIMIT_S: Final = 2.0
_REST: Final = 16  # pieces read of a stream that outlives its process: a pipe holds no more


def started(spawn: Spawn, argv: tuple[str, ...], env: dict[str, str]) -> "LocalRunning":
    """Start `argv` in the running loop, never on another OS thread. Raises OSError."""
    with contextlib.ExitStack() as stack:
        source: int | IO[bytes] = subprocess.PIPE if spawn.talks else subprocess.DEVNULL
        if spawn.stdin is not None:
            source = stack.enter_context(tempfile.TemporaryFile())
            source.write(spawn.stdin)
            source.seek(0)
        child = subprocess.Popen(
            argv,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=spawn.cwd,
            env=env,
            start_new_session=True,
        )
    return LocalRunning(child)


def _settle(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


class LocalRunning:
    """A child of this process; `ended` holds its exit code, negative for a signal."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child
        self._loop = asyncio.get_running_loop()
        self.proc = named(child.pid) or Proc(child.pid, 0)
        self.ended: asyncio.Future[int] = self._loop.create_future()
        self._waiter: asyncio.Future[None] | None = None
        self._late = False
        self._writing = asyncio.Lock()
        if (source := self._source()) is not None:
            os.set_blocking(source.fileno(), False)
        self._pipes: dict[int, Stream] = {}
        for pipe, stream in self._files():
            os.set_blocking(pipe.fileno(), False)
            self._pipes[pipe.fileno()] = stream
        self._unwatch = self._watch()

    def _files(self) -> tuple[tuple[IO[bytes], Stream], ...]:
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        return (self._child.stdout, "out"), (self._child.stderr, "err")

    def _source(self) -> IO[bytes] | None:
        return self._child.stdin

    def _watch(self) -> Callable[[], None]:
        if not hasattr(os, "pidfd_open"):
            name = f"cc-wait-{self._child.pid}"
            threading.Thread(target=self._wait_on_thread, name=name, daemon=True).start()
            return lambda: None
        fd = os.pidfd_open(self._child.pid)

        def unwatch() -> None:
            self._loop.remove_reader(fd)
            os.close(fd)

        def on_end() -> None:
            unwatch()
            self._end()

        self._loop.add_reader(fd, on_end)
        return unwatch

    def _wait_on_thread(self) -> None:
        self._child.wait()
        with contextlib.suppress(RuntimeError):  # the loop has been closed before
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self._unwatch = lambda: None
        if not self.ended.done():
            self.ended.set_result(self._child.wait())
            self._loop.call_later(_EOF_LIMIT_S, self._cut)

    def _cut(self) -> None:
        self._late = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None:
            _settle(self._waiter)

    async def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        """Pieces of at most 64 KiB as they arrive; one reader, who holds the process back.

        Ends at end of file of both, at the latest 2 s after the exit: an escaped grandchild
        may hold the other end for ever.
        """
        try:
            while self._pipes and not self._late:
                await self._readable()
                for fd, stream in tuple(self._pipes.items()):
                    if piece := self._read(fd):
                        yield stream, piece
            for fd, stream in tuple(self._pipes.items()):
                for _ in range(_REST):
                    if piece := self._read(fd):
                        yield stream, piece
        finally:
            self.close()

    async def _readable(self) -> None:
        self._waiter = self._loop.create_future()
        for fd in self._pipes:
            self._loop.add_reader(fd, self._wake)
        try:
            await self._waiter
        finally:
            for fd in self._pipes:
                self._loop.remove_reader(fd)

    def _read(self, fd: int) -> bytes:
        if fd not in self._pipes:
            return b""
        try:
            piece = os.read(fd, _PIECE)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno != errno.EIO:  # so a terminal says that nobody has it open any more
                raise
            piece = b""
        if not piece:
            del self._pipes[fd]
        return piece

    async def write(self, data: bytes) -> None:
        """To its standard input, whole and one after another. Raises OSError when it takes no
        more."""
        async with self._writing:
            rest = memoryview(data)
            while rest:
                rest = rest[await self._written(rest) :]

    async def _written(self, data: memoryview) -> int:
        source = self._source()
        if source is None or source.closed:
            raise BrokenPipeError("its standard input is over")
        try:
            return os.write(source.fileno(), data)
        except BlockingIOError:
            await self._writable(source.fileno())
            return 0

    async def _writable(self, fd: int) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()
        both: set[asyncio.Future[Any]] = {ready, self.ended}
        self._loop.add_writer(fd, _settle, ready)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._loop.remove_writer(fd)
        if self.ended.done():
            raise BrokenPipeError("it has ended")

    def end_input(self) -> None:
        """Its standard input is over."""
        if self._child.stdin is not None and not self._child.stdin.closed:
            self._loop.remove_writer(self._child.stdin.fileno())
            self._child.stdin.close()

    async def wait(self) -> int:
        """The exit code, negative for a signal; may be called by several, repeatedly."""
        return await asyncio.shield(self.ended)

    def signal(self, number: int) -> None:
        """To this process only; silent when it has ended."""
        if not self.ended.done():
            self._child.send_signal(number)

    def resize(self, columns: int, rows: int) -> None:
        """It has no terminal."""

    def foreground(self) -> int:
        """It has no terminal."""
        return 0

    def close(self) -> None:
        """Give up input and output; the process itself goes on (its next write fails)."""
        self.end_input()
        self._give_up()

    def _give_up(self) -> None:
        for fd in self._pipes:
            self._loop.remove_reader(fd)
        self._pipes.clear()
        self._wake()
        for pipe, _ in self._files():
            pipe.close()

    def forget(self) -> None:
        """Give up output and exit; for the end of the host."""
        self._unwatch()
        self._unwatch = lambda: None
        self.close()

"""Bench processes and how they are spoken to: one JSON document a line, in and out."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

LINE = 64 << 20
READY_S = 30.0
ANSWER_S = 60.0
END_S = 10.0
Handler = Callable[[dict[str, Any]], Awaitable[Any]]
"""Answers one request; `do` names what is wanted."""


class Child:
    """A process of ours; ended with its standard input."""

    def __init__(self, process: asyncio.subprocess.Process, ready: str) -> None:
        self._process = process
        self.ready = ready
        """What it said behind `ready`."""
        self._lock = asyncio.Lock()

    @classmethod
    async def start(cls, module: str, config: object, env: dict[str, str] | None = None) -> "Child":
        """`python -m <module> <config as JSON>`; returns once it is ready.

        Raises RuntimeError when it ends before, TimeoutError after 30 s.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            msgspec.json.encode(config).decode(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **(env or {})},
            limit=LINE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(READY_S):
            while line := await process.stdout.readline():
                word, _, rest = line.decode().strip().partition(" ")
                if word == "ready":
                    return cls(process, rest)
        raise RuntimeError(f"{module} ended with {await process.wait()} before it was ready")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ask(self, do: str, **args: Any) -> Any:
        """One request, one answer. Raises RuntimeError when it fails there, EOFError at its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._lock, asyncio.timeout(ANSWER_S):
            self._process.stdin.write(msgspec.json.encode({"do": do, **args}) + b"\n")
            line = await self._process.stdout.readline()
        if not line:
            raise EOFError(f"the process ended instead of answering {do}")
        answer = msgspec.json.decode(line)
        if "error" in answer:
            raise RuntimeError(f"{do}: {answer['error']}")
        return answer["answer"]

    async def end(self) -> None:
        """Close its input and wait; killed after 10 s."""
        process = self._process
        if process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            process.send_signal(signal.SIGKILL)
            await process.wait()


async def serve(handler: Handler) -> None:
    """Answer requests on standard input until it ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE)
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while line := await reader.readline():
            request = msgspec.json.decode(line)
            try:
                answer = {"answer": await handler(request)}
            except (ValueError, KeyError, OSError, RuntimeError, TimeoutError) as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
            sys.stdout.buffer.flush()
    finally:
        pipe.close()

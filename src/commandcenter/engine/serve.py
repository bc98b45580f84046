"""Endpoints that an account's `serve` command starts: sparring, or a local server of the person."""

import asyncio
import contextlib
import itertools
from pathlib import Path

from commandcenter.config.accounts import Account
from commandcenter.hosts.base import Host, Running, Spawn

READY_S = 20.0
POLL_S = 0.02


class Servers:
    """One process per distinct `serve` command; started when an account is first named."""

    def __init__(self, host: Host, start: int, env: dict[str, str], log: Path) -> None:
        self._host = host
        self._epoch = start
        self._env = env
        self._log = log
        self._running: dict[tuple[str, ...], Running] = {}
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}
        self._drains: list[asyncio.Task[None]] = []

    async def ensure(self, account: Account) -> None:
        """Returns when the account's server can be reached. Raises OSError, TimeoutError."""
        if not account.serve:
            return
        async with self._locks.setdefault(account.serve, asyncio.Lock()):
            if account.serve in self._running and await _listens(account.socket):
                return
            await self._start(account)

    async def _start(self, account: Account) -> None:
        spawn = Spawn(account.serve, str(self._log.parent), self._env, 0, self._epoch)
        running = await self._host.spawn(spawn)
        self._running[account.serve] = running
        self._drains.append(asyncio.create_task(self._drain(running), name="serve output"))
        async with asyncio.timeout(READY_S):
            await _listening(account.socket)

    async def _drain(self, running: Running) -> None:
        """What it says goes to the log, so that it never blocks on a full pipe."""
        loop = asyncio.get_running_loop()
        async for _, data in running.output():
            await loop.run_in_executor(None, self._append, data)

    def _append(self, data: bytes) -> None:
        with self._log.open("ab") as file:
            file.write(data)

    async def close(self) -> None:
        """End them."""
        for running in self._running.values():
            running.signal(15)
        if self._running:
            await asyncio.wait(
                [asyncio.create_task(r.wait(), name="serve end") for r in self._running.values()],
                timeout=3,
            )
        for task in self._drains:
            task.cancel()
        await self._host.kill_tree(0, self._epoch)


async def _listening(path: str) -> None:
    """Another program's socket: nobody tells us, so we look."""
    for _ in itertools.count():
        if await _listens(path):
            return
        await asyncio.sleep(POLL_S)


async def _listens(path: str) -> bool:
    """Does somebody answer there? A server that was killed leaves its socket's file behind."""
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True

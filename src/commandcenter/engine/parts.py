"""What the engine is built of; `compose` makes it, handlers and runners use it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from commandcenter.config.accounts import Account
from commandcenter.config.folders import Folders
from commandcenter.config.settings import Settings
from commandcenter.core.base import Clock, Ids
from commandcenter.core.codec import Row
from commandcenter.core.world import World
from commandcenter.drivers.base import Driver
from commandcenter.engine.ledger import Ledger
from commandcenter.engine.tasks import Tasks
from commandcenter.gate.gate import Gate
from commandcenter.hosts.base import Host
from commandcenter.hosts.workspace import Workspaces


class Reads(Protocol):
    """The journal's reader as the engine needs it."""

    async def page(self, thread: int, since: int, limit: int) -> list[Row]:
        """Entries of a thread with seq > since, or the last `limit` when since < 0."""
        ...


@dataclass
class Parts:
    """Everything a handler may reach."""

    folders: Folders
    settings: Settings
    accounts: dict[str, Account]
    clock: Clock
    ids: Ids
    tasks: Tasks
    ledger: Ledger
    reader: Reads
    gate: Gate
    host: Host
    workspaces: Workspaces
    drivers: Mapping[str, Driver]
    serve: Callable[[Account], Awaitable[None]]
    """Start the account's own server when it has one and it does not run."""
    home_mark: str
    start: int = 0
    sleep: Callable[[float], Awaitable[None]] = field(kw_only=True)

    @property
    def world(self) -> World:
        """The state after the last committed entry."""
        return self.ledger.world

    @property
    def worktrees(self) -> Path:
        """Where workspaces lie."""
        return self.folders.data / "worktrees"

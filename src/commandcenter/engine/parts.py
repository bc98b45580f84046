"""What the engine is built of; `compose` makes it, handlers and runners use it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from commandcenter.config.accounts import Account, load_accounts
from commandcenter.config.folders import Folders
from commandcenter.config.settings import Settings
from commandcenter.core.base import Clock, Ids
from commandcenter.core.codec import Row
from commandcenter.core.world import World
from commandcenter.drivers.base import AgentSpec, Driver
from commandcenter.engine.ledger import Ledger
from commandcenter.engine.profiles import PersonEnv
from commandcenter.engine.tasks import Tasks
from commandcenter.gate.base import Price
from commandcenter.gate.gate import Gate
from commandcenter.hosts.base import Host
from commandcenter.hosts.checkpoints import Checkpoints
from commandcenter.hosts.file_diff import FileDiffs
from commandcenter.hosts.integration import Integration
from commandcenter.hosts.landing import Landing
from commandcenter.hosts.merging import Merging
from commandcenter.hosts.ports import PortBlocks
from commandcenter.hosts.pull_request import PullRequests
from commandcenter.hosts.reclaiming import Reclaiming
from commandcenter.hosts.setting_up import SetUp
from commandcenter.hosts.setup import SetupPlans
from commandcenter.hosts.verifying import Verifying
from commandcenter.hosts.workspace import Workspaces


@dataclass(frozen=True)
class Gits:
    """What is done with results, in any repository."""

    merging: Merging
    integration: Integration
    files: FileDiffs
    landing: Landing
    pulls: PullRequests
    reclaiming: Reclaiming
    verifying: Verifying


class Reads(Protocol):
    """The journal's reader as the engine needs it."""

    async def rows(
        self,
        since: int,
        limit: int,
        thread: int | None = None,
        kinds: tuple[str, ...] | None = None,
    ) -> list[Row]:
        """At most `limit` entries with seq > since, oldest first."""
        ...

    async def tail(
        self, thread: int | None, before: int, limit: int, kinds: tuple[str, ...] | None = None
    ) -> list[Row]:
        """The last `limit` entries with seq < before, oldest first."""
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
    checkpoints: Checkpoints
    gits: Gits
    agents: dict[str, AgentSpec]
    drivers: Mapping[str, Driver]
    """By kind."""
    redact: Callable[[str], str]
    """A text without any key that was read so far."""
    post: Callable[[str, bytes], Awaitable[str]]
    """POST JSON to the person's webhook; why it did not work, empty = it did."""
    person_env: PersonEnv
    """The environment as in the person's own terminal."""
    ports: PortBlocks
    setups: SetupPlans
    setter_up: SetUp
    agreeing: dict[str, asyncio.Lock]
    """By repository: whether its set-up may run is asked once."""
    gate_open: asyncio.Event
    """The gate's listener is there: its address is known."""
    serve: Callable[[Account], Awaitable[None]]
    """Start the account's own server when it has one and it does not run."""
    serve_end: Callable[[], Awaitable[None]]
    sleep: Callable[[float], Awaitable[None]]
    price: Price
    window: Callable[[str, str], int]
    """(account id, model) -> tokens the model can read at once, 0 = unknown."""
    probe: Callable[[], Awaitable[bool]]
    """Does the journal take entries again?"""
    snapshot: Callable[[int, bytes], Awaitable[None]]
    """Store World as it was after a seq."""
    journal_close: Callable[[bytes | None], Awaitable[None]]
    peer_is_agent: Callable[[int], bool]
    """Does the process carry our mark, or one of its parents?"""
    waits: set[int]
    """Threads with a call that waits at the gate now."""
    home_mark: str
    skirmish: Callable[[int, int | None], Awaitable[None]] | None = None
    """Start the practice operation: threads, seed."""
    copying: Counter[int] = field(default_factory=Counter)
    """How many copies of a thread's own session are being made now."""
    started: int = 0
    start: int = 0

    @property
    def world(self) -> World:
        """The state after the last committed entry."""
        return self.ledger.world

    def known_accounts(self) -> dict[str, Account]:
        """The accounts, with those added to the file since the start. Raises ValueError."""
        for id, account in load_accounts(self.folders.config).items():
            self.accounts.setdefault(id, account)
        return self.accounts

    @property
    def worktrees(self) -> Path:
        """Where workspaces lie."""
        return self.folders.data / "worktrees"

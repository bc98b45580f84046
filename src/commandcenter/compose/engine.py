"""An engine from its parts, and its life as a process."""

import asyncio
import os
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from commandcenter.compose.base import (
    Options,
    SystemClock,
    SystemIds,
    practice_accounts,
)
from commandcenter.config.accounts import Account, load_accounts
from commandcenter.config.folders import Folders, home_mark
from commandcenter.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from commandcenter.config.secrets import Keys
    from commandcenter.core.codec import Draft, Fact
    from commandcenter.drivers.base import AgentSpec, Driver
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.ledger import Ledger
    from commandcenter.engine.parts import Parts
    from commandcenter.engine.tasks import Tasks
    from commandcenter.gate.base import Price
    from commandcenter.gate.gate import Gate
    from commandcenter.hosts.local import LocalHost
    from commandcenter.journal.reader import AsyncReader
    from commandcenter.journal.writer import Writer

MakeDrivers = Callable[["Gate", "LocalHost", Callable[[int], bool]], "Mapping[str, Driver]"]
"""(gate, host, does a call of this thread wait at the gate) -> drivers by kind."""


def all_drivers(
    gate: "Gate", host: "LocalHost", waits: Callable[[int], bool]
) -> "Mapping[str, Driver]":
    """Every driver by its kind."""
    from commandcenter.core.redact import Redactor
    from commandcenter.drivers.acp import AcpDriver
    from commandcenter.drivers.claude import ClaudeDriver
    from commandcenter.drivers.codex import CodexDriver
    from commandcenter.drivers.foreign import ForeignPorts
    from commandcenter.drivers.native import NativeDriver
    from commandcenter.drivers.native_desk import NativePorts
    from commandcenter.drivers.terminal import TerminalDriver

    ids, clock, env, salt = SystemIds(), SystemClock(), dict(os.environ), uuid.uuid4().bytes
    foreign = ForeignPorts(host, ids, clock, waits, lambda: Redactor({}, salt))
    return {
        "native": NativeDriver(NativePorts(gate.call, host, ids, clock, waits)),
        "claude": ClaudeDriver(foreign, env),
        "codex": CodexDriver(foreign, env),
        "acp": AcpDriver(foreign, env),
        "terminal": TerminalDriver(foreign, env),
    }


async def build(options: Options, make_drivers: MakeDrivers = all_drivers) -> "Engine":
    """An engine on an open journal, not yet begun. Raises what `journal.Writer.open` raises."""
    from commandcenter.config.secrets import Keys
    from commandcenter.drivers.catalog import load_agents
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.logins import login_accounts
    from commandcenter.engine.tasks import Tasks
    from commandcenter.hosts.cgroup import probe
    from commandcenter.hosts.local import LocalHost, prepare_process

    prepare_process()
    clock = SystemClock()
    books = await _books(options.folders, clock, Tasks())
    agents = load_agents(options.folders.config)
    accounts = {
        **login_accounts(agents),
        **load_accounts(options.folders.config),
        **practice_accounts(options),
    }
    os.environ["COMMANDCENTER_KEY_SPARRING"] = uuid.uuid4().hex
    keys = Keys(options.folders.config, os.environ)
    books.ledger.redact = _redact(keys)
    mark = home_mark(options.folders.data)
    host = LocalHost(mark, probe(mark))
    parts = _parts(options, books, House(host, accounts, keys, agents))
    parts.drivers = make_drivers(parts.gate, host, parts.waits.__contains__)
    parts.started = clock.wall()
    return Engine(parts)


class House(NamedTuple):
    """What the engine works with on this machine."""

    host: "LocalHost"
    accounts: dict[str, Account]
    keys: "Keys"
    agents: "dict[str, AgentSpec]"


class Books(NamedTuple):
    """The journal's two ends and the ledger between them."""

    writer: "Writer"
    reader: "AsyncReader"
    ledger: "Ledger"
    tasks: "Tasks"


async def _books(folders: Folders, clock: SystemClock, tasks: "Tasks") -> Books:
    """Open the journal and fold World from the newest snapshot on."""
    from commandcenter.core.codec import Stamp, draft
    from commandcenter.core.events import SegmentOpened
    from commandcenter.engine.ledger import Ledger, World, fold, load
    from commandcenter.journal.reader import AsyncReader
    from commandcenter.journal.writer import JournalSettings, Writer

    folder = folders.data / "journal"
    ledger: list[Ledger] = []

    def opening(previous: int, head: str) -> "Draft":
        event = SegmentOpened(previous, head)
        return draft(event, Stamp(), clock.monotonic(), clock.wall())

    writer = await Writer.open(JournalSettings(folder), opening, lambda row: ledger[0].opened(row))
    reader = AsyncReader(folder)
    snapshot = await reader.snapshot()
    world, since = World(), 0
    if snapshot is not None and snapshot.state:
        world, since = load(snapshot.state), snapshot.seq
    while rows := await reader.rows(since, 20_000):
        fold(world, rows)
        since = rows[-1].seq
    ledger.append(Ledger(writer, world, clock, tasks))
    ledger[0].begin_at(writer.last_seq + 1)
    return Books(writer, reader, ledger[0], tasks)


def _redact(keys: "Keys") -> Callable[[bytes], bytes]:
    """Redaction of every value that was read so far, and of all key shapes."""
    from commandcenter.core.redact import Redactor

    salt = uuid.uuid4().bytes
    made = [Redactor({}, salt)]

    def redact(payload: bytes) -> bytes:
        values = keys.values()
        if len(values) != len(made[0].values):
            made[0] = Redactor({f"key-{i}": value for i, value in enumerate(values)}, salt)
        return made[0].payload(payload)

    return redact


def _parts(options: Options, books: Books, house: "House") -> "Parts":
    from commandcenter.engine.parts import Parts
    from commandcenter.engine.profiles import PersonEnv
    from commandcenter.engine.serve import Servers
    from commandcenter.gate.meter import Meter
    from commandcenter.gate.windows import Windows
    from commandcenter.hosts.peers import below_agent
    from commandcenter.hosts.workspace import Workspaces

    folders, host = options.folders, house.host
    settings = load_settings(folders.config, options.overrides)
    price = Meter(house.accounts, settings.prices).price
    waits: set[int] = set()
    mark = home_mark(folders.data)
    env = {**os.environ, "SPARRING_KEY": house.keys.get("sparring") or ""}
    servers = Servers(host, 1, env, folders.state / "serve.log")
    return Parts(
        folders=folders,
        settings=settings,
        accounts=house.accounts,
        clock=SystemClock(),
        ids=SystemIds(),
        tasks=books.tasks,
        ledger=books.ledger,
        reader=books.reader,
        gate=_gate(settings, books.ledger, house, (price, waits)),
        host=host,
        workspaces=Workspaces(host, folders.data / "worktrees", asyncio.sleep),
        agents=house.agents,
        drivers={},
        person_env=PersonEnv(host, os.environ),
        gate_open=asyncio.Event(),
        waits=waits,
        snapshot=books.writer.snapshot,
        serve=servers.ensure,
        serve_end=servers.close,
        sleep=asyncio.sleep,
        price=price,
        window=Windows(house.accounts).size,
        probe=books.writer.probe,
        journal_close=books.writer.close,
        peer_is_agent=lambda pid: below_agent(pid, mark),
        home_mark=mark,
    )


def _gate(
    settings: Settings, ledger: "Ledger", house: "House", told: "tuple[Price, set[int]]"
) -> "Gate":
    """The gate; `told` = how calls are priced, and the set it keeps of threads that wait."""
    from commandcenter.gate.base import Accounts, GatePorts, GateSettings
    from commandcenter.gate.gate import Gate

    price, waits = told

    async def commit(facts: Sequence["Fact"]) -> None:
        await ledger.commit(facts)

    def on_call(thread: int, state: str) -> None:
        (waits.add if state.startswith("held:") else waits.discard)(thread)

    def recording() -> bool:
        return not ledger.broken

    ports = GatePorts(
        SystemClock(), SystemIds(), random.Random(), commit, price, recording, on_call
    )
    budget = settings.budget
    return Gate(
        ports,
        Accounts(house.accounts, house.keys.get, settings.supply.concurrent),
        GateSettings(warn=budget.warn, cached_weight=budget.cached_weight),
    )

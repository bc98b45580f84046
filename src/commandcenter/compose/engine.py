"""An engine from its parts, and its life as a process."""

import asyncio
import os
import random
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from commandcenter.compose.base import (
    Options,
    SystemClock,
    SystemIds,
    practice_accounts,
)
from commandcenter.compose.drivers import MakeDrivers, Needs, all_drivers
from commandcenter.config.accounts import Account, load_accounts
from commandcenter.config.folders import Folders, home_mark
from commandcenter.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from commandcenter.config.secrets import Keys
    from commandcenter.core.codec import Draft, Fact
    from commandcenter.core.redact import Redactor
    from commandcenter.drivers.base import AgentSpec
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.ledger import Ledger
    from commandcenter.engine.parts import Gits, Parts
    from commandcenter.engine.tasks import Tasks
    from commandcenter.gate.base import Price
    from commandcenter.gate.gate import Gate
    from commandcenter.hosts.local import LocalHost
    from commandcenter.journal.reader import AsyncReader
    from commandcenter.journal.writer import Writer


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
    redactor = _redactor(keys)
    books.ledger.redact = lambda payload: redactor().payload(payload)
    mark = home_mark(options.folders.data)
    host = LocalHost(mark, probe(mark))
    told = Told(set())
    parts = _parts(options, books, House(host, accounts, keys, agents), told)
    parts.drivers = make_drivers(Needs(parts.gate, host, told.waits.__contains__, redactor))
    parts.started = clock.wall()
    told.engine = Engine(parts)
    return told.engine


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


def _redactor(keys: "Keys") -> Callable[[], "Redactor"]:
    """Redaction of every value that was read so far, and of all key shapes."""
    from commandcenter.core.redact import Redactor

    salt = uuid.uuid4().bytes
    made = [Redactor({}, salt)]

    def current() -> "Redactor":
        values = keys.values()
        if len(values) != len(made[0].values):
            made[0] = Redactor({f"key-{i}": value for i, value in enumerate(values)}, salt)
        return made[0]

    return current


class Told:
    """What the gate tells the engine, once there is one."""

    def __init__(self, waits: set[int]) -> None:
        self.waits = waits
        self.engine: Engine | None = None

    def on_call(self, thread: int, state: str) -> None:
        """A call of the thread waits, or waits no more."""
        (self.waits.add if state.startswith("held:") else self.waits.discard)(thread)

    def on_hold_limit(self, thread: int, call: str) -> None:
        """A call has waited as long as its agent bears."""
        from commandcenter.engine.resting import hold_limit

        runner = self.engine.runners.get(thread) if self.engine is not None else None
        if runner is not None:
            runner.spawn(hold_limit(runner), "hold limit")

    def on_storm(self, thread: int) -> None:
        """An agent does not stop asking."""
        from commandcenter.engine.resting import storm

        runner = self.engine.runners.get(thread) if self.engine is not None else None
        if runner is not None:
            runner.spawn(storm(runner), "storm")


def _parts(options: Options, books: Books, house: "House", told: Told) -> "Parts":
    from commandcenter.engine.parts import Parts
    from commandcenter.engine.profiles import PersonEnv
    from commandcenter.engine.serve import Servers
    from commandcenter.gate.meter import Meter
    from commandcenter.gate.windows import Windows
    from commandcenter.hosts.peers import below_agent

    folders, host = options.folders, house.host
    settings = load_settings(folders.config, options.overrides)
    price = Meter(house.accounts, settings.prices).price
    mark = home_mark(folders.data)
    env = {**os.environ, "SPARRING_KEY": house.keys.get("sparring") or ""}
    servers = Servers(host, 1, env, folders.state / "serve.log")
    return Parts(
        folders=folders,
        settings=settings,
        accounts=house.accounts,
        clock=SystemClock(),
        ids=SystemIds(),
        **_books_of(books),
        gate=_gate(settings, books.ledger, house, (price, told)),
        host=host,
        **_worktrees(folders, books, host),
        agents=house.agents,
        drivers={},
        person_env=PersonEnv(host, os.environ),
        post=_post,
        gate_open=asyncio.Event(),
        waits=told.waits,
        serve=servers.ensure,
        serve_end=servers.close,
        sleep=asyncio.sleep,
        price=price,
        window=Windows(house.accounts).size,
        peer_is_agent=lambda pid: below_agent(pid, mark),
        home_mark=mark,
    )


def _books_of(books: Books) -> dict[str, Any]:
    """The journal as the engine knows it."""
    return {
        "tasks": books.tasks,
        "ledger": books.ledger,
        "reader": books.reader,
        "snapshot": books.writer.snapshot,
        "probe": books.writer.probe,
        "journal_close": books.writer.close,
        "redact": lambda text: books.ledger.redact(text.encode()).decode("utf-8", "replace"),
    }


def _worktrees(folders: Folders, books: Books, host: "LocalHost") -> dict[str, Any]:
    """What makes worktrees, and what is done in fresh ones."""
    from commandcenter.hosts.checkpoints import Checkpoints
    from commandcenter.hosts.ports import PortBlocks
    from commandcenter.hosts.setting_up import SetUp
    from commandcenter.hosts.setup import SetupPlans
    from commandcenter.hosts.workspace import Workspaces

    taken = {head.port for head in books.ledger.world.threads.values()}
    return {
        "workspaces": Workspaces(host, folders.data / "worktrees", asyncio.sleep),
        "checkpoints": Checkpoints(host, asyncio.sleep),
        "gits": _gits(folders, host),
        "ports": PortBlocks(taken, int(home_mark(folders.data), 16)),
        "setups": SetupPlans(host, asyncio.sleep),
        "setter_up": SetUp(host, SystemClock()),
        "agreeing": {},
    }


def _gits(folders: Folders, host: "LocalHost") -> "Gits":
    """What is done with results."""
    from commandcenter.engine.parts import Gits
    from commandcenter.hosts.file_diff import FileDiffs
    from commandcenter.hosts.integration import Integration
    from commandcenter.hosts.landing import Landing
    from commandcenter.hosts.merging import Merging
    from commandcenter.hosts.pull_request import PullRequests
    from commandcenter.hosts.reclaiming import Reclaiming
    from commandcenter.hosts.verifying import Verifying

    return Gits(
        Merging(host, asyncio.sleep),
        Integration(host, asyncio.sleep),
        FileDiffs(host, asyncio.sleep),
        Landing(host, asyncio.sleep),
        PullRequests(host, asyncio.sleep),
        Reclaiming(host, asyncio.sleep),
        Verifying(host, SystemClock(), asyncio.sleep, folders.data / "verify"),
    )


async def _post(url: str, data: bytes) -> str:
    """JSON to the person's webhook, 5 s, no redirects; why it did not work, empty = it did."""
    import httpx

    try:
        async with httpx.AsyncClient(timeout=5.0) as client:
            headers = {"content-type": "application/json"}
            answer = await client.post(url, content=data, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if answer.is_success else f"answered HTTP {answer.status_code}"


def _gate(
    settings: Settings, ledger: "Ledger", house: "House", told: "tuple[Price, Told]"
) -> "Gate":
    """The gate; `told` = how calls are priced, and whom it tells what happens to them."""
    from commandcenter.gate.base import Accounts, GatePorts, GateSettings
    from commandcenter.gate.gate import Gate

    price, engine = told

    async def commit(facts: Sequence["Fact"]) -> None:
        await ledger.commit(facts)

    def recording() -> bool:
        return not ledger.broken

    ports = GatePorts(
        SystemClock(),
        SystemIds(),
        random.Random(),
        commit,
        price,
        recording,
        engine.on_call,
        engine.on_hold_limit,
        engine.on_storm,
    )
    budget = settings.budget
    return Gate(
        ports,
        Accounts(house.accounts, house.keys.get, settings.supply.concurrent),
        GateSettings(warn=budget.warn, cached_weight=budget.cached_weight),
    )

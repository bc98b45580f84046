"""An engine from its parts, and its life as a process."""

import asyncio
import os
import random
import signal
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from commandcenter import __version__
from commandcenter.compose.base import (
    Options,
    SystemClock,
    SystemIds,
    practice_accounts,
    socket_path,
)
from commandcenter.config.accounts import Account, load_accounts
from commandcenter.config.folders import Folders, home_mark
from commandcenter.config.resources import resource
from commandcenter.config.settings import load_settings

if TYPE_CHECKING:
    from commandcenter.config.secrets import Keys
    from commandcenter.core.codec import Draft, Fact
    from commandcenter.drivers.base import Driver
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.ledger import Ledger
    from commandcenter.engine.parts import Parts
    from commandcenter.engine.tasks import Tasks
    from commandcenter.gate.gate import Gate
    from commandcenter.gate.server import GateServer
    from commandcenter.hosts.local import LocalHost
    from commandcenter.journal.reader import AsyncReader
    from commandcenter.journal.writer import Writer

MakeDrivers = Callable[["Gate", "LocalHost", Callable[[int], bool]], "Mapping[str, Driver]"]
"""(gate, host, does a call of this thread wait at the gate) -> drivers by agent."""


def native_drivers(
    gate: "Gate", host: "LocalHost", waits: Callable[[int], bool]
) -> "Mapping[str, Driver]":
    """The drivers of this milestone."""
    from commandcenter.drivers.native import NativeDriver
    from commandcenter.drivers.native_desk import NativePorts

    ports = NativePorts(gate.call, host, SystemIds(), SystemClock(), waits)
    return {"native": NativeDriver(ports)}


async def build(options: Options, make_drivers: MakeDrivers = native_drivers) -> "Engine":
    """An engine on an open journal, not yet begun. Raises what `journal.Writer.open` raises."""
    from commandcenter.config.secrets import Keys
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.tasks import Tasks
    from commandcenter.hosts.cgroup import probe
    from commandcenter.hosts.local import LocalHost, prepare_process

    prepare_process()
    clock = SystemClock()
    books = await _books(options.folders, clock, Tasks())
    accounts = {**load_accounts(options.folders.config), **practice_accounts(options)}
    os.environ["COMMANDCENTER_KEY_SPARRING"] = uuid.uuid4().hex
    keys = Keys(options.folders.config, os.environ)
    books.ledger.redact = _redact(keys)
    mark = home_mark(options.folders.data)
    host = LocalHost(mark, probe(mark))
    parts = _parts(options, books, host, accounts, keys)
    parts.drivers = make_drivers(parts.gate, host, parts.waits.__contains__)
    parts.started = clock.wall()
    return Engine(parts)


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
    world = load(snapshot.state) if snapshot is not None and snapshot.state else World()
    since = snapshot.seq if snapshot is not None else 0
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


def _parts(
    options: Options,
    books: Books,
    host: "LocalHost",
    accounts: dict[str, Account],
    keys: "Keys",
) -> "Parts":
    from commandcenter.engine.parts import Parts
    from commandcenter.engine.serve import Servers
    from commandcenter.gate.base import Accounts, GatePorts, GateSettings
    from commandcenter.gate.gate import Gate
    from commandcenter.gate.meter import Meter
    from commandcenter.gate.windows import Windows
    from commandcenter.hosts.peers import below_agent
    from commandcenter.hosts.workspace import Workspaces

    folders, clock, ids = options.folders, SystemClock(), SystemIds()
    settings = load_settings(folders.config, options.overrides)
    price = Meter(accounts, settings.prices).price
    mark = home_mark(folders.data)

    async def commit(facts: Sequence["Fact"]) -> None:
        await books.ledger.commit(facts)

    waits: set[int] = set()

    def on_call(thread: int, state: str) -> None:
        (waits.add if state.startswith("held:") else waits.discard)(thread)

    ports = GatePorts(
        clock, ids, random.Random(), commit, price, lambda: not books.ledger.broken, on_call
    )
    budget = settings.budget
    gate = Gate(
        ports,
        Accounts(accounts, keys.get, settings.supply.concurrent),
        GateSettings(warn=budget.warn, cached_weight=budget.cached_weight),
    )
    env = {**os.environ, "SPARRING_KEY": keys.get("sparring") or ""}
    servers = Servers(host, 1, env, folders.state / "serve.log")
    return Parts(
        folders=folders,
        settings=settings,
        accounts=accounts,
        clock=clock,
        ids=ids,
        tasks=books.tasks,
        ledger=books.ledger,
        reader=books.reader,
        gate=gate,
        host=host,
        workspaces=Workspaces(host, folders.data / "worktrees", asyncio.sleep),
        drivers={},
        waits=waits,
        snapshot=books.writer.snapshot,
        serve=servers.ensure,
        serve_end=servers.close,
        sleep=asyncio.sleep,
        price=price,
        window=Windows(accounts).size,
        probe=books.writer.probe,
        journal_close=books.writer.close,
        peer_is_agent=lambda pid: below_agent(pid, mark),
        home_mark=mark,
    )


async def run_engine(options: Options) -> None:
    """The engine in the foreground, until it is told to stop or gets SIGTERM or SIGINT.

    Prints `ready SOCKET`. Raises Occupied when another one has this home.
    """
    from commandcenter.core.codec import PROTOCOL
    from commandcenter.engine.doors import EngineDoors
    from commandcenter.engine.life import begin, end
    from commandcenter.engine.lock import take
    from commandcenter.link.base import Hello
    from commandcenter.link.server import Server

    folders = options.folders
    folders.make()
    lock = take(folders.data)
    engine = await build(options)
    await begin(engine)
    start = engine.parts.start
    hello = Hello(PROTOCOL, __version__, os.getpid(), start, str(folders.data))
    server = Server(EngineDoors(engine, hello))
    await server.open(socket_path(folders))
    gate_server = await open_gate(engine, folders)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, engine.stopping.set)
    sys.stdout.write(f"ready {socket_path(folders)}\n")
    sys.stdout.flush()
    engine.parts.skirmish = lambda n, seed: start_skirmish(
        engine, msgspec.structs.replace(options, skirmish=n, seed=seed)
    )
    if options.skirmish:
        engine.parts.tasks.spawn(start_skirmish(engine, options), "skirmish")
    await engine.stopping.wait()
    await server.close()
    await gate_server.stop()
    await end(engine)
    await engine.parts.host.close()
    lock.close()


async def open_gate(engine: "Engine", folders: Folders) -> "GateServer":
    """The gate's HTTP listener, last of all; on the port it had before when that is free."""
    from commandcenter.config.private import write_private
    from commandcenter.config.settings import read_toml
    from commandcenter.gate.server import GateServer

    path = folders.state / "state.toml"
    server = GateServer(engine.parts.gate)
    old = int(read_toml(path).get("gate_port", 0))
    try:
        port = await server.start(old)
    except OSError:
        port = await server.start(0)
    if port != old:
        write_private(path, f"gate_port = {port}\n".encode())
    return server


async def start_skirmish(engine: "Engine", options: Options) -> None:
    """The practice operation, through the same door as every order; once per home, and whole:
    an engine that was lost while it spawned left some threads out."""
    from commandcenter.core.base import OrderId
    from commandcenter.core.orders import Given, Operation, Spawn
    from commandcenter.hosts.git import Git
    from commandcenter.hosts.snapshot import make_repository
    from commandcenter.sparring.scenario import load_scenario
    from commandcenter.sparring.skirmish import plan

    ids = engine.parts.ids
    scenario = load_scenario(resource("scenarios/skirmish.toml").read_bytes())
    game = plan(scenario, options.skirmish, options.seed)
    if game.name not in engine.parts.world.operations:
        target = options.folders.data / "practice"
        git = Git(engine.parts.host, asyncio.sleep, str(target.parent))
        await make_repository(git, resource(game.repository), target)
        made = Operation(game.name, str(target), goal=game.goal, success=game.success)
        given = Given(OrderId(ids.fresh()), made)
        await engine.submit(given)
        await engine.carried_out(given.id)
    known = {head.brief for head in engine.parts.world.threads.values()}
    missing = [spec for spec in game.threads if spec.brief not in known]
    if len(missing) == len(game.threads) and engine.parts.world.operations[game.name].threads:
        return
    for spec in missing:
        spawn = Spawn((spec.brief,), "native", spec.model, spec.account, game.name, name=spec.name)
        await engine.submit(Given(OrderId(ids.fresh()), spawn))

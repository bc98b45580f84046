"""The engine as a process: ready, running, stopped; and the practice it may begin with."""

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import msgspec

from commandcenter import __version__
from commandcenter.compose.base import Options, socket_path
from commandcenter.compose.engine import build
from commandcenter.config.folders import Folders
from commandcenter.config.resources import resource

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.gate.server import GateServer


async def run_engine(options: Options) -> None:
    """The engine in the foreground, until it is told to stop or gets SIGTERM or SIGINT.

    Prints `ready SOCKET`. Raises Occupied when another one has this home.
    """
    from commandcenter.core.codec import PROTOCOL
    from commandcenter.engine.doors import EngineDoors
    from commandcenter.engine.life import begin, end, keep_what_is_here
    from commandcenter.engine.lock import take
    from commandcenter.link.base import Hello
    from commandcenter.link.server import Server

    folders = options.folders
    folders.make()
    lock = take(folders.data)
    engine = await build(options)
    await begin(engine)
    keep_what_is_here()
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
    said = read_toml(path).get("gate_port")
    old = said if isinstance(said, int) and 0 <= said < 65_536 else 0
    try:
        port = await server.start(old)
    except OSError:
        port = await server.start(0)
    engine.parts.gate_open.set()
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
        given = Given(OrderId(ids.fresh()), made, "workflow")
        await engine.submit(given)
        await engine.carried_out(given.id)
    known = {head.brief for head in engine.parts.world.threads.values()}
    missing = [spec for spec in game.threads if spec.brief not in known]
    operation = engine.parts.world.operations.get(game.name)
    if operation is None or (operation.threads and len(missing) == len(game.threads)):
        return
    for spec in missing:
        spawn = Spawn((spec.brief,), "native", spec.model, spec.account, game.name, name=spec.name)
        await engine.submit(Given(OrderId(ids.fresh()), spawn, "workflow"))

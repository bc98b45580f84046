"""The practice endpoint: four protocols over HTTP, paced, metered, failing on purpose."""

import asyncio
import hmac
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import msgspec

from commandcenter.config.resources import resource
from commandcenter.core.base import Clock, Record
from commandcenter.sparring.calls import CALL_PATHS, Calls, Timing, error_body
from commandcenter.sparring.inquiry import Kind
from commandcenter.sparring.listen import Headers, Incoming, Listener, Outgoing
from commandcenter.sparring.plan import PLAN_KINDS, Plan, load_plan
from commandcenter.sparring.protocols import anthropic, ollama, responses
from commandcenter.sparring.protocols.base import MODELS
from commandcenter.sparring.record import RequestLog
from commandcenter.sparring.scenario import Scenario, joined, load_scenario

Sleep = Callable[[float], Awaitable[None]]
JSON: Headers = (("content-type", "application/json"),)
LOG_PATH = "/_sparring/log"
_FREE_PATHS = {
    "/v1/models": responses.models,
    "/models": responses.models,
    "/api/tags": ollama.tags,
    "/api/version": ollama.version,
}


class Options(Record, frozen=True):
    """What the command line gives: one of `port` (0 = any) and `socket`; files as paths."""

    port: int | None = None
    socket: str | None = None
    scenario: str | None = None
    seed: int | None = None
    speed: float = 1.0
    control: str | None = None
    log: str | None = None
    plan: str | None = None


class Ports(Record, frozen=True):
    """What comes from outside: time, sleep in s, the bearer key and whether to say it aloud."""

    clock: Clock
    key: str
    sleep: Sleep = asyncio.sleep
    show_key: bool = True


class Endpoint:
    """The endpoint on its port or socket. `address` is a URL, or `unix:PATH`, once open."""

    def __init__(self, options: Options, scenario: Scenario, ports: Ports) -> None:
        self._options = options
        self._key = ports.key
        path = Path(options.log) if options.log is not None else None
        self.log = RequestLog(path)
        self._plan = read_plan(options, ports.clock)
        timing = Timing(ports.clock, ports.sleep, options.speed)
        self._calls = Calls(scenario, timing, self.log, self._plan)
        self._listener = Listener(self._handle)
        self.address = ""

    async def open(self) -> None:
        """Listen; OSError when the address is taken."""
        if self._options.socket is not None:
            await self._listener.open_socket(self._options.socket)
            self.address = f"unix:{self._options.socket}"
        else:
            port = await self._listener.open_port(self._options.port or 0)
            self.address = f"http://127.0.0.1:{port}"

    async def close(self) -> None:
        """End every answer, then the log; idempotent."""
        await self._listener.close()
        self.log.close()

    async def _handle(self, incoming: Incoming, outgoing: Outgoing) -> None:
        path = incoming.path
        if path == LOG_PATH:
            await self._show_log(incoming, outgoing)
            return
        denied = self._denied(incoming, outgoing)
        if incoming.method == "POST" and path in CALL_PATHS:
            await self._calls.serve(incoming, outgoing, denied)
        elif denied:
            await outgoing.whole(401, error_body(path, 401, denied), JSON)
        elif incoming.method == "POST" and path == "/v1/messages/count_tokens":
            await self._calls.count_tokens(incoming, outgoing)
        elif incoming.method == "GET" and path in _FREE_PATHS:
            body = anthropic.models if incoming.header("anthropic-version") else _FREE_PATHS[path]
            await outgoing.whole(200, body(), JSON)
        else:
            await outgoing.whole(404, error_body(path, 404, f"no such path: {path}"), JSON)

    def _denied(self, incoming: Incoming, outgoing: Outgoing) -> str:
        """Why the request may not be answered: its login on a plan, else its key."""
        kind = _kind(incoming)
        if self._plan is not None and kind in PLAN_KINDS:
            outgoing.standing = partial(self._plan.headers, kind)
            return self._plan.denied(incoming, kind)
        return "" if self._key_fits(incoming, self._key) else "the key is missing or wrong"

    async def _show_log(self, incoming: Incoming, outgoing: Outgoing) -> None:
        if self._options.control is None or not self._key_fits(incoming, self._options.control):
            await outgoing.whole(404, b"{}", JSON)
            return
        await outgoing.whole(200, msgspec.json.encode({"requests": self.log.all()}), JSON)

    def _key_fits(self, incoming: Incoming, key: str) -> bool:
        bearer = incoming.header("authorization").removeprefix("Bearer ")
        given = (bearer, incoming.header("x-api-key"))
        return any(hmac.compare_digest(one.encode(), key.encode()) for one in given)


def _kind(incoming: Incoming) -> Kind:
    """The protocol a request belongs to, also where it is no model call."""
    if incoming.path in CALL_PATHS:
        return CALL_PATHS[incoming.path]
    if incoming.header("anthropic-version") or incoming.path.startswith("/v1/messages"):
        return "anthropic"
    return "responses" if incoming.path.endswith("/models") else "chat"


def read_plan(options: Options, clock: Clock) -> Plan | None:
    """The plan asked for. ValueError for a bad file, OSError for a missing one."""
    if options.plan is None:
        return None
    return Plan(load_plan(Path(options.plan).read_bytes()), clock)


def read_scenario(options: Options) -> Scenario:
    """The scenario asked for, else the skirmish; scripts of the generic one are always there.

    Raises ValueError for a bad file, OSError for a missing one.
    """
    base = load_scenario(resource("scenarios/any.toml").read_bytes())
    if options.scenario is not None:
        scenario = joined(load_scenario(Path(options.scenario).read_bytes()), base)
    else:
        skirmish = load_scenario(resource("scenarios/skirmish.toml").read_bytes())
        scenario = joined(base, skirmish)
    if options.seed is None:
        return scenario
    return msgspec.structs.replace(scenario, seed=options.seed)


async def serve(options: Options, ports: Ports, stop: asyncio.Event) -> None:
    """Listen until `stop` is set; one JSON line on standard output says where, and the key."""
    endpoint = Endpoint(options, read_scenario(options), ports)
    await endpoint.open()
    try:
        key = ports.key if ports.show_key else None
        ready = {"ready": endpoint.address, "key": key, "models": MODELS}
        sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await endpoint.close()


def run(options: Options, ports: Ports) -> None:
    """`serve` until SIGINT or SIGTERM. ValueError, OSError: a bad scenario, an address in use."""

    async def until_signal() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(options, ports, stop)

    asyncio.run(until_signal())

"""Codex for tests: sessions of the stand-in without a gate, of the real binary behind one."""

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from commandcenter.core.redact import Redactor
from commandcenter.drivers.base import AgentSpec, Answer, Asking, Launch, Session, SessionStart
from commandcenter.drivers.codex import CodexDriver
from commandcenter.drivers.codex_session import CodexSession
from commandcenter.drivers.foreign import ForeignPorts
from commandcenter.gate.base import GateAddress, Route
from commandcenter.gate.server import GateServer
from commandcenter.hosts.local import LocalHost
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.gate import Ticking
from commandcenter.testing.sessions import MARK, DriverKit, Heard

PUPPET = (sys.executable, "-m", "commandcenter.testing.puppet_codex")
SPEC = AgentSpec("codex", "Codex", "codex", command=("codex",))


def allow(asking: Asking) -> Answer | None:
    """Everything may happen."""
    return Answer("allow")


def wait(asking: Asking) -> Answer | None:
    """Nobody answers."""
    return None


@dataclass
class Desk:
    """One driver, its folder, what its session says."""

    folder: Path
    heard: Heard = field(default_factory=lambda: Heard(stance=allow))
    host: LocalHost = field(default_factory=lambda: LocalHost(MARK))
    asks: Literal["all", "agent"] = "all"

    def __post_init__(self) -> None:
        redactor = Redactor({}, b"key")
        ports = ForeignPorts(
            self.host, FakeIds(), Ticking(), lambda thread: False, lambda: redactor
        )
        self.driver = CodexDriver(ports, {"PATH": str(self.folder / "bin")})

    def start(self, how: str = "", **more: Any) -> SessionStart:
        """A session of the stand-in that misbehaves so."""
        env = {"PATH": os.environ["PATH"], "CODEX_HOME": str(self.folder)}
        launch = Launch(
            SPEC,
            (*PUPPET, *(("--misbehave", how) if how else ())),
            env,
            str(self.folder / "run"),
            str(self.folder / "run/wire-1.jsonl"),
            asks=self.asks,
            gate_url=more.pop("url", ""),
            gate_secret="cct_" + "s" * 40,
            auth=more.pop("auth", "key"),
        )
        epoch = more.pop("epoch", 1)
        return SessionStart(1, epoch, str(self.folder), "m", "responses", launch=launch, **more)

    async def open(self, how: str = "", **more: Any) -> CodexSession:
        """Open it."""
        session = await self.driver.open(self.start(how, **more), self.heard)
        self.heard.session = session
        return session

    async def turn(self, *lines: str, how: str = "") -> CodexSession:
        """A session after one whole turn."""
        session = await self.open(how)
        await session.prompt(1, "\n".join(lines))
        await self.heard.end()
        return session

    def told(self) -> list[dict[str, Any]]:
        """What we said to the agent."""
        lines = (self.folder / "run/wire-1.jsonl").read_bytes().splitlines()
        return [json.loads(line[2:]) for line in lines if line.startswith(b"> ")]


def binary(root: Path) -> str:
    """AGENT_CODEX (CC_* is taken out of every test), .agents/bin/codex, or the PATH."""
    places = (os.environ.get("AGENT_CODEX", ""), str(root / ".agents" / "bin" / "codex"))
    found = next((place for place in places if place and Path(place).exists()), "")
    return found or shutil.which("codex") or ""


ARGS = (
    "app-server",
    "-c",
    "check_for_update_on_startup=false",
    "-c",
    "features.enable_request_compression=false",
)
NOWHERE = GateAddress("", "")


@dataclass
class CodexKit(DriverKit):
    """A kit whose sessions go through the gate's listener; `command` is the stand-in or the binary.

    `home` is its CODEX_HOME: of the binary not below the temporary folder (agents.md 14).
    """

    command: tuple[str, ...] = PUPPET
    home: Path = Path()
    asks: Literal["all", "agent"] = "all"
    server: GateServer | None = None
    address: GateAddress = NOWHERE

    async def ready(self, scenario: str) -> None:
        """Sparring, the gate, its listener."""
        await self.spar(scenario)
        assert self.endpoint is not None
        more: dict[str, Any] = {"kind": "responses", "key_ref": "sparring"}
        self.gate.add("responses", self.endpoint.address, **more)
        self.server = GateServer(self.gate.gate)
        await self.server.start()

    def launch(self, name: str) -> Launch:
        """How it is started; `name` of its wire log."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8"}
        env |= {"CODEX_HOME": str(self.home), "NO_PROXY": "127.0.0.1"}
        return Launch(
            SPEC,
            (*self.command, *ARGS),
            env,
            str(self.home),
            str(self.folder / f"{name}.jsonl"),
            profile="clean",
            asks=self.asks,
            gate_url=self.address.url,
            gate_secret=self.address.secret,
        )

    async def open(self, heard: Heard, thread: int = 1, **more: Any) -> Session:
        """A session, routed."""
        epoch = more.pop("epoch", 1)
        self.address = self.gate.gate.open(thread, epoch, Route("responses", "sparring-small"))
        launch, where = self.launch(f"wire-{thread}-{epoch}"), str(self.workspace(thread))
        more["launch"] = launch
        start = SessionStart(thread, epoch, where, "sparring-small", "responses", **more)
        heard.session = await self.driver.open(start, heard)
        return heard.session

    async def close(self) -> None:
        """The end; fails when a process stayed behind."""
        await self.driver.close()
        if self.server is not None:
            await self.server.stop()
        await super().close()


def codex_driver(kit: DriverKit) -> CodexDriver:
    """The driver on the kit's parts."""
    ports = ForeignPorts(kit.host, FakeIds(), Ticking(), kit.waits, lambda: Redactor({}, b"s"))
    return CodexDriver(ports, {"PATH": os.environ["PATH"]})

"""ACP agents for tests: the driver on a real gate behind HTTP, the agent a real process."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from commandcenter.core.redact import Redactor
from commandcenter.drivers.acp import AcpDriver, AcpSession
from commandcenter.drivers.base import AgentSpec, Launch, SessionStart
from commandcenter.drivers.foreign import ForeignPorts
from commandcenter.gate.base import Route
from commandcenter.gate.server import GateServer
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.gate import Ticking
from commandcenter.testing.sessions import DriverKit, Heard

PUPPET = "commandcenter.testing.puppet_acp"


def acp_driver(kit: DriverKit) -> AcpDriver:
    """The driver on the kit's parts."""
    ports = ForeignPorts(kit.host, FakeIds(), Ticking(), kit.waits, lambda: Redactor({}, b"salt"))
    return AcpDriver(ports, dict(os.environ))


def puppet_spec(*options: str, quirks: dict[str, str] | None = None) -> AgentSpec:
    """The stand-in agent as an entry of the catalog; its calls go to the gate."""
    env = {"PUPPET_BASE_URL": "{U}/v1", "PUPPET_KEY": "{S}", "PUPPET_MODEL": "{MODEL}"}
    return AgentSpec(
        "puppet",
        "the puppet",
        "acp",
        wires=("chat",),
        command=(sys.executable, "-m", PUPPET, *options),
        by_hand=("puppet", "{SESSION}"),
        env=env,
        quirks={"asks": "all", "asks_first": "execute edit", "usage": "turn", **(quirks or {})},
    )


@dataclass
class AcpKit(DriverKit):
    """`spec` is the agent that its sessions are of; `server` is the gate's listener."""

    spec: AgentSpec = field(default_factory=puppet_spec)
    profile: Literal["mine", "clean"] = "clean"
    server: GateServer | None = None
    program: str = ""
    one_home: bool = False
    """All threads share it, as in the profile `mine`."""

    async def serve(self) -> None:
        """Open the gate's listener."""
        self.server = GateServer(self.gate.gate)
        await self.server.start()

    def home(self, thread: int = 1) -> Path:
        """The private folder of the thread's session."""
        home = self.folder / f"home-{1 if self.one_home else thread}"
        home.mkdir(exist_ok=True, mode=0o700)
        return home

    def launch(self, thread: int, epoch: int, url: str, secret: str) -> Launch:
        """As the engine makes it."""
        home = self.home(thread)
        env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        env |= {"HOME": str(home), "TMPDIR": str(self.folder), "NO_PROXY": "127.0.0.1"}
        if self.spec.command[0] == sys.executable:
            env["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        program = self.program or self.spec.command[0]
        return Launch(
            self.spec,
            (program, *self.spec.command[1:]),
            env,
            str(home),
            str(home / f"wire-{epoch}.jsonl"),
            profile=self.profile,
            asks="all",
            gate_url=url,
            gate_secret=secret,
        )

    async def open(self, heard: Heard, thread: int = 1, **more: Any) -> AcpSession:
        """A session on account `chat`; `more` of its start, as `resume`."""
        epoch = more.pop("epoch", 1)
        url = secret = ""
        if "chat" in self.gate.accounts:
            if self.server is None:
                await self.serve()
            address = self.gate.gate.open(
                thread, epoch, Route("chat", more.pop("model", "sparring-small"))
            )
            url, secret = address.url, address.secret
        start = self.start(thread, epoch, (url, secret), **more)
        session = await self.driver.open(start, heard)
        heard.session = session
        assert isinstance(session, AcpSession)
        return session

    def start(self, thread: int, epoch: int, gate: tuple[str, str], **more: Any) -> SessionStart:
        """As the engine makes it."""
        return SessionStart(
            thread,
            epoch,
            str(self.workspace(thread)),
            "sparring-small",
            "chat",
            launch=self.launch(thread, epoch, *gate),
            **more,
        )

    async def close(self) -> None:
        """The end; fails when a process stayed behind."""
        if self._driver is not None:
            await self._driver.close()
        if self.server is not None:
            await self.server.stop()
        await super().close()

"""Claude Code, the real one or its stand-in, on a real gate and sparring."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from commandcenter.core.redact import Redactor
from commandcenter.drivers.base import AgentSpec, Answer, Asking, Launch, SessionStart
from commandcenter.drivers.claude import ClaudeDriver
from commandcenter.drivers.claude_session import ClaudeSession
from commandcenter.drivers.foreign import ForeignPorts
from commandcenter.gate.base import Route
from commandcenter.gate.server import GateServer
from commandcenter.sparring.scenario import load_scenario
from commandcenter.sparring.server import Endpoint, Options, Ports
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.gate import Ticking
from commandcenter.testing.scenarios import CHECK, LOOK, cut, say, scenario, shell, words, work
from commandcenter.testing.sessions import MARK, DriverKit, Heard

SPEC = AgentSpec("claude", "Claude Code", "claude", wires=("anthropic",), command=("claude",))
MANY = " ".join(f"word{n}" for n in range(60))
ESCAPE = "touch here; setsid sleep 61 & (setsid nohup sleep 62 >/dev/null 2>&1 &) ; sleep 64"
SCENARIO = scenario(
    "claude",
    words(r"Grüße: a tab\tend. Δ😀"),
    say(MANY),
    work(LOOK, CHECK, mend="Mend."),
    shell("touch", "touch made; exit 3"),
    shell("escape", ESCAPE),
    cut(said=MANY),
)


def claude() -> str:
    """The binary: AGENT_CLAUDE, .agents/bin, PATH."""
    here = Path(__file__).parents[3] / ".agents/bin/claude"
    given = os.environ.get("AGENT_CLAUDE", "")
    return given or (str(here) if here.exists() else shutil.which("claude") or "")


def brief(script: str, **knobs: object) -> str:
    more = " ".join(f"{name}={value}" for name, value in {"seed": 3, **knobs}.items())
    return f"Do it. [[sparring script={script} {more}]]"


def allow(asking: Asking) -> Answer | None:
    return Answer("allow")


def marked() -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("CC_HOME") == MARK and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            continue
    return found


@dataclass
class Kit(DriverKit):
    """DriverKit with the gate's listener and launches."""

    server: GateServer | None = None
    program: tuple[str, ...] = ()
    """What is started; empty = the real one."""
    profile: str = "clean"
    asks: str = "all"
    person: dict[str, str] = field(default_factory=dict)
    plan: Endpoint | None = None
    """Where the practice login goes, once `on_a_plan` was called."""

    async def serve(self, scenario: str) -> None:
        """Sparring with these scripts, and the gate's listener."""
        await self.spar(scenario)
        self.server = GateServer(self.gate.gate)
        await self.server.start()

    async def start(self, heard: Heard, thread: int = 1, **more: Any) -> ClaudeSession:
        """A session on the anthropic account."""
        if self.server is None:
            await self.serve(SCENARIO)
        epoch = more.pop("epoch", 1)
        account, model = ("login", "") if self.plan else ("anthropic", "sparring-small")
        route = Route(account, model, agent="claude", hold_limit_s=120.0)
        address = self.gate.gate.open(thread, epoch, route)
        home = self.folder / f"thread-{thread}"
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home / "home"),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            **self.person,
        }
        (home / "home").mkdir(parents=True, exist_ok=True)
        launch = Launch(
            SPEC,
            self.program or (claude(),),
            env,
            str(home),
            str(home / f"wire-{epoch}.jsonl"),
            profile=self.profile,  # type: ignore[arg-type]  # one of the two
            asks=self.asks,  # type: ignore[arg-type]  # one of the two
            auth="login" if self.plan else "key",
            gate_url=address.url,
            gate_secret=address.secret,
        )
        where = str(self.workspace(thread))
        start = SessionStart(
            thread, epoch, where, "sparring-small", "anthropic", launch=launch, **more
        )
        session = await self.driver.open(start, heard)
        assert isinstance(session, ClaudeSession)
        heard.session = session
        return session

    async def on_a_plan(self) -> None:
        """Sessions from now on use the practice login."""
        file = self.folder / "plan.toml"
        file.write_text("beta = 'oauth-2025-04-20'\n[[window]]\nminutes = 300\ntokens = 9000000\n")
        scenario = load_scenario(SCENARIO.encode())
        ports = Ports(Ticking(), "a-key-that-nobody-has")
        self.plan = Endpoint(Options(port=0, speed=1.0, plan=str(file)), scenario, ports)
        await self.plan.open()
        where = self.plan.address
        self.gate.add("login", where, kind="anthropic", auth="login", agent="claude")
        self.gate.gate.logins(frozenset({"claude"}))
        self.person["CLAUDE_CODE_OAUTH_TOKEN"] = f"sparring-login-claude-{'a' * 32}"
        self.person["ANTHROPIC_CUSTOM_HEADERS"] = "x-mine: yes"

    async def close(self) -> None:
        """The listener too."""
        if self.plan is not None:
            await self.plan.close()
        if self._driver is not None:
            await self._driver.close()
        if self.server is not None:
            await self.server.stop()
        await super().close()


def make(kit: DriverKit) -> ClaudeDriver:
    redactor = Redactor({}, b"key")
    ports = ForeignPorts(kit.host, FakeIds(), Ticking(), kit.waits, lambda: redactor)
    return ClaudeDriver(ports, {"PATH": os.path.dirname(claude())})

"""One conversation through every wire and two foreign agents, by our real drivers, a real gate and
the practice models: what was told only at the start is known at the end (issue M4)."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace

from commandcenter.compose import Options, build
from commandcenter.compose.life import open_gate
from commandcenter.config.folders import folders
from commandcenter.core import notation
from commandcenter.core.base import OrderId
from commandcenter.core.codec import load_entry
from commandcenter.core.events import Event, ReassignFailed, TextAdded
from commandcenter.core.orders import Given
from commandcenter.core.world import Head
from commandcenter.engine.engine import Engine
from commandcenter.engine.life import begin, end
from commandcenter.sparring.scenario import load_scenario
from commandcenter.sparring.server import Endpoint, Ports
from commandcenter.sparring.server import Options as Spar
from commandcenter.testing.engines import repository
from commandcenter.testing.forks import KNOWS, play
from commandcenter.testing.gate import Ticking
from commandcenter.testing.scenarios import scenario, shell, words

KEY = "sparring-test-key"
KINDS = ("chat", "anthropic", "ollama", "responses")
SCRIPTS = scenario("handed", words("Yes."), shell(command="git push origin main"), KNOWS)
BRIEF = f"Remember: codeword=plum. {play('shell')}"
WHICH = f"Which? {play('plum')}"


class Field:
    """An engine with everything real but the agents' programs."""

    def __init__(self, engine: Engine, repo: Path) -> None:
        self.engine = engine
        self.repo = repo

    @property
    def head(self) -> Head:
        """Of thread 1."""
        return self.engine.parts.world.threads[1]

    async def order(self, text: str) -> None:
        """An order of the player's, carried out."""
        given = Given(OrderId(self.engine.parts.ids.fresh()), notation.parse(text), "player", True)
        ack = await self.engine.submit(given)
        assert not ack.refused, (text, ack.refused)
        await self.engine.carried_out(given.id)

    async def until(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait for a condition."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            last = list(await self.events())[-12:]
            raise AssertionError(f"{self.head.state}: {self.head.why}; {last}") from None

    async def events(self) -> list[Event]:
        """All of thread 1."""
        await self.engine.parts.ledger.settle()
        rows = await self.engine.parts.reader.rows(0, 100_000, 1)
        return [load_entry(row).event for row in rows]

    async def said(self, turn: int) -> str:
        """What the agent said in a turn."""
        await self.engine.parts.ledger.settle()
        rows = await self.engine.parts.reader.rows(0, 100_000, 1, ("TextAdded",))
        entries = [load_entry(row) for row in rows]
        return "".join(
            entry.event.delta
            for entry in entries
            if entry.stamp.turn == turn and isinstance(entry.event, TextAdded)
        )

    async def waits(self, turn: int) -> None:
        """It asks whether it may do something, in that turn or a later one."""
        await self.until(lambda: self.head.state == "waiting" and self.head.turn >= turn)

    async def asked(self) -> str:
        """It is denied what it asks for, then asked for the word that was told at the start; it
        goes on and asks again."""
        turn = self.head.turn
        await self.order(f'steer #1 "{WHICH}"')
        await self.order(f'steer #1 "Go on. {play("shell")}"')
        await self.order(f"deny {self.head.asks[0]}")
        await self.waits(turn + 2)
        return await self.said(turn + 1)

    async def reassigned(self, agent: str, account: str) -> None:
        """Another agent goes on with it, and asks the player in its turn."""
        turn = self.head.turn
        await self.order(f"reassign #1 --agent {agent} --account {account} --now")
        await self.waits(turn + 1)
        failed = [one for one in await self.events() if isinstance(one, ReassignFailed)]
        assert not failed, failed
        assert (self.head.agent, self.head.account) == (agent, account)


@pytest_asyncio.fixture
async def field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Field]:
    """Practice models on every wire; stand-ins for `claude` and `codex`."""
    endpoint = Endpoint(Spar(port=0), load_scenario(SCRIPTS.encode()), Ports(Ticking(), KEY))
    await endpoint.open()
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("HANDED_KEY", KEY)
    (tmp_path / "person").mkdir()
    where = folders(tmp_path / "home")
    where.make()
    told = (
        f'[accounts.{kind}]\nkind = "{kind}"\nbase_url = "{endpoint.address}"\n'
        'key_ref = "env:HANDED_KEY"\nmodel = "sparring-small"\npractice = true\n'
        for kind in KINDS
    )
    accounts = where.config / "accounts.toml"
    accounts.write_text("\n".join(told))
    accounts.chmod(0o600)
    engine = await build(Options(where, overrides=("kill_fuse_s=0.2",)))
    for name in ("claude", "codex"):
        spec = engine.parts.agents[name]
        command = (sys.executable, "-m", f"commandcenter.testing.puppet_{name}", *spec.command[1:])
        engine.parts.agents[name] = replace(spec, command=command)
    await begin(engine)
    server = await open_gate(engine, where)
    yield Field(engine, await repository(tmp_path / "repo"))
    await server.stop()
    await end(engine)
    await endpoint.close()
    left = await engine.parts.host.survivors()
    await engine.parts.host.close()
    assert left == ()


async def test_a_fact_told_at_the_start_survives_every_wire_and_agent(field: Field) -> None:
    await field.order(f'spawn --repo {field.repo} --account chat "{BRIEF}"')
    await field.waits(1)
    for agent, account in (
        ("native", "anthropic"),
        ("native", "ollama"),
        ("codex", "responses"),
        ("claude", "anthropic"),
    ):
        await field.reassigned(agent, account)
        assert (await field.asked()).strip() == "It was plum.", (agent, account)
        assert field.head.handing is None


async def test_a_new_agent_that_is_killed_leaves_the_old_one_working(field: Field) -> None:
    await field.order(f'spawn --repo {field.repo} --account chat "{BRIEF}"')
    await field.waits(1)
    await field.reassigned("claude", "anthropic")
    session = field.engine.runners[1].session
    assert session is not None
    for pid, _ in session.pids():
        os.kill(pid, signal.SIGKILL)
    await field.until(lambda: field.head.agent == "native")
    await field.waits(3)
    assert field.head.handing is None
    assert field.head.account == "chat"
    assert (await field.asked()).strip() == "It was plum."

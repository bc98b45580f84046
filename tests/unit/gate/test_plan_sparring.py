"""A plan at 97 % with 12 threads, judged by sparring's own log (gate.md, acceptance 8)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from commandcenter.core.events import AccountClosed, CallRefused, CallSettled, Held, Released
from commandcenter.core.events import WindowSeen as Seen
from commandcenter.gate.base import GateSettings
from commandcenter.gate.server import GateServer
from commandcenter.sparring.scenario import load_scenario
from commandcenter.sparring.server import Endpoint, Options, Ports
from commandcenter.testing.gate import GateKit, Ticking
from commandcenter.testing.plans import PATHS, Agent, Person, add_plan, asked, now, said

RESET_S = 4
SPREAD_S = 1.0
CALLS = 3
PLAN = f"""
[[window]]
minutes = 300
tokens = 400_000
used = 0.97
reset_s = {RESET_S}
[[window]]
minutes = 10080
tokens = 90_000_000
"""
TREE = {
    "name": "plan",
    "seed": 3,
    "knobs": {"rate": 0, "ttft_ms": [0, 0], "think_words": 0, "context_pad": 1500},
    "script": [{"id": "plain", "step": [{"say": "It reads."}], "finish": {"say": "Done."}}],
}


@pytest_asyncio.fixture
async def vendor(tmp_path: Path) -> AsyncIterator[Endpoint]:
    (tmp_path / "plan.toml").write_text(PLAN)
    options = Options(socket=str(tmp_path / "s"), plan=str(tmp_path / "plan.toml"))
    scenario = load_scenario(msgspec.json.encode(TREE))
    endpoint = Endpoint(options, scenario, Ports(Ticking(), "no-key", show_key=False))
    await endpoint.open()
    yield endpoint
    await endpoint.close()


def body_of(agent: Agent, text: str) -> bytes:
    if agent == "claude":
        return said(text, stream=True)
    tool = {"type": "function", "name": "shell", "parameters": {"type": "object"}}
    return asked(text, tools=[tool])


async def work(person: Person, agent: Agent, sent: list[bytes]) -> list[int]:
    """A few calls of one thread, one after the other, each told apart by its text."""
    codes = []
    for n in range(CALLS):
        body = body_of(agent, f"thread {person.thread}, call {n}")
        sent.append(body)
        answer = await person.ask(body, PATHS[agent])
        codes.append(answer.status_code)
    return codes


@pytest.mark.parametrize("agent", ["claude", "codex"])
async def test_all_are_held_at_100_percent_and_go_on_by_themselves_after_the_reset(
    kit: GateKit, vendor: Endpoint, agent: Agent
) -> None:
    kit.settings = GateSettings(backoff_s=0.01, spread_s=SPREAD_S)
    server = GateServer(kit.gate)
    await server.start()
    kit.add("sparring", "http://sparring", kind="chat")
    add_plan(kit, "", agent)
    socket = vendor.address.removeprefix("unix:")
    kit.add(
        f"plan-{agent}",
        "http://sparring",
        kind=kit.accounts[f"plan-{agent}"].kind,
        auth="login",
        agent=agent,
        socket=socket,
    )
    people = [Person(kit, server, thread) for thread in range(1, 13)]
    for one in people:
        one.open(agent)
        one.headers |= {"anthropic-version": "2023-06-01", "originator": "codex_exec"}
        one.headers["session-id"] = "s"
    began = now()
    sent: list[bytes] = []
    codes = await asyncio.gather(*(work(one, agent, sent) for one in people))
    ended = now()
    await kit.settled()
    for one in people:
        await one.close()
    await server.stop()
    assert codes == [[200] * CALLS] * 12, "none was refused"
    _judge(kit, vendor, sent, (began, ended))


def _judge(kit: GateKit, vendor: Endpoint, sent: list[bytes], times: tuple[float, float]) -> None:
    log = [one for one in vendor.log.all() if one.begin.path.endswith(("messages", "responses"))]
    answered = [one for one in log if one.end is not None and one.end.status == 200]
    digests = [one.begin.body_sha256 for one in answered]
    assert sorted(digests) == sorted(hashlib.sha256(body).hexdigest() for body in sent)
    refused = [one for one in log if one.end is not None and one.end.status == 429]
    assert len(refused) <= 8 + 1, "what was in flight at 100 %, and one stray"
    assert times[0] + RESET_S - 1 <= times[1] < times[0] + RESET_S + SPREAD_S + 4
    assert not kit.events(CallRefused)
    held = [f.stamp.thread for f in kit.facts if isinstance(f.event, Held)]
    released = [f.stamp.thread for f in kit.facts if isinstance(f.event, Released)]
    assert held
    assert sorted(held) == sorted(released)
    assert any("window is used up" in event.why for event in kit.events(AccountClosed))
    assert {event.minutes for event in kit.events(Seen)} == {300, 10_080}
    assert {event.cost.basis for event in kit.events(CallSettled)} == {"plan"}
    usage = [one.end.usage for one in answered if one.end is not None and one.end.usage]
    total = sum(one.input + one.output for one in usage)
    metered = [event.usage for event in kit.events(CallSettled)]
    assert total == sum(one.input + one.output for one in metered)

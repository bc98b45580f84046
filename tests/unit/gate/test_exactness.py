"""The meter against sparring's own log: 50 turns per protocol, with errors, retries and cuts."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from commandcenter.core.conversation import Message, ModelRequest, ToolSpec, Usage
from commandcenter.core.events import CallAdmitted, CallSettled
from commandcenter.drivers.native_desk import WIRES
from commandcenter.gate.base import CallCut, GateRefused, Route
from commandcenter.sparring.record import Logged
from commandcenter.sparring.scenario import load_scenario
from commandcenter.sparring.server import Endpoint, Options, Ports
from commandcenter.testing.gate import GateKit, Ticking
from commandcenter.wires.base import Kind

KEY = "sparring-exact"
TURNS = 50
FAULTS = {"p429": 0.04, "p529": 0.04, "p500": 0.06, "p_cut": 0.1, "retry_after_s": 0}
SAY = "It reads the failing test, then the module under it, and says what is wrong there. " * 4
RUN = ToolSpec("run", "run a command", {"type": "object", "properties": {}})
TREE: dict[str, Any] = {
    "name": "exact",
    "seed": 11,
    "knobs": {"rate": 0, "ttft_ms": [0, 0], "think_words": 6, "context_pad": 900},
    "faults": FAULTS,
    "script": [{"id": "plain", "step": [{"say": SAY}], "finish": {"say": SAY * 2}}],
}


@pytest_asyncio.fixture
async def sparring(tmp_path: Path) -> AsyncIterator[Endpoint]:
    options = Options(socket=str(tmp_path / "s"))
    endpoint = Endpoint(
        options, load_scenario(msgspec.json.encode(TREE)), Ports(Ticking(), KEY, show_key=False)
    )
    await endpoint.open()
    yield endpoint
    await endpoint.close()


async def _turns(kit: GateKit, endpoint: Endpoint, kind: Kind) -> list[tuple[Logged, CallSettled]]:
    """50 turns on one conversation that grows; (log, meter) of each request with content."""
    socket = endpoint.address.removeprefix("unix:")
    kit.keys["k"] = KEY
    kit.add("a", "http://sparring", kind=kind, socket=socket, key_ref="k")
    kit.open(1)
    messages: tuple[Message, ...] = ()
    for turn in range(TURNS):
        messages = (*messages, Message("user", f"turn {turn}: " + "go on with it " * (turn % 9)))
        request = ModelRequest("sparring-medium", messages[-6:], (RUN,), max_tokens=400)
        try:
            async for _ in kit.gate.call(1, 1, WIRES[kind].encode(request)):
                pass
        except (CallCut, GateRefused):
            continue
        messages = (*messages, Message("assistant", f"answer {turn}"))
    await kit.settled()
    billed = [one for one in endpoint.log.all() if one.end is not None and one.end.usage]
    spoken = [one for one in billed if one.end is not None and one.end.bytes]
    return list(zip(spoken, kit.events(CallSettled), strict=True))


@pytest.mark.parametrize("kind", ["chat", "anthropic", "ollama"])
async def test_exact_rows_equal_the_log_and_estimated_ones_are_near(
    kit: GateKit, sparring: Endpoint, kind: Kind
) -> None:
    pairs = await _turns(kit, sparring, kind)
    exact = [(log, row) for log, row in pairs if row.usage.counts == "exact"]
    rough = [(log, row) for log, row in pairs if row.usage.counts == "estimated"]
    assert len(exact) > 30
    assert rough, "some answers were cut"
    for log, row in exact:
        assert _counts(row.usage) == _counts(_truth(log))
        assert kind != "chat" or row.usage.thinking == _truth(log).thinking
    off = sorted(
        abs(row.usage.input + row.usage.output - _truth(log).input - _truth(log).output)
        / (_truth(log).input + _truth(log).output)
        for log, row in rough
    )
    assert off[len(off) * 9 // 10] <= 0.2
    assert max(_tries(sparring)) <= 5
    assert len({event.call for event in kit.events(CallAdmitted)}) >= len(pairs)


async def test_a_planted_bug_turns_it_red(
    kit: GateKit, sparring: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Characters / 4 in place of the wire's numbers must not pass."""
    from commandcenter.wires.answer import MeterTap

    def guessed(tap: MeterTap, est_in: int) -> Usage:
        return Usage(input=est_in, output=tap.chars_out // 4)

    monkeypatch.setattr(MeterTap, "usage", guessed)
    pairs = await _turns(kit, sparring, "chat")
    wrong = [log for log, row in pairs if _counts(row.usage) != _counts(_truth(log))]
    assert len(wrong) > 40


def _truth(log: Logged) -> Usage:
    assert log.end is not None
    assert log.end.usage is not None
    return log.end.usage


def _counts(usage: Usage) -> tuple[int, int, int]:
    """What every wire says; thinking is told apart by chat alone."""
    return usage.input, usage.cached_read, usage.output


def _tries(endpoint: Endpoint) -> list[int]:
    by_body: dict[str, int] = {}
    for one in endpoint.log.all():
        by_body[one.begin.body_sha256] = by_body.get(one.begin.body_sha256, 0) + 1
    return list(by_body.values())


def test_the_routes_model_is_in_the_log_and_the_rest_of_the_body_is_untouched() -> None:
    from commandcenter.sparring.record import without_model
    from commandcenter.wires import chat

    body = b'{"model":"asked" , "messages":[{"role":"user","content":"\\"model\\":\\"x\\""}]}'
    sent = chat.rewrite_model(body, "sparring-large")
    assert without_model(sent) == without_model(body)
    assert Route("a", "sparring-large").model.encode() in sent

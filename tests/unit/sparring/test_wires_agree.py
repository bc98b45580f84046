"""The product's own codecs understand the endpoint, and the endpoint them: three tool turns."""

from types import ModuleType
from typing import Any

import pytest

from commandcenter.core.conversation import (
    Message,
    ModelRequest,
    Piece,
    StopPiece,
    TextPiece,
    ToolCallPiece,
    ToolResult,
    ToolSpec,
    UsagePiece,
)
from commandcenter.wires import anthropic, chat, ollama, responses

RUN = ToolSpec(
    "run",
    "Run a command.",
    {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)
WIRES = pytest.mark.parametrize("wire", [chat, anthropic, ollama], ids=lambda w: w.__name__[20:])


async def pieces_for(wire: ModuleType, bench: Any, request: ModelRequest) -> list[Piece]:
    """One call, encoded and decoded by the wire."""
    asked = wire.encode(request)
    answer = await bench.client.post(asked.path, content=asked.body, headers=dict(asked.headers))
    assert answer.status_code == 200, answer.text
    decoder = wire.new_decoder()
    found: list[Piece] = decoder.feed(answer.content)
    return found + decoder.end()


def conversation(brief: str) -> list[Message]:
    return [Message("system", "You are an agent. " * 300), Message("user", brief)]


@WIRES
async def test_three_turns_and_exact_usage(opened: Any, wire: ModuleType) -> None:
    messages = conversation("[[sparring script=plain context_pad=900]] work")
    said, usages = [], []
    async with opened() as bench:
        for _ in range(3):
            request = ModelRequest("sparring-small", tuple(messages), (RUN,))
            pieces = await pieces_for(wire, bench, request)
            text = "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))
            calls = tuple(piece.call for piece in pieces if isinstance(piece, ToolCallPiece))
            said.append((text, tuple(call.name for call in calls)))
            usages.append([piece.usage for piece in pieces if isinstance(piece, UsagePiece)][-1])
            assert sum(isinstance(piece, StopPiece) for piece in pieces) == 1
            results = tuple(ToolResult(call.id, call.name, "done") for call in calls)
            messages += [Message("assistant", text, calls), Message("tool", results=results)]
        true = [logged.end.usage for logged in bench.requests()]
        positions = [logged.begin.position for logged in bench.requests()]
    assert said == [("one two three", ("run",)), ("four", ("run",)), ("five six", ())]
    assert positions == [0, 1, 2]
    for found, known in zip(usages, true, strict=True):
        assert (found.input, found.output) == (known.input, known.output)
        assert found.cached_read == known.cached_read
        assert found.counts == "exact"
    assert (true[-1].cached_read > 0) == (wire is not ollama)


@WIRES
async def test_the_meter_reads_what_the_log_knows(opened: Any, wire: ModuleType) -> None:
    asked = wire.encode(ModelRequest("sparring-small", tuple(conversation("work")), (RUN,)))
    async with opened() as bench:
        answer = await bench.client.post(asked.path, content=asked.body)
        tap = wire.new_tap()
        passed = b"".join(tap.feed(bytes([byte])) for byte in answer.content) + tap.end()
        true = bench.requests()[0].end.usage
    assert passed == answer.content
    found = tap.usage(0)
    assert (found.input, found.output, found.counts) == (true.input, true.output, "exact")
    assert (found.cached_read, found.cached_write) == (true.cached_read, true.cached_write)


async def test_the_meter_reads_responses_too(opened: Any) -> None:
    tool = {"type": "function", "name": "run", "parameters": RUN.schema}
    said = "[[sparring script=plain context_pad=900]] " + "work " * 900
    body = {"model": "sparring-small", "input": said, "tools": [tool], "stream": True}
    async with opened() as bench:
        for _ in range(2):
            answer = await bench.client.post("/v1/responses", json=body)
        true = bench.requests()[1].end.usage
    tap = responses.new_tap()
    passed = b"".join(tap.feed(bytes([byte])) for byte in answer.content) + tap.end()
    assert (passed, tap.complete, tap.broken) == (answer.content, True, "")
    found = tap.usage(0)
    assert (found.input, found.output, found.counts) == (true.input, true.output, "exact")
    assert found.cached_read == true.cached_read > 0
    assert found.thinking == true.thinking > 0

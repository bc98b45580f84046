"""Golden answers of each kind: whole, streamed, split at every byte, always the same reading."""

from pathlib import Path

import pytest

from commandcenter.core.conversation import (
    Piece,
    StopPiece,
    TextPiece,
    ThoughtPiece,
    ToolCall,
    ToolCallPiece,
    Usage,
    UsagePiece,
)
from commandcenter.wires import anthropic, chat, ollama
from commandcenter.wires.base import AnswerDecoder, AnswerTap, Wire

GOLDEN = Path(__file__).parent / "golden"
WIRES: dict[str, Wire] = {"chat": chat, "anthropic": anthropic, "ollama": ollama}
STREAMS = ["chat_tools.sse", "anthropic_tools.sse", "ollama_tools.ndjson"]
BODIES = ["chat_whole.json", "anthropic_whole.json", "ollama_whole.json"]

THOUGHTS: list[Piece] = [ThoughtPiece("The empty line "), ThoughtPiece("is not skipped. Größe ✓")]
READ = '{"path":"tests/test_parser.py"}'
SHELL = '{"command":"echo \\"hi\\"","n":[1,{"a":null}]}'
PIECES: dict[str, list[Piece]] = {
    "chat_tools.sse": [
        *THOUGHTS,
        TextPiece("I read the test"),
        TextPiece(" — then “fix” it 🙂.\nNext\tline"),
        ToolCallPiece(ToolCall("call_A1", "read", READ)),
        ToolCallPiece(ToolCall("call_B2", "shell", SHELL)),
        UsagePiece(Usage(input=2006, cached_read=1920, output=300, thinking=128)),
        StopPiece("tools"),
    ],
    "anthropic_tools.sse": [
        ThoughtPiece("The empty line is not skipped. Größe ✓"),
        TextPiece("I read the test"),
        TextPiece(" — then “fix” it 🙂.\nNext"),
        ToolCallPiece(ToolCall("toolu_01A", "read", '{"path": "tests/test_parser.py"}')),
        ToolCallPiece(ToolCall("toolu_01B", "status", "{}")),
        UsagePiece(Usage(input=6209, cached_read=5000, cached_write=1188, output=189)),
        StopPiece("tools"),
    ],
    "ollama_tools.ndjson": [
        *THOUGHTS,
        TextPiece("I read the test"),
        TextPiece(" — then “fix” it 🙂."),
        ToolCallPiece(ToolCall("call_4e50e972a2fd420b3f992c84", "read", READ)),
        ToolCallPiece(ToolCall("call_own", "shell", SHELL)),
        UsagePiece(Usage(input=2026, output=282)),
        StopPiece("tools"),
    ],
    "chat_whole.json": [
        ThoughtPiece("hm"),
        TextPiece("Done soon."),
        ToolCallPiece(ToolCall("call_A1", "read", '{"path":"a.py"}')),
        UsagePiece(Usage(input=120, cached_read=64, output=17)),
        StopPiece("tools"),
    ],
    "anthropic_whole.json": [
        ThoughtPiece("hm"),
        TextPiece("Done soon."),
        ToolCallPiece(ToolCall("toolu_9", "read", '{"path":"a.py"}')),
        UsagePiece(Usage(input=74, cached_read=64, output=17)),
        StopPiece("tools"),
    ],
    "ollama_whole.json": [
        ThoughtPiece("hm"),
        TextPiece("Done soon."),
        ToolCallPiece(ToolCall("call_3c3c1be711a8d11a4a1ad6fc", "read", '{"path":"a.py"}')),
        UsagePiece(Usage(input=120, output=17)),
        StopPiece("tools"),
    ],
}
USAGE = {
    name: next(piece.usage for piece in pieces if isinstance(piece, UsagePiece))
    for name, pieces in PIECES.items()
}


def wire_of(name: str) -> Wire:
    return WIRES[name.split("_")[0]]


def read(decoder: AnswerDecoder, parts: list[bytes]) -> list[Piece]:
    pieces = [piece for part in parts for piece in decoder.feed(part)] + decoder.end()
    assert decoder.finished
    assert not decoder.broken
    assert not decoder.errors
    return pieces


def forwarded(tap: AnswerTap, parts: list[bytes]) -> bytes:
    out = b"".join(tap.feed(part) for part in parts) + tap.end()
    assert tap.complete
    assert tap.content_started
    assert not tap.errors
    return out


def in_two(data: bytes) -> list[list[bytes]]:
    return [[data[:cut], data[cut:]] for cut in range(1, len(data))]


@pytest.mark.parametrize("name", STREAMS + BODIES)
def test_the_golden_answer_reads_as_written(name: str) -> None:
    data = (GOLDEN / name).read_bytes()
    assert read(wire_of(name).new_decoder(), [data]) == PIECES[name]
    whole = wire_of(name).new_decoder()
    if name in BODIES:
        assert whole.decode_body(data) == PIECES[name]


@pytest.mark.parametrize("name", STREAMS + BODIES)
def test_each_split_reads_the_same(name: str) -> None:
    data = (GOLDEN / name).read_bytes()
    wire = wire_of(name)
    for parts in [*in_two(data), [bytes([byte]) for byte in data]]:
        assert read(wire.new_decoder(), parts) == PIECES[name]
        tap = wire.new_tap()
        assert forwarded(tap, parts) == data
        assert tap.usage(USAGE[name].input) == USAGE[name]


@pytest.mark.parametrize("name", ["chat_tools.sse", "anthropic_tools.sse"])
@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
def test_other_line_ends_read_the_same_at_each_split(name: str, line_end: bytes) -> None:
    data = (GOLDEN / name).read_bytes().replace(b"\n", line_end)
    for parts in in_two(data)[::7]:
        assert read(wire_of(name).new_decoder(), parts) == PIECES[name]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_the_usage_chunk_the_gate_asked_for_is_swallowed_at_each_split(line_end: bytes) -> None:
    data = (GOLDEN / "chat_tools.sse").read_bytes()
    events = [event for event in data.split(b"\n\n") if b'"choices":[]' not in event]
    kept = b"\n\n".join(events).replace(b"\n", line_end)
    data = data.replace(b"\n", line_end)
    for parts in [*in_two(data), [bytes([byte]) for byte in data]]:
        tap = chat.new_tap(strip_usage=True)
        assert forwarded(tap, parts) == kept
        assert tap.usage(2000) == USAGE["chat_tools.sse"]


@pytest.mark.parametrize("name", BODIES)
def test_whole_bodies_pass_a_stripping_tap_unchanged(name: str) -> None:
    data = (GOLDEN / name).read_bytes()
    for parts in in_two(data)[::5]:
        tap = wire_of(name).new_tap(strip_usage=True)
        assert forwarded(tap, parts) == data


def test_characters_out_are_those_of_text_thinking_and_arguments() -> None:
    for name in STREAMS:
        tap = wire_of(name).new_tap()
        forwarded(tap, [(GOLDEN / name).read_bytes()])
        said = sum(
            len(piece.text)
            if isinstance(piece, (TextPiece, ThoughtPiece))
            else len(piece.call.args_json.removeprefix("{}"))
            for piece in PIECES[name]
            if isinstance(piece, (TextPiece, ThoughtPiece, ToolCallPiece))
        )
        assert tap.chars_out == said, name


def test_cache_writes_for_an_hour_are_kept_apart() -> None:
    tap = anthropic.new_tap()
    forwarded(tap, [(GOLDEN / "anthropic_tools.sse").read_bytes()])
    assert tap.usage(0).cached_write == 1188
    assert tap.cached_write_1h == 188

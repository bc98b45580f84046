"""Answers that are cut, broken or hostile: no half tool call, the next good frame, sane usage."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.core.conversation import (
    Piece,
    StopPiece,
    TextPiece,
    ToolCallPiece,
    Usage,
    UsagePiece,
)
from commandcenter.wires import anthropic, chat, ollama
from commandcenter.wires.base import AnswerDecoder, Wire

GOLDEN = Path(__file__).parent / "golden"
WIRES: list[Wire] = [chat, anthropic, ollama]
STREAMS = {
    "chat": (GOLDEN / "chat_tools.sse").read_bytes(),
    "anthropic": (GOLDEN / "anthropic_tools.sse").read_bytes(),
    "ollama": (GOLDEN / "ollama_tools.ndjson").read_bytes(),
}
ALL = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.KIND)


def event(wire: Wire, data: bytes) -> bytes:
    return data + b"\n" if wire is ollama else b"data: " + data + b"\n\n"


def text_event(wire: Wire, text: str) -> bytes:
    forms = {
        "chat": '{"choices":[{"delta":{"content":"%s"}}]}',
        "anthropic": '{"type":"content_block_delta","delta":{"type":"text_delta","text":"%s"}}',
        "ollama": '{"message":{"content":"%s"},"done":false}',
    }
    return event(wire, (forms[wire.KIND] % text).encode())


def end_event(wire: Wire) -> bytes:
    forms = {
        "chat": b"[DONE]",
        "anthropic": b'{"type":"message_stop"}',
        "ollama": b'{"message":{"content":""},"done":true,"done_reason":"stop"}',
    }
    return event(wire, forms[wire.KIND])


def read(wire: Wire, data: bytes) -> tuple[AnswerDecoder, list[Piece]]:
    decoder = wire.new_decoder()
    pieces = decoder.feed(data)
    return decoder, pieces + decoder.end()


def texts(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))


@ALL
def test_a_cut_answer_gives_no_tool_call_wherever_it_is_cut(wire: Wire) -> None:
    data = STREAMS[wire.KIND]
    last = data.rstrip().rfind(b"\n") + 1
    for cut in range(last + 1):
        decoder, pieces = read(wire, data[:cut])
        assert not any(isinstance(piece, (ToolCallPiece, StopPiece)) for piece in pieces)
        assert not decoder.finished
        assert decoder.broken == "the answer ended without its end mark"


@ALL
@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b"nonsense",
        b'{"x":NaN}',
        b'{"choices":1e999,"type":5,"message":7}',
        b"\xff\xfe",
        b'{"x":' + b"9" * 5000 + b",",
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"choices":7,"type":[],"message":""}',
        b"[1,2]",
        b"null",
        b'"[DONE]"',
    ],
)
def test_a_bad_frame_is_noted_and_the_next_is_read(wire: Wire, bad: bytes) -> None:
    data = text_event(wire, "good ") + event(wire, bad) + text_event(wire, "again")
    decoder, pieces = read(wire, data + end_event(wire))
    assert texts(pieces) == "good again"
    assert decoder.finished
    assert not decoder.broken
    assert len(decoder.errors) == 1
    assert decoder.errors[0].offset == len(text_event(wire, "good "))
    assert len(decoder.errors[0].sample) <= 200
    tap = wire.new_tap()
    assert tap.feed(data + end_event(wire)) + tap.end() == data + end_event(wire)
    assert (tap.complete, tap.chars_out, len(tap.errors)) == (True, 10, 1)


@ALL
def test_errors_are_bounded(wire: Wire) -> None:
    decoder, _ = read(wire, text_event(wire, "x") + event(wire, b"{") * 500)
    assert len(decoder.errors) == 32


@ALL
def test_an_overlong_frame_is_one_error_and_little_memory(wire: Wire) -> None:
    decoder = wire.new_decoder()
    pieces = decoder.feed(text_event(wire, "a"))
    pieces += decoder.feed(b"data: x" if wire is not ollama else b"{")
    for _ in range(36):
        pieces += decoder.feed(b"x" * 500_000)
    pieces += decoder.feed(b"\n\n" + text_event(wire, "b") + end_event(wire)) + decoder.end()
    assert texts(pieces) == "ab"
    assert ["was skipped" in error.reason for error in decoder.errors] == [True]
    assert decoder.finished


@ALL
@pytest.mark.parametrize("stream", [True, False])
def test_html_in_a_200_is_broken(wire: Wire, stream: bool) -> None:
    page = b"\n <!DOCTYPE html><html><body>Bad gateway</body></html>"
    decoder = wire.new_decoder()
    assert (decoder.feed(page) + decoder.end() if stream else decoder.decode_body(page)) == []
    assert decoder.broken == "the answer is HTML"
    tap = wire.new_tap(strip_usage=True)
    assert tap.feed(page) + tap.end() == page
    assert (tap.complete, tap.content_started) == (False, False)
    assert tap.usage(100) == Usage(input=100, counts="estimated")


@pytest.mark.parametrize(
    ("wire", "frame"),
    [
        (chat, b'data: {"error":{"message":"Overloaded","type":"server_error"}}\n\n'),
        (chat, b'event: error\ndata: {"message":"Overloaded","type":"server_error"}\n\n'),
        (chat, b'{"error":{"message":"Overloaded","type":"server_error"}}'),
        (
            anthropic,
            b"event: error\n"
            b'data: {"type":"error","error":{"type":"server_error","message":"Overloaded"}}\n\n',
        ),
        (anthropic, b'{"type":"error","error":{"type":"server_error","message":"Overloaded"}}'),
        (ollama, b'{"error":"server_error: Overloaded"}\n'),
    ],
)
def test_an_error_inside_a_200_is_broken(wire: Wire, frame: bytes) -> None:
    whole = frame.startswith(b"{") and wire is not ollama
    before = b"" if whole else text_event(wire, "half")
    decoder, pieces = read(wire, before + frame + (b"" if whole else end_event(wire)))
    assert decoder.broken == "error in the answer: server_error: Overloaded"
    assert texts(pieces) == ("half" if before else "")
    assert not any(isinstance(piece, StopPiece) for piece in pieces)
    tap = wire.new_tap()
    tap.feed(before + frame)
    tap.end()
    assert tap.broken == decoder.broken


CALLS: dict[str, Callable[[str], bytes]] = {
    "chat": lambda arguments: (
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":'
        b'{"name":"sh","arguments":"%b"}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
        % arguments.replace("\\", "\\\\").replace('"', '\\"').encode()
    ),
    "anthropic": lambda arguments: (
        b'data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use",'
        b'"id":"t1","name":"sh","input":{}}}\n\n'
        b'data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta",'
        b'"partial_json":"%b"}}\n\ndata: {"type":"content_block_stop","index":0}\n\n'
        b'data: {"type":"message_delta","delta":{"stop_reason":"tool_use"}}\n\n'
        b'data: {"type":"message_stop"}\n\n'
        % arguments.replace("\\", "\\\\").replace('"', '\\"').encode()
    ),
}


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize(
    "arguments",
    [
        '{"cmd":"rm -rf /ws/build',
        '{"cmd":"ls","cmd":"rm -rf /"}',
        '{"x":{"a":1,"a":2}}',
        '{"cmd":NaN}',
        '"rm"',
        "[]",
        '{"cmd":' + "9" * 400 + "}",
        '{"cmd":"\\ud800"}',
        '{"x":' + "[" * 200 + "]" * 200 + "}",
    ],
)
def test_arguments_that_are_not_one_sane_object_run_nothing(kind: str, arguments: str) -> None:
    wire = {"chat": chat, "anthropic": anthropic}[kind]
    decoder, pieces = read(wire, CALLS[kind](arguments))
    assert pieces == []
    assert decoder.broken == "a tool call's arguments are not whole"
    assert len(decoder.errors) == 1
    assert [type(piece) for piece in read(wire, CALLS[kind]('{"cmd":"ls"}'))[1]] == [
        ToolCallPiece,
        StopPiece,
    ]


def test_a_call_cut_by_the_token_limit_is_dropped_and_said() -> None:
    data = CALLS["chat"]('{"cmd":"rm -rf /ws').replace(b'"tool_calls"}]', b'"length"}]')
    decoder, pieces = read(chat, data)
    assert pieces == [StopPiece("max_tokens")]
    assert not decoder.broken


def test_two_calls_at_one_index_are_told_apart_by_id() -> None:
    one = b'data: {"choices":[{"delta":{"tool_calls":[{"id":"%b","function":{"name":"f",'
    rest = b'"arguments":"{}"}}]}}]}\n\n'
    data = one % b"a" + rest + one % b"b" + rest + b"data: [DONE]\n\n"
    _, pieces = read(chat, data)
    assert [p.call.id for p in pieces if isinstance(p, ToolCallPiece)] == ["a", "b"]


@pytest.mark.parametrize(
    "usage",
    [
        '{"prompt_tokens":-5,"completion_tokens":1e308}',
        '{"prompt_tokens":1000000001,"completion_tokens":1}',
        '{"prompt_tokens":"7","completion_tokens":1}',
        '{"prompt_tokens":true,"completion_tokens":1}',
        '{"prompt_tokens":7.5,"completion_tokens":1}',
        '{"prompt_tokens":' + "9" * 5000 + "}",
        "[]",
        "7",
    ],
)
def test_absurd_usage_is_flagged_and_own_estimates_are_used(usage: str) -> None:
    data = text_event(chat, "x" * 41) + b'data: {"usage":%b}\n\n' % usage.encode()
    data += b"data: [DONE]\n\n"
    tap = chat.new_tap()
    tap.feed(data)
    tap.end()
    assert tap.complete
    assert tap.implausible
    assert len(tap.errors) == 1
    assert tap.usage(100) == Usage(input=100, output=11, counts="estimated")
    assert not any(isinstance(piece, UsagePiece) for piece in read(chat, data)[1])


def test_usage_that_falls_is_implausible_and_the_last_good_one_counts() -> None:
    start = b'{"type":"message_start","message":{"usage":{"input_tokens":50,"output_tokens":1}}}'
    rising = b'{"type":"message_delta","usage":{"output_tokens":90}}'
    falling = b'{"type":"message_delta","usage":{"output_tokens":20}}'
    data = b"".join(event(anthropic, frame) for frame in (start, rising, falling))
    tap = anthropic.new_tap()
    tap.feed(data + end_event(anthropic))
    assert tap.implausible
    assert tap.usage(9) == Usage(input=50, output=90, counts="estimated")


def test_input_is_exact_in_a_cut_anthropic_stream_only() -> None:
    start = b'{"type":"message_start","message":{"usage":{"input_tokens":50,"output_tokens":1}}}'
    tap = anthropic.new_tap()
    tap.feed(event(anthropic, start) + text_event(anthropic, "x" * 400))
    assert tap.usage(9) == Usage(input=50, output=100, counts="estimated")
    assert not tap.complete
    other = chat.new_tap()
    other.feed(text_event(chat, "x" * 400))
    assert other.usage(9) == Usage(input=9, output=100, counts="estimated")
    assert anthropic.new_tap().usage(9) == Usage(input=9, counts="estimated")


def test_a_small_or_absent_ollama_prompt_count_gives_way_to_the_estimate() -> None:
    def settled(counts: bytes) -> Usage:
        tap = ollama.new_tap()
        tap.feed(b'{"message":{"content":"abcd"},"done":true%b}\n' % counts)
        return tap.usage(1000)

    assert settled(b',"prompt_eval_count":800,"eval_count":7') == Usage(input=800, output=7)
    cached = Usage(input=1000, output=7, counts="estimated")
    assert settled(b',"prompt_eval_count":26,"eval_count":7') == cached
    assert settled(b',"eval_count":7') == cached
    assert settled(b"") == Usage(input=1000, output=1, counts="estimated")


def test_content_starts_with_content_only() -> None:
    for wire in WIRES:
        tap = wire.new_tap()
        tap.feed(b": ping\n\n" if wire is not ollama else b"\n")
        tap.feed(event(wire, b'{"type":"ping","choices":[{"delta":{"role":"assistant"}}]}'))
        assert not tap.content_started
        tap.feed(text_event(wire, "x"))
        assert tap.content_started


@ALL
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_bytes_make_a_codec_raise_or_depend_on_the_split(
    wire: Wire, data: st.DataObject
) -> None:
    stream = bytearray(STREAMS[wire.KIND])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(stream) - 1))
        stream[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
    whole, cut = bytes(stream), data.draw(st.integers(0, len(stream)))
    one, two = wire.new_decoder(), wire.new_decoder()
    first = one.feed(whole) + one.end()
    second = two.feed(whole[:cut]) + two.feed(whole[cut:]) + two.end()
    assert (first, one.broken, one.errors) == (second, two.broken, two.errors)
    taps = wire.new_tap(strip_usage=True), wire.new_tap(strip_usage=True)
    out = taps[0].feed(whole) + taps[0].end()
    assert taps[1].feed(whole[:cut]) + taps[1].feed(whole[cut:]) + taps[1].end() == out
    assert taps[0].usage(10) == taps[1].usage(10)
    if wire is not chat:
        assert out == whole

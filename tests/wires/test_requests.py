"""Requests: golden bytes of what we send, and what admission reads of what agents send."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.conversation import (
    Message,
    ModelRequest,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from commandcenter.wires import anthropic, chat, ollama
from commandcenter.wires.base import NO_LIMIT, CallSpec, Wire

GOLDEN = Path(__file__).parent / "golden"
WIRES: list[Wire] = [chat, anthropic, ollama]
ALL = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.KIND)
REQUEST = ModelRequest(
    model="sparring-medium",
    messages=(
        Message("system", "You work in /repo. “Größe” counts."),
        Message("user", "fix the failing test"),
        Message(
            "assistant",
            "I read it.",
            (ToolCall("call_1", "read", '{"path": "a.py"}'), ToolCall("call_2", "status", "")),
        ),
        Message(
            "tool",
            results=(
                ToolResult("call_1", "read", "x = 1\n"),
                ToolResult("call_2", "status", "no such file", ok=False),
            ),
        ),
        Message("user", "go on"),
    ),
    tools=(
        ToolSpec(
            "read",
            "Reads a file.",
            {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
        ),
    ),
    max_tokens=2048,
)


@ALL
def test_the_request_is_the_golden_one(wire: Wire) -> None:
    request = wire.encode(REQUEST)
    assert request.body == (GOLDEN / f"{wire.KIND}_request.json").read_bytes().strip()
    assert request.path in wire.MODEL_PATHS
    assert ("content-type", "application/json") in request.headers


@ALL
def test_our_own_request_is_read_back_by_admission(wire: Wire) -> None:
    request = wire.encode(REQUEST)
    spec = wire.parse(request.body, request.path)
    assert (spec.kind, spec.model, spec.stream) == (wire.KIND, "sparring-medium", True)
    assert (spec.tools, spec.max_out, spec.bound_thinking) == (True, 2048, False)
    assert spec.usage_asked
    assert 60 <= spec.est_in <= 90


def test_new_models_of_openai_get_their_own_limit_field() -> None:
    for model, field in {"gpt-5.1": "max_completion_tokens", "qwen3": "max_tokens"}.items():
        request = ModelRequest(model, (Message("user", "x"),), stream=False)
        fields = json.loads(chat.encode(request).body)
        assert fields[field] == 4096
        assert "stream_options" not in fields


def test_anthropic_merges_neighbours_and_sends_no_empty_text() -> None:
    messages = (Message("user", "a"), Message("assistant", ""), Message("user", "b"))
    fields = json.loads(anthropic.encode(ModelRequest("m", messages)).body)
    assert [m["role"] for m in fields["messages"]] == ["user"]
    assert [block["text"] for block in fields["messages"][0]["content"]] == ["a", "b"]


def spec(wire: Wire, **fields: Any) -> CallSpec:
    return wire.parse(json.dumps({"model": "m", **fields}).encode(), "/x")


@ALL
def test_text_is_estimated_at_four_characters_and_a_tenth_an_image_at_1600(wire: Wire) -> None:
    def est(content: object) -> int:
        return spec(wire, messages=[{"role": "user", "content": content}]).est_in

    assert est("x" * 4000) == 1100
    assert est([{"type": "text", "text": "x" * 39}]) == 11
    image = {"type": "image", "source": {"type": "base64", "data": "A" * 90_000}}
    assert est([{"type": "text", "text": "x" * 40}, image]) == 1611
    url = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 90_000}}
    assert est([url]) == 1600
    document = {"type": "document", "source": {"type": "base64", "data": "A" * 90_000}}
    assert est([document]) == 3200


def test_ollama_images_and_prompts_count_too() -> None:
    message = {"role": "user", "content": "x" * 40, "images": ["A" * 9999, "B" * 9999]}
    assert spec(ollama, messages=[message]).est_in == 3211
    body = {"model": "m", "prompt": "x" * 40, "images": ["A" * 999], "options": {"num_predict": 7}}
    found = ollama.parse(json.dumps(body).encode(), "/api/generate")
    assert (found.est_in, found.max_out, found.stream) == (1611, 7, True)
    assert not spec(ollama, stream=False).stream


def test_limits_streams_and_tools_are_read() -> None:
    assert spec(chat).max_out == spec(anthropic).max_out == spec(ollama).max_out == NO_LIMIT
    assert spec(chat, max_tokens=9, max_completion_tokens=5, n=3).max_out == 15
    assert spec(ollama, options={"num_predict": -1}).max_out == NO_LIMIT
    assert not spec(chat, stream="yes").stream
    assert spec(chat, functions=[{"name": "x"}]).tools
    assert not spec(chat, tools=[]).tools


def test_thinking_of_the_last_assistant_message_binds_the_model() -> None:
    thought = {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "x"}]}
    plain = {"role": "assistant", "content": "x"}
    user = {"role": "user", "content": "x"}
    assert spec(anthropic, messages=[user, thought, user]).bound_thinking
    assert not spec(anthropic, messages=[user, thought, user, plain]).bound_thinking


@ALL
@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "truncated"),
        (b"[]", "object"),
        (b'{"model":"m"', "truncated"),
        (b'{"model":"m"} x', "trailing"),
        (b'{"messages":[]}', "names no model"),
        (b'{"model":""}', "names no model"),
        (b'{"model":7}', "names no model"),
        (b'{"model":"a","model":"b"}', "twice"),
        (b'{"model":"a","mod\\u0065l":"b"}', "twice"),
        (b'{"model":"a","Model":"b"}', "twice"),
        (b'{"MODEL":"a"}', "other letters"),
        ('{"model":"a","\u017ftream":true}'.encode(), "other letters"),
        (b'{"model":"a","x":NaN}', "malformed"),
        (b'{"model":"a","x\n":1}', "malformed"),
        (b'{"model":"a","x":' + b"9" * 5000 + b"}", "range"),
        (b'{"model":"a","x":1e999}', "range"),
        (b'{"model":"a","x":"\xff"}', "utf-8"),
        (b'{"model":"a","x":"\\ud800"}', "truncated"),
        (b'{"model":"a","x":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, "deep"),
        (b'{"model":"a","x":' + b"[" * 128 + b"]" * 128 + b"}", "128 deep"),
    ],
)
def test_hostile_bodies_are_refused_with_a_sentence(wire: Wire, body: bytes, says: str) -> None:
    with pytest.raises(ValueError, match="the request body cannot be read") as refusal:
        wire.parse(body, "/x")
    assert says in str(refusal.value)
    assert len(str(refusal.value)) < 200


@ALL
def test_nesting_up_to_the_limit_is_read(wire: Wire) -> None:
    assert wire.parse(b'{"model":"a","x":' + b"[" * 127 + b"]" * 127 + b"}", "/x").model == "a"


@ALL
def test_only_the_top_level_model_is_rewritten_in_place(wire: Wire) -> None:
    body = (
        b'\n{ "messages" : [{"model":"x","content":"\\"model\\": \\"y\\" }"}],\t"model"\r\n:\n '
        b'"old \\" \\\\" , "mod":{"model":"z"},"x":[1.0,1e2, -0]  }\n '
    )
    assert wire.rewrite_model(body, 'new"ü') == body.replace(
        b'"old \\" \\\\"', '"new\\"ü"'.encode()
    )
    escaped = b'{"mod\\u0065l":null}'
    assert wire.rewrite_model(escaped, "n") == b'{"mod\\u0065l":"n"}'
    for bad in (b"{}", b'{"a":{"model":"x"}}', b'{"model":"a","model":"b"}', b"[1]", b""):
        with pytest.raises(ValueError, match="cannot be read"):
            wire.rewrite_model(bad, "n")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.just("model"), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    before=st.dictionaries(st.text(max_size=8), JSON, max_size=4),
    after=st.dictionaries(st.text(max_size=8), JSON, max_size=4),
    indent=st.sampled_from([None, 1, "\t"]),
    ascii_only=st.booleans(),
    model=st.text(min_size=1),
)
def test_any_body_keeps_every_other_byte(
    before: dict[str, Any], after: dict[str, Any], indent: Any, ascii_only: bool, model: str
) -> None:
    fields = {**before, **after}
    folded = [key.casefold() for key in fields]
    known = {"model", "stream", "stream_options", "messages", "tools", "max_tokens"}
    if len(set(folded)) < len(folded) or known & set(folded):
        return
    fields = {**before, "model": "@OLD@", **after}
    text = json.dumps(fields, indent=indent, ensure_ascii=ascii_only)
    if text.count('"@OLD@"') != 1:
        return
    rewritten = chat.rewrite_model(text.encode(), model).decode()
    head, tail = text.split('"@OLD@"')
    assert rewritten.startswith(head)
    assert rewritten.endswith(tail)
    assert json.loads(rewritten)["model"] == model


@pytest.mark.parametrize(
    ("body", "becomes"),
    [
        (
            '{"model":"m","stream":true}',
            '{"stream_options":{"include_usage":true},"model":"m","stream":true}',
        ),
        (
            ' { "stream" : true,"stream_options": null }',
            ' { "stream" : true,"stream_options": {"include_usage":true} }',
        ),
        (
            '{"stream":true,"stream_options":{"include_usage":false,"x":1}}',
            '{"stream":true,"stream_options":{"include_usage":true,"x":1}}',
        ),
    ],
)
def test_the_usage_option_is_added_in_place(body: str, becomes: str) -> None:
    assert chat.add_usage_option(body.encode()) == becomes.encode()


def test_the_usage_option_is_left_alone_where_it_stands_or_nothing_streams() -> None:
    for text in ('{"stream":true,"stream_options":{"include_usage":true}}', '{"model":"m"}', "{}"):
        body = text.encode()
        assert chat.add_usage_option(body) is body
    assert not spec(chat, stream=True).usage_asked


def test_refusals_have_the_callers_form() -> None:
    assert json.loads(chat.refusal("commandcenter: x", "cc_ended")) == {
        "error": {
            "message": "commandcenter: x",
            "type": "invalid_request_error",
            "code": "cc_ended",
        }
    }
    assert json.loads(anthropic.refusal("m", "c")) == {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "m", "code": "c"},
    }
    assert json.loads(ollama.refusal("m", "c")) == {"error": "m"}

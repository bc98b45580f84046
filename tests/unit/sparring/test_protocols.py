"""Each protocol over real HTTP: shapes, usage on the wire against the log, determinism."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

RUN = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
PATHS = {"chat": "/v1/chat/completions", "anthropic": "/v1/messages", "ollama": "/api/chat"}


def body_of(kind: str, text: str = "work", **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    function = {"name": "run", "description": "", "parameters": RUN}
    if kind == "anthropic":
        tools: list[dict[str, Any]] = [{"name": "run", "description": "", "input_schema": RUN}]
        more = {"max_tokens": 4096} | more
    else:
        tools = [{"type": "function", "function": function}]
    return {"model": "sparring-small", "messages": messages, "tools": tools} | more


def sse(text: str) -> list[dict[str, Any]]:
    datas = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(data) for data in datas if data != "[DONE]"]


async def test_chat_stream_has_usage_only_when_asked(opened: Any) -> None:
    async with opened() as bench:
        plain = await bench.client.post(PATHS["chat"], json=body_of("chat", stream=True))
        asked = body_of("chat", stream=True, stream_options={"include_usage": True})
        full = await bench.client.post(PATHS["chat"], json=asked)
        logged = bench.requests()
    assert plain.headers["content-type"] == "text/event-stream"
    assert plain.text.endswith("data: [DONE]\n\n")
    assert not any("usage" in frame for frame in sse(plain.text))
    frames = sse(full.text)
    assert all(frame["usage"] is None for frame in frames[:-1])
    assert frames[-1]["choices"] == []
    usage, true = frames[-1]["usage"], logged[1].end.usage
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (true.input, true.output)
    assert usage["completion_tokens_details"]["reasoning_tokens"] == true.thinking > 0
    deltas = [frame["choices"][0]["delta"] for frame in frames[:-1]]
    assert "".join(delta.get("content", "") for delta in deltas) == "one two three"
    parts = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert parts[0]["function"]["name"] == "run"
    arguments = "".join(part["function"]["arguments"] for part in parts)
    assert json.loads(arguments) == {"command": "true"}
    assert frames[-2]["choices"][0]["finish_reason"] == "tool_calls"


async def test_anthropic_stream_input_leaves_the_cache_out(opened: Any) -> None:
    body = body_of("anthropic", "x" * 20_000, stream=True)
    async with opened() as bench:
        await bench.client.post(PATHS["anthropic"], json=body)
        again = await bench.client.post(PATHS["anthropic"], json=body)
        logged = bench.requests()
    frames = sse(again.text)
    assert [frame["type"] for frame in frames][:3] == [
        "message_start",
        "ping",
        "content_block_start",
    ]
    usage, true = frames[0]["message"]["usage"], logged[1].end.usage
    assert usage["cache_read_input_tokens"] == true.cached_read > 1024
    assert usage["cache_creation_input_tokens"] == true.cached_write
    assert usage["input_tokens"] == true.input - true.cached_read - true.cached_write
    delta = next(frame for frame in frames if frame["type"] == "message_delta")
    assert delta["usage"]["output_tokens"] == true.output
    assert delta["delta"]["stop_reason"] == "tool_use"
    assert frames[-1]["type"] == "message_stop"
    pieces = [frame["delta"] for frame in frames if frame["type"] == "content_block_delta"]
    texts = "".join(piece.get("text", "") for piece in pieces)
    arguments = "".join(piece.get("partial_json", "") for piece in pieces)
    assert (texts, json.loads(arguments)) == ("one two three", {"command": "true"})


async def test_ollama_streams_lines_unless_told_not_to(opened: Any) -> None:
    async with opened() as bench:
        streamed = await bench.client.post(PATHS["ollama"], json=body_of("ollama"))
        whole = await bench.client.post(PATHS["ollama"], json=body_of("ollama", stream=False))
        logged = bench.requests()
    lines = [json.loads(line) for line in streamed.text.splitlines()]
    assert streamed.headers["content-type"] == "application/x-ndjson"
    assert "".join(line["message"]["content"] for line in lines) == "one two three"
    calls = [line["message"]["tool_calls"] for line in lines if "tool_calls" in line["message"]]
    assert calls == [[{"function": {"name": "run", "arguments": {"command": "true"}}}]]
    true = logged[0].end.usage
    assert [line["done"] for line in lines[-2:]] == [False, True]
    assert (lines[-1]["prompt_eval_count"], lines[-1]["eval_count"]) == (true.input, true.output)
    assert whole.json()["message"]["content"] == "one two three"
    assert whole.json()["message"]["tool_calls"] == calls[0]


@pytest.mark.parametrize("kind", ["chat", "anthropic"])
async def test_without_streaming(opened: Any, kind: str) -> None:
    async with opened() as bench:
        answer = (await bench.client.post(PATHS[kind], json=body_of(kind))).json()
        true = bench.requests()[0].end.usage
    if kind == "chat":
        assert answer["choices"][0]["message"]["content"] == "one two three"
        assert answer["choices"][0]["finish_reason"] == "tool_calls"
        assert answer["usage"]["completion_tokens"] == true.output
    else:
        assert [block["type"] for block in answer["content"]] == ["text", "tool_use"]
        assert answer["content"][1]["input"] == {"command": "true"}
        assert answer["usage"]["output_tokens"] == true.output


@pytest.mark.parametrize("kind", ["chat", "anthropic", "ollama"])
async def test_same_seed_same_bytes(opened: Any, kind: str) -> None:
    texts = []
    for _ in range(2):
        async with opened() as bench:
            answer = await bench.client.post(PATHS[kind], json=body_of(kind, stream=True))
            texts.append(timeless(answer.text))
    assert texts[0] == texts[1]


def timeless(text: str) -> str:
    """The answer without the moment it was made."""
    for frame in sse(text) or [json.loads(line) for line in text.splitlines()]:
        for key in ("created", "created_at"):
            text = text.replace(json.dumps(frame.get(key)), "0")
    return text


@pytest.mark.parametrize("kind", ["chat", "anthropic", "ollama"])
async def test_a_conversation_walks_through_its_script(opened: Any, kind: str) -> None:
    """Tool results in each protocol's own form move the script on; a text ends the turn."""
    said = []
    body = body_of(kind, stream=False)
    async with opened() as bench:
        for _ in range(3):
            answer = (await bench.client.post(PATHS[kind], json=body)).json()
            text = append_answer(kind, body["messages"], answer)
            said.append(text)
        positions = [logged.begin.position for logged in bench.requests()]
    assert said == ["one two three", "four", "five six"]
    assert positions == [0, 1, 2]


def append_answer(kind: str, messages: list[dict[str, Any]], answer: dict[str, Any]) -> str:
    """The conversation grows by the answer and the tool's result; returns the answer's text."""
    if kind == "anthropic":
        messages.append({"role": "assistant", "content": answer["content"]})
        uses = [block for block in answer["content"] if block["type"] == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": u["id"], "content": "ok"} for u in uses]
        messages.append({"role": "user", "content": results})
        return str(answer["content"][0]["text"])
    message = answer["choices"][0]["message"] if kind == "chat" else answer["message"]
    messages.append(message)
    for call in message.get("tool_calls", []):
        messages.append({"role": "tool", "tool_call_id": call.get("id", ""), "content": "ok"})
    return str(message["content"])


async def test_output_limit_ends_the_answer_and_drops_the_call(opened: Any) -> None:
    async with opened() as bench:
        answer = await bench.chat("work", max_tokens=8)
    choice = answer.json()["choices"][0]
    assert choice["finish_reason"] == "length"
    assert "tool_calls" not in choice["message"]


@pytest.mark.parametrize("kind", ["chat", "anthropic", "ollama"])
async def test_without_tools_four_words_or_the_schema(opened: Any, kind: str) -> None:
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "n": {"type": "integer", "minimum": 2}},
        "required": ["title", "n"],
    }
    asked: dict[str, dict[str, Any]] = {
        "chat": {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}},
        "anthropic": {"output_config": {"format": {"type": "json_schema", "schema": schema}}},
        "ollama": {"format": schema},
    }
    plain = body_of(kind, stream=False) | {"tools": []}
    async with opened() as bench:
        title = text_in(kind, await bench.client.post(PATHS[kind], json=plain))
        shaped = text_in(kind, await bench.client.post(PATHS[kind], json=plain | asked[kind]))
    assert len(title.split()) == 4
    assert json.loads(shaped) == {"title": "practice", "n": 2}


def text_in(kind: str, answer: httpx.Response) -> str:
    tree = answer.json()
    if kind == "anthropic":
        return str(tree["content"][0]["text"])
    message = tree["choices"][0]["message"] if kind == "chat" else tree["message"]
    return str(message["content"])


async def test_free_paths_and_the_key(opened: Any) -> None:
    async with opened() as bench:
        get: Callable[..., Any] = bench.client.get
        models = (await get("/v1/models")).json()
        assert models["data"][0]["id"] == "sparring-small"
        tags = (await get("/api/tags")).json()["models"]
        assert len(tags) == 3
        assert "version" in (await get("/api/version")).json()
        assert (await get("/v1/models", headers={"authorization": "Bearer no"})).status_code == 401
        assert (await get("/nowhere")).status_code == 404
        refused = await bench.client.post(
            PATHS["anthropic"], json=body_of("anthropic"), headers={"authorization": ""}
        )
        assert refused.json()["error"]["type"] == "authentication_error"
        counted = await bench.client.post("/v1/messages/count_tokens", json=body_of("anthropic"))
        assert counted.json()["input_tokens"] > 0
        key = {"authorization": "", "x-api-key": "sparring-test-key"}
        allowed = await bench.client.post(
            PATHS["anthropic"], json=body_of("anthropic"), headers=key
        )
        assert allowed.status_code == 200
        assert [logged.end.status for logged in bench.requests()] == [401, 200]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"model":"m"}',
        b'{"model":1,"messages":[]}',
        b'{"a":' * 5000,
        b'{"model":"m","messages":[],"tools":["run"]}',
        b'{"model":"m","messages":[],"tools":3}',
    ],
)
async def test_bad_bodies_are_400_and_logged(opened: Any, content: bytes) -> None:
    async with opened() as bench:
        answer = await bench.client.post(PATHS["chat"], content=content)
        logged = bench.requests()
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert logged[0].end.status == 400


async def test_unknown_directives_are_400(opened: Any) -> None:
    async with opened() as bench:
        for text in ("[[sparring script=none]]", "[[sparring wrong=1]]", "[[sparring rate=x]]"):
            assert (await bench.chat(text)).status_code == 400

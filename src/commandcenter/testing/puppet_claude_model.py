"""Where the stand-in for `claude` gets its answers: a real endpoint, or its own prompt."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

from commandcenter.testing.puppet_claude_tools import TOOLS

Json = dict[str, Any]
SLOW_S = 0.02


class BadAnswer(Exception):
    """The endpoint refused, or its answer broke off."""


async def called(url: str, model: str, messages: list[Json]) -> AsyncIterator[Json]:
    """The events of one real answer. Raises BadAnswer."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=1 << 24)
    try:
        writer.write(_request(where.netloc, f"{where.path}/v1/messages", model, messages))
        status = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].split(b" ")[1]
        if status != b"200":
            raise BadAnswer(f"{status.decode()} {(await reader.read(4_000)).decode()}")
        whole = False
        async for line in _lines(reader):
            if line.startswith(b"data:"):
                event = json.loads(line[5:])
                whole = whole or event["type"] == "message_stop"
                yield event
        if not whole:
            raise BadAnswer("the answer broke off")
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise BadAnswer(str(error)) from error
    finally:
        writer.close()


def _request(host: str, path: str, model: str, messages: list[Json]) -> bytes:
    body = json.dumps(
        {"model": model, "max_tokens": 999, "stream": True, "tools": TOOLS, "messages": messages}
    ).encode()
    head = {
        "host": host,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "anthropic-version": "2023-06-01",
        "connection": "close",
    }
    token = os.environ.get("ANTHROPIC_AUTH_TOKEN") or os.environ.get("CLAUDE_CODE_OAUTH_TOKEN", "")
    head["authorization"] = f"Bearer {token}"
    if "ANTHROPIC_AUTH_TOKEN" not in os.environ:
        head["anthropic-beta"] = "oauth-2025-04-20"
    for line in os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "").splitlines():
        name, _, value = line.partition(":")
        head[name.strip()] = value.strip()
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The lines of a chunked body."""
    kept = b""
    while size := int(await reader.readline() or b"0", 16):
        kept += (await reader.readexactly(size + 2))[:-2]
        *whole, kept = kept.split(b"\n")
        for line in whole:
            yield line.strip()


_TOOL: dict[str, Callable[[str], tuple[str, Json]]] = {
    "run": lambda rest: ("Bash", {"command": rest}),
    "read": lambda rest: ("Read", {"file_path": rest}),
    "todo": lambda rest: ("TodoWrite", {"todos": [{"content": rest, "status": "pending"}]}),
    "task": lambda rest: ("Task", {"description": rest, "prompt": rest}),
    "write": lambda rest: (
        "Write",
        dict(zip(("file_path", "content"), rest.split(" ", 1), strict=True)),
    ),
    "question": lambda rest: ("AskUserQuestion", {"questions": [_question(rest)]}),
}


def _question(rest: str) -> Json:
    text, *options = rest.split("|")
    return {"question": text, "options": [{"label": option} for option in options]}


async def scripted(messages: list[Json]) -> AsyncIterator[Json]:
    """The events of the answer that the newest prompt tells it to give."""
    at = max(n for n, one in enumerate(messages) if isinstance(one["content"], str) or _said(one))
    done = sum(one["role"] == "assistant" for one in messages[at:])
    lines = _step(_said(messages[at]).splitlines(), done)
    yield {
        "type": "message_start",
        "message": {"id": f"m{len(messages)}", "usage": {"input_tokens": 10}},
    }
    called_for = False
    for index, line in enumerate(lines):
        verb, _, rest = line.partition(" ")
        if verb == "die":
            os._exit(7)
        if verb == "fail":
            raise BadAnswer(rest)
        async for event in _block(verb, rest, index, f"c{len(messages)}"):
            yield event
        called_for = called_for or verb in _TOOL
    stop = "tool_use" if called_for else "end_turn"
    yield {"type": "message_delta", "delta": {"stop_reason": stop}}
    yield {"type": "message_stop"}


def _said(message: Json) -> str:
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(
        block["text"] for block in content if block["type"] == "text" and message["role"] == "user"
    )


def _step(lines: list[str], done: int) -> list[str]:
    """The lines of the step that follows `done` answers."""
    steps: list[list[str]] = [[]]
    for line in lines:
        steps[-1].append(line)
        if line.split(" ")[0] in _TOOL:
            steps.append([])
    return steps[done] if done < len(steps) else []


async def _block(verb: str, rest: str, index: int, call: str) -> AsyncIterator[Json]:
    name, args = _TOOL[verb](rest) if verb in _TOOL else ("", {})
    start: Json = {"type": "text", "text": ""}
    if name:
        start = {"type": "tool_use", "id": call, "name": name, "input": {}}
    yield {"type": "content_block_start", "index": index, "content_block": start}
    if name:
        delta = {"type": "input_json_delta", "partial_json": json.dumps(args)}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    else:
        for word in rest.split(" "):
            await asyncio.sleep(SLOW_S if verb == "slow" else 0)
            delta = {"type": "text_delta", "text": f"{word} "}
            yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}

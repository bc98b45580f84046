"""Where the stand-in for `codex` gets its answers: a real responses endpoint, or its own prompt."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
SLOW_S = 0.02
CALLS = frozenset({"run", "patch", "question", "agent", "plan", "web"})
_COMMAND = {"type": "object", "properties": {"cmd": {"type": "string"}}, "required": ["cmd"]}
TOOLS = [{"type": "function", "name": "exec_command", "description": "", "parameters": _COMMAND}]


class BadAnswer(Exception):
    """The endpoint refused, or its answer broke off."""


async def called(provider: Json, model: str, items: list[Json]) -> AsyncIterator[Json]:
    """The events of one real answer. Raises BadAnswer."""
    where = urlsplit(provider["base_url"])
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=1 << 24)
    try:
        writer.write(_request(where.netloc, f"{where.path}/responses", provider, model, items))
        status = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].split(b" ")[1]
        if status != b"200":
            body = (await reader.read(4_000)).decode()
            raise BadAnswer(body if status == b"400" else f"unexpected status {status.decode()}")
        whole = False
        async for line in _lines(reader):
            if line.startswith(b"data: {"):
                event = json.loads(line[6:])
                whole = whole or event["type"] == "response.completed"
                yield event
        if not whole:
            raise BadAnswer("stream disconnected before completion")
    except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
        raise BadAnswer(f"stream disconnected before completion: {error}") from error
    finally:
        writer.close()


def _request(host: str, path: str, provider: Json, model: str, items: list[Json]) -> bytes:
    body = json.dumps(
        {"model": model, "input": items, "tools": TOOLS, "stream": True, "store": False}
    ).encode()
    head = {
        "host": host,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **provider.get("http_headers", {}),
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The lines of a chunked body."""
    kept = b""
    while size := int(await reader.readline(), 16):
        kept += (await reader.readexactly(size + 2))[:-2]
        *whole, kept = kept.split(b"\n")
        for line in whole:
            yield line.strip()


async def scripted(items: list[Json]) -> AsyncIterator[Json]:
    """The events of the answer that the newest prompt tells it to give, a line each: `say TEXT`,
    `slow TEXT`, `think TEXT`, `fail TEXT`, and the tools of CALLS; it ends at each tool."""
    at = max(n for n, one in enumerate(items) if one.get("role") == "user")
    done = sum(one["type"] == "function_call" for one in items[at:])
    steps: list[list[str]] = [[]]
    for line in items[at]["content"][0]["text"].splitlines():
        steps[-1].append(line)
        if line.partition(" ")[0] in CALLS:
            steps.append([])
    for number, line in enumerate(steps[done] if done < len(steps) else []):
        verb, _, rest = line.partition(" ")
        async for event in _events(verb, rest, f"{verb}_{len(items)}_{number}"):
            yield event
    usage = {"input_tokens": 10 * len(items), "output_tokens": 5}
    yield {"type": "response.completed", "response": {"usage": usage}}


async def _events(verb: str, rest: str, id: str) -> AsyncIterator[Json]:
    if verb == "fail":
        raise BadAnswer(rest)
    if verb in CALLS:
        call = {"type": "function_call", "call_id": id, "name": verb, "arguments": rest}
        yield {"type": "response.output_item.done", "item": call}
        return
    kind = "reasoning" if verb == "think" else "message"
    delta = "response.reasoning_text.delta" if verb == "think" else "response.output_text.delta"
    yield {"type": "response.output_item.added", "item": {"type": kind, "id": id}}
    for word in rest.split(" "):
        await asyncio.sleep(SLOW_S if verb == "slow" else 0)
        yield {"type": delta, "item_id": id, "delta": f"{word} "}
    text = "".join(f"{word} " for word in rest.split(" "))
    content = [{"type": "output_text", "text": text}]
    done = {"type": kind, "id": id, "role": "assistant", "content": content}
    yield {"type": "response.output_item.done", "item": done}

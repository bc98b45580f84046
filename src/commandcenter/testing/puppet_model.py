"""The model behind a puppet agent: OpenAI chat at PUPPET_BASE_URL, with PUPPET_KEY."""

import json
import os
from collections.abc import AsyncIterator
from typing import Any

Json = dict[str, Any]
TOOLS = {
    "read": ("filePath",),
    "write": ("filePath", "content"),
    "edit": ("filePath", "oldString", "newString"),
    "bash": ("command",),
}
"""Tools of a puppet and the arguments of each."""


class Refusal(Exception):
    """A JSON-RPC error, ours or the client's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


async def answer(messages: list[Json], model: str) -> AsyncIterator[Json]:
    """The deltas of one answer. Raises Refusal."""
    import httpx  # only a puppet that has a model needs it

    body = {"model": model, "messages": messages, "stream": True, "tools": _tools()}
    headers = {"authorization": f"Bearer {os.environ.get('PUPPET_KEY', '')}"}
    url = os.environ["PUPPET_BASE_URL"] + "/chat/completions"
    timeout = httpx.Timeout(None, connect=5.0)
    async with (
        httpx.AsyncClient(timeout=timeout, trust_env=False) as client,
        client.stream("POST", url, json=body, headers=headers) as answer,
    ):
        if answer.status_code != 200:
            await answer.aread()
            raise Refusal(-32603, f"the model answers {answer.status_code}")
        try:
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    choices = json.loads(line[6:]).get("choices")
                    if choices:
                        yield choices[0]["delta"]
        except httpx.HTTPError as error:
            raise Refusal(-32603, f"the model broke off: {error}") from error


def _tools() -> list[Json]:
    text = {"type": "string"}
    shapes = {
        name: {"type": "object", "properties": dict.fromkeys(args, text), "required": list(args)}
        for name, args in TOOLS.items()
    }
    return [
        {"type": "function", "function": {"name": name, "description": name, "parameters": shape}}
        for name, shape in shapes.items()
    ]


def join(calls: list[Json], piece: Json) -> None:
    """A piece of a tool call that arrives in pieces."""
    while len(calls) <= piece["index"]:
        calls.append({"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
    call, function = calls[piece["index"]], piece.get("function") or {}
    call["id"] = piece.get("id") or call["id"]
    call["function"]["name"] = function.get("name") or call["function"]["name"]
    call["function"]["arguments"] += function.get("arguments") or ""

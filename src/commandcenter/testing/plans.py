"""A person's plan in tests: their client with its own login, and a vendor that counts windows."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from commandcenter.core.base import NS
from commandcenter.gate.base import Route
from commandcenter.gate.server import GateServer
from commandcenter.testing.gate import GateKit, Ticking
from commandcenter.testing.upstream import Served

BEARER = "sparring-login-MARKED-0123456789"
"""Of a practice login; to be found in no fact, log or repr."""
Agent = Literal["claude", "codex"]
PATHS: dict[str, str] = {"claude": "/v1/messages", "codex": "/responses"}
KINDS: dict[str, Literal["anthropic", "responses"]] = {
    "claude": "anthropic",
    "codex": "responses",
}


@dataclass
class PlanAnswer:
    """A script: a short answer in the protocol that was asked, with these headers beside it."""

    headers: Mapping[str, str] = field(default_factory=dict)
    words: int = 3
    input: int = 100
    gap_s: float = 0.0
    status: int = 200
    body: object = None

    async def __call__(self, served: Served) -> None:
        """Write the answer, or the refusal of another status."""
        if self.status != 200:
            told = self.body or {"type": "error", "error": {"type": "no", "message": "no"}}
            served.whole(self.status, told, self.headers)
            return
        served.input, served.output = self.input, self.words
        served.head(headers={"content-type": "text/event-stream", **self.headers})
        events = _responses(self) if served.target.endswith("/responses") else _messages(self)
        for event in events:
            served.send(b"data: " + json.dumps(event).encode() + b"\n\n")
            await served.writer.drain()
            if self.gap_s:
                await asyncio.sleep(self.gap_s)
        served.end()


class Person:
    """A person's own client in a session of the gate: its login in `Authorization`."""

    broken = httpx.RemoteProtocolError
    """How it meets an answer that was cut."""

    def __init__(self, kit: GateKit, server: GateServer, thread: int = 1) -> None:
        self.kit = kit
        self.server = server
        self.thread = thread
        self.client = httpx.AsyncClient(trust_env=False, timeout=20.0)
        self.headers: dict[str, str] = {}
        self.url = self.secret = ""

    def open(self, agent: str = "claude", epoch: int = 1, **route: Any) -> None:
        """A session of the agent on the account `plan-<agent>`, or on the one given."""
        given = {"account": f"plan-{agent}", "model": "", "agent": agent, **route}
        address = self.kit.gate.open(self.thread, epoch, Route(**given))
        self.url, self.secret = address.url, address.secret
        self.headers = {"x-cc-secret": self.secret, "authorization": f"Bearer {BEARER}"}
        if agent == "codex":
            self.headers["chatgpt-account-id"] = "acc-1"

    async def ask(self, body: bytes, path: str = "/v1/messages", **more: str) -> httpx.Response:
        """One call; `more` = headers, `_` for `-`, empty = not sent."""
        changed = {name.replace("_", "-"): value for name, value in more.items()}
        headers = {"content-type": "application/json", **self.headers, **changed}
        sent = {name: value for name, value in headers.items() if value}
        return await self.client.post(self.url + path, content=body, headers=sent)

    async def free(self, path: str = "/v1/models", **more: str) -> httpx.Response:
        """The list of models."""
        changed = {name.replace("_", "-"): value for name, value in more.items()}
        headers = {**self.headers, **changed}
        sent = {name: value for name, value in headers.items() if value}
        return await self.client.get(self.url + path, headers=sent)

    async def close(self) -> None:
        """Its connections end."""
        await self.client.aclose()


def now() -> float:
    """Unix seconds, as a vendor's clock has them."""
    return Ticking().wall() / NS


def add_plan(kit: GateKit, url: str, agent: Agent = "claude", cap: int = 8) -> None:
    """A practice plan account `plan-<agent>`, and the player's word that its login may pass."""
    kit.add(f"plan-{agent}", url, cap, kind=KINDS[agent], auth="login", agent=agent)
    kit.gate.logins(frozenset({"claude", "codex"}))


def said(text: str, tools: bool = True, **fields: Any) -> bytes:
    """A messages request's body, written as no encoder of ours would."""
    told = {"messages": [{"role": "user", "content": text}], "max_tokens": 100, **fields}
    if tools:
        told["tools"] = [{"name": "run", "input_schema": {"type": "object"}}]
    body = json.dumps({"system": [{"type": "text", "text": "Größe"}], **told}, indent=1)
    return body.encode().replace(b"{\n", b'{ "model" : "sparring-small",\n', 1)


def asked(text: str, **fields: Any) -> bytes:
    """A responses request's body."""
    return json.dumps({"model": "sparring-small", "input": text, "stream": True, **fields}).encode()


def unified(used: float, reset_s: float, status: str = "allowed") -> dict[str, str]:
    """Anthropic's window headers: 5 h at `used`, 7 d at a tenth of it; `reset_s` Unix seconds."""
    name = "anthropic-ratelimit-unified"
    return {
        f"{name}-status": status,
        f"{name}-5h-utilization": f"{used:.4f}",
        f"{name}-5h-reset": str(reset_s),
        f"{name}-7d-utilization": f"{used / 10:.4f}",
        f"{name}-7d-reset": str(reset_s + 86_400),
    }


def _messages(answer: PlanAnswer) -> list[dict[str, Any]]:
    usage = {"input_tokens": answer.input, "output_tokens": 1}
    delta = {"type": "text_delta", "text": "word "}
    said = {"type": "content_block_delta", "index": 0, "delta": delta}
    return [
        {"type": "message_start", "message": {"id": "msg_1", "usage": usage}},
        *([said] * answer.words),
        {"type": "message_delta", "delta": {}, "usage": {"output_tokens": answer.words}},
        {"type": "message_stop"},
    ]


def _responses(answer: PlanAnswer) -> list[dict[str, Any]]:
    usage = {"input_tokens": answer.input, "output_tokens": answer.words}
    return [
        {"type": "response.created", "response": {"id": "resp_1"}},
        *([{"type": "response.output_text.delta", "delta": "word "}] * answer.words),
        {"type": "response.completed", "response": {"id": "resp_1", "usage": usage}},
    ]

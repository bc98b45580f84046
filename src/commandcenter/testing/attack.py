"""A gate under attack: raw sockets against two sessions, and what the provider was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from commandcenter.gate.base import Route
from commandcenter.gate.server import GateServer, ServerSettings
from commandcenter.testing.gate import GateKit, raw
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream

BODY = raw("hi", stream=True)
PATH = "/t/1/v1/chat/completions"
SETTINGS = ServerSettings(
    head_s=0.15, body_s=0.15, idle_s=0.3, punish_s=0.05, total=40, per_thread=20
)


@dataclass
class Attack:
    """The gate with two sessions, and what an attacker knows or guesses of them."""

    kit: GateKit
    upstream: ScriptedUpstream
    port: int
    secret: str
    old: str
    other: str

    @property
    def host(self) -> str:
        """What the Host header must be."""
        return f"127.0.0.1:{self.port}"

    def post(self, **changed: str) -> bytes:
        """A good request, changed: method, path, host, secret header, more header lines, body."""
        path = changed.get("path", PATH)
        lines = [f"{changed.get('method', 'POST')} {path} {changed.get('version', 'HTTP/1.1')}"]
        lines.append(f"Host: {changed.get('host', self.host)}")
        if secret := changed.get("secret", f"authorization: Bearer {self.secret}"):
            lines.append(secret)
        lines.append(changed.get("length", f"content-length: {len(BODY)}"))
        lines += [changed["more"]] if "more" in changed else []
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + BODY

    async def send(self, *parts: bytes, gap_s: float = 0.0) -> bytes:
        """Everything the gate says to these bytes until it is silent or gone."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(gap_s)
            async with asyncio.timeout(3):
                return await answered(reader)
        except ConnectionError:
            return b""
        finally:
            writer.transport.abort()


async def answered(reader: asyncio.StreamReader) -> bytes:
    """One answer, or what came of it until the connection ended."""
    got = b""
    try:
        while data := await reader.read(65_536):
            got += data
            head, found, body = got.partition(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
            if found and (got.endswith(b"0\r\n\r\n") or (length and len(body) >= int(length))):
                break
    except ConnectionError:
        pass
    return got


@asynccontextmanager
async def attacked() -> AsyncIterator[Attack]:
    """Two sessions on one chat account; an older epoch of the first is known too."""
    kit = GateKit()
    async with ScriptedUpstream(ChatAnswer(words=2)) as upstream:
        kit.add("a", upstream.url)
        server = GateServer(kit.gate, SETTINGS)
        port = await server.start()
        route = Route("a", "sparring-small")
        old = kit.gate.open(1, 1, route).secret
        secret = kit.gate.open(1, 2, route).secret
        other = kit.gate.open(2, 1, route).secret
        yield Attack(kit, upstream, port, secret, old, other)
        await server.stop()
        await kit.stop()

"""Headers, addresses and TLS towards the provider."""

import asyncio
import ssl
from pathlib import Path

import pytest

from commandcenter.config.accounts import Account
from commandcenter.gate.base import GateRefused, GateSettings
from commandcenter.gate.headers import headers_down, headers_up, target
from commandcenter.testing.gate import GateKit
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream, Served

PEM = Path(__file__).with_name("self_signed.pem")
CHAT = "/v1/chat/completions"


@pytest.mark.parametrize(
    ("kind", "base", "path", "whole"),
    [
        ("chat", "https://api.openai.com/v1", CHAT, "/v1/chat/completions"),
        ("chat", "https://api.openai.com/v1/", "/chat/completions", "/v1/chat/completions"),
        ("chat", "https://api.openai.com", "/chat/completions", "/v1/chat/completions"),
        ("chat", "https://openrouter.ai/api/v1", CHAT, "/api/v1/chat/completions"),
        ("chat", "https://g.example/v1beta/openai", CHAT, "/v1beta/openai/chat/completions"),
        ("anthropic", "https://api.anthropic.com", "/v1/messages", "/v1/messages"),
        ("anthropic", "https://api.anthropic.com/v1", "/v1/messages", "/v1/messages"),
        ("anthropic", "https://z.example/anthropic", "/v1/messages", "/anthropic/v1/messages"),
        ("ollama", "http://127.0.0.1:11434", "/api/chat", "/api/chat"),
        ("ollama", "http://127.0.0.1:11434/api", "/api/chat", "/api/chat"),
    ],
)
def test_where_a_request_goes(kind: str, base: str, path: str, whole: str) -> None:
    account = Account("a", kind, base)  # type: ignore[arg-type]  # a kind of the table above
    assert target(account, path, "") == whole
    assert target(account, path, "beta=true&key=secret&x=") == f"{whole}?beta=true&x="


def test_what_goes_up() -> None:
    names = "content-type accept user-agent anthropic-version openai-beta x-stainless-lang x-app"
    kept = tuple((name.encode(), b"v") for name in names.split())
    private = ((b"x-claude-code-session-id", b"p"), (b"session_id", b"p"))
    dropped = tuple(
        (name, b"v")
        for name in (b"host", b"cookie", b"authorization", b"x-api-key", b"api-key", b"te")
    )
    other = Account("a", "chat", "https://llm.example.com/v1")
    assert headers_up((*kept, *private, *dropped), other, "sk") == (
        *kept,
        (b"accept-encoding", b"identity"),
        (b"authorization", b"Bearer sk"),
    )
    vendor = Account("a", "anthropic", "https://api.anthropic.com")
    assert headers_up(private, vendor, "sk") == (
        *private,
        (b"accept-encoding", b"identity"),
        (b"x-api-key", b"sk"),
    )
    assert headers_up((), other, None) == ((b"accept-encoding", b"identity"),)


def test_what_comes_down() -> None:
    told = (
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"content-length", b"5"),
        (b"retry-after", b"3"),
        (b"anthropic-ratelimit-tokens-remaining", b"9"),
        (b"set-cookie", b"a=b"),
        (b"connection", b"keep-alive, x-hop"),
        (b"x-hop", b"1"),
        (b"transfer-encoding", b"chunked"),
    )
    assert headers_down(told) == (told[0], told[2], told[3])
    whole = ((b"content-type", b"application/json"), (b"content-length", b"5"))
    assert headers_down(whole) == whole


async def test_an_unverified_certificate_is_refused(kit: GateKit) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    kit.settings = GateSettings(tries=1)
    kit.add("a", f"https://localhost:{port}")
    kit.open(1)
    with pytest.raises(GateRefused, match="certificate"):
        await kit.ask(1)
    server.close()
    await server.wait_closed()
    assert seen in ([], [b""])


async def test_a_unix_socket_is_an_upstream_too(kit: GateKit, tmp_path: Path) -> None:
    async with ScriptedUpstream(ChatAnswer(words=3)) as upstream:
        server = await asyncio.start_unix_server(upstream._connected, str(tmp_path / "s"))
        kit.add("a", "http://sparring", socket=str(tmp_path / "s"))
        kit.open(1)
        assert (await kit.ask(1)).count(b"word") == 3
        assert upstream.served[0].headers["host"] == "sparring"
        server.close()


async def test_a_compressed_answer_is_no_answer(kit: GateKit) -> None:
    async def squeezed(served: Served) -> None:
        served.head(200, {"content-type": "text/event-stream", "content-encoding": "gzip"})
        served.send(b"\x1f\x8b")
        served.end()

    kit.settings = GateSettings(tries=2, backoff_s=0.01)
    async with ScriptedUpstream(squeezed) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        with pytest.raises(GateRefused, match="compressed"):
            await kit.ask(1)


async def test_an_answer_over_its_limit_is_cut(kit: GateKit) -> None:
    async def endless(served: Served) -> None:
        served.head()
        while not served.closed.is_set():
            served.send(b'data: {"choices":[]}\n\n' * 50)
            await served.writer.drain()
            await asyncio.sleep(0)

    kit.settings = GateSettings(answer_bytes=100_000)
    async with ScriptedUpstream(endless) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        with pytest.raises(Exception, match="cut"):
            await kit.ask(1)


async def test_a_key_that_cannot_be_read_is_told(kit: GateKit) -> None:
    def locked(ref: str) -> str | None:
        raise PermissionError(ref)

    kit.add("a", "http://127.0.0.1:9", key_ref="k")
    kit.open(1)
    accounts = kit.gate._admission.accounts
    kit.gate.accounts(type(accounts)(accounts.table, locked))
    with pytest.raises(GateRefused, match="cannot be read"):
        await kit.ask(1)
    await kit.settled()
    assert "CallAdmitted" not in kit.kinds()

"""The HTTP side: a foreign agent's call over a real socket, refusals, cuts, free calls."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from commandcenter.core.events import CallRefused, CallSettled, GateProbe
from commandcenter.gate.base import Route, Scope
from commandcenter.gate.server import GateServer
from commandcenter.testing.gate import GateKit, raw
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream, Served


class Agent:
    """A session of thread 1 as a foreign client has it."""

    def __init__(self, kit: GateKit, server: GateServer) -> None:
        self.kit = kit
        self.server = server
        self.client = httpx.AsyncClient(trust_env=False)
        self.route()

    def route(self, account: str = "a", model: str = "sparring-small") -> None:
        address = self.kit.gate.open(1, 1, Route(account, model, operation="op"))
        self.url, self.secret = address.url, address.secret
        self.client.headers["authorization"] = f"Bearer {self.secret}"

    async def ask(self, body: bytes, path: str = "/v1/chat/completions") -> httpx.Response:
        headers = {"content-type": "application/json"}
        return await self.client.post(self.url + path, content=body, headers=headers)


@pytest_asyncio.fixture
async def agent(kit: GateKit) -> AsyncIterator[Agent]:
    kit.add("a", "http://127.0.0.1:9")
    server = GateServer(kit.gate)
    await server.start()
    agent = Agent(kit, server)
    yield agent
    await agent.client.aclose()
    await server.stop()


async def test_a_stream_passes_with_usage_swallowed(agent: Agent) -> None:
    async with ScriptedUpstream(ChatAnswer(words=7, input=50)) as upstream:
        agent.kit.add("a", upstream.url)
        answer = await agent.ask(raw("hi", stream=True))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.text.count("word") == 7
        assert "usage" not in answer.text
        assert upstream.served[0].json["stream_options"] == {"include_usage": True}
        assert agent.secret not in str(upstream.served[0].headers)
        await agent.kit.settled()
    settled = agent.kit.events(CallSettled)[0]
    assert (settled.usage.input, settled.usage.output, settled.usage.counts) == (50, 7, "exact")


async def test_keep_alive_carries_the_next_call(agent: Agent) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        agent.kit.add("a", upstream.url)
        for _ in range(4):
            assert (await agent.ask(raw("hi", stream=True))).status_code == 200
        assert len(agent.server._connections) == 1
        assert len(upstream.served) == 4


async def test_the_body_is_the_same_but_for_the_model(agent: Agent) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        agent.kit.add("a", upstream.url)
        agent.kit.gate.route(1, Route("a", "sparring-large"))
        odd = b'{ "messages":[{"role":"user","content":"model \\u00e9"}] ,"model" : "x-1", "n":1 }'
        await agent.ask(odd)
        assert upstream.served[0].body == odd.replace(b'"x-1"', b'"sparring-large"')


async def test_the_accounts_key_goes_up_and_no_credential_of_the_agent(agent: Agent) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        agent.kit.add("a", upstream.url, key_ref="k")
        agent.kit.keys["k"] = "sk-real"
        more = {"x-forwarded-for": "1.2.3.4", "cookie": "a=b", "x-cc-note": "n"}
        more |= {"anthropic-beta": "b1", "x-claude-code-session": "private", "api-key": "sk-mine"}
        url = agent.url + "/v1/chat/completions?key=leak&beta=true"
        await agent.client.post(url, content=raw("hi", stream=True), headers=more)
        seen = upstream.served[0]
        assert seen.headers["authorization"] == "Bearer sk-real"
        assert seen.headers["accept-encoding"] == "identity"
        assert seen.headers["anthropic-beta"] == "b1"
        assert seen.target == "/v1/chat/completions?beta=true"
        gone = {"x-forwarded-for", "cookie", "x-cc-note", "x-claude-code-session", "api-key"}
        assert not gone & set(seen.headers)


async def test_a_cut_stream_ends_without_a_last_chunk(agent: Agent) -> None:
    async with ScriptedUpstream(ChatAnswer(words=10, cut_after=4)) as upstream:
        agent.kit.add("a", upstream.url)
        reader, writer = await asyncio.open_connection("127.0.0.1", _port(agent))
        writer.write(_post(agent, raw("hi", stream=True)))
        got = await _rest(reader)
        writer.close()
        await agent.kit.settled()
    assert got.count(b"word") == 4
    assert not got.endswith(b"0\r\n\r\n")
    assert b"[DONE]" not in got
    assert agent.kit.events(CallSettled)[0].end == "cut"


async def test_cut_by_us_aborts_both_sides_within_100_ms(agent: Agent) -> None:
    async with ScriptedUpstream(ChatAnswer(words=900, gap_s=0.01)) as upstream:
        agent.kit.add("a", upstream.url)
        reader, writer = await asyncio.open_connection("127.0.0.1", _port(agent))
        writer.write(_post(agent, raw("hi", stream=True)))
        await reader.readuntil(b"word3")
        agent.kit.gate.cut(Scope("all"), "spend_freeze")
        async with asyncio.timeout(0.1):
            await upstream.served[0].closed.wait()
            assert not (await _rest(reader)).endswith(b"0\r\n\r\n")
        writer.close()


async def test_a_client_that_leaves_while_it_waits_is_seen(agent: Agent) -> None:
    agent.kit.gate.hold(1, "player")
    _, writer = await asyncio.open_connection("127.0.0.1", _port(agent))
    writer.write(_post(agent, raw("hi")))
    await agent.kit.until(lambda: agent.kit.gate.view().waiting == 1)
    writer.transport.abort()
    await agent.kit.until(lambda: agent.kit.gate.view().waiting == 0, 0.1)


async def test_a_client_that_leaves_mid_answer_ends_it_upstream(agent: Agent) -> None:
    async with ScriptedUpstream(ChatAnswer(words=900, gap_s=0.01)) as upstream:
        agent.kit.add("a", upstream.url)
        reader, writer = await asyncio.open_connection("127.0.0.1", _port(agent))
        writer.write(_post(agent, raw("hi", stream=True)))
        await reader.readuntil(b"word3")
        writer.transport.abort()
        async with asyncio.timeout(0.1):
            await upstream.served[0].closed.wait()
        await agent.kit.settled()
        assert agent.kit.events(CallSettled)[0].end == "client_gone"


async def test_a_client_that_hangs_up_at_the_end_mark_has_its_whole_answer(agent: Agent) -> None:
    """Codex does so: the provider's last byte is still on its way."""

    async def script(served: Served) -> None:
        served.head(200, {"content-type": "text/event-stream"})
        said = {"id": "c", "choices": [{"index": 0, "delta": {"content": "yes"}}]}
        over = {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        used = {"id": "c", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}
        for part in (said, over, used):
            served.send(b"data: " + json.dumps(part).encode() + b"\n\n")
        served.send(b"data: [DONE]\n\n")
        await served.closed.wait()

    async with ScriptedUpstream(script) as upstream:
        agent.kit.add("a", upstream.url)
        reader, writer = await asyncio.open_connection("127.0.0.1", _port(agent))
        writer.write(_post(agent, raw("hi", stream=True)))
        await reader.readuntil(b"[DONE]")
        writer.transport.abort()
        await agent.kit.until(lambda: agent.kit.events(CallSettled))
        settled = agent.kit.events(CallSettled)[0]
    assert (settled.end, settled.usage.input, settled.usage.output) == ("complete", 3, 1)


async def test_under_drain_a_client_may_leave_and_the_answer_is_read_to_its_end(
    agent: Agent,
) -> None:
    async with ScriptedUpstream(ChatAnswer(words=30, gap_s=0.004)) as upstream:
        agent.kit.add("a", upstream.url)
        reader, writer = await asyncio.open_connection("127.0.0.1", _port(agent))
        writer.write(_post(agent, raw("hi", stream=True)))
        await reader.readuntil(b"word3")
        agent.kit.gate.drain(1, True)
        writer.transport.abort()
        await agent.kit.until(lambda: agent.kit.events(CallSettled))
        agent.kit.gate.drain(1, False)
    settled = agent.kit.events(CallSettled)[0]
    assert (settled.end, settled.usage.output) == ("complete", 30)


async def test_freeze_and_thaw_over_http_gives_the_whole_text_once(agent: Agent) -> None:
    async with ScriptedUpstream(ChatAnswer(words=30, gap_s=0.004)) as upstream:
        agent.kit.add("a", upstream.url)
        asking = asyncio.create_task(agent.ask(raw("hi", stream=True)), name="ask")
        await agent.kit.until(lambda: upstream.served and upstream.served[0].output > 3)
        agent.kit.gate.drain(1, True)
        await agent.kit.until(lambda: agent.kit.events(CallSettled))
        assert not asking.done()
        agent.kit.gate.drain(1, False)
        answer = await asyncio.wait_for(asking, 1)
        assert answer.text.count("word") == 30
        assert len(upstream.served) == 1


async def test_a_slow_agent_slows_the_provider(agent: Agent) -> None:
    sent = 0

    async def flood(served: Served) -> None:
        nonlocal sent
        served.head()
        for _ in range(400):
            served.send(b"data: " + b"x" * 65_536 + b"\n\n")
            await served.writer.drain()
            sent += 65_536
        served.end()

    async with ScriptedUpstream(flood) as upstream:
        agent.kit.add("a", upstream.url)
        reader, writer = await asyncio.open_connection("127.0.0.1", _port(agent), limit=65_536)
        writer.write(_post(agent, raw("hi", stream=True)))
        await agent.kit.until(lambda: sent > 0)
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.05)
        assert sent < 22 * 1024 * 1024
        got = len(await _until(reader, b"0\r\n\r\n"))
        assert got > 400 * 65_536
        writer.close()


async def test_refusals_speak_the_callers_protocol(agent: Agent) -> None:
    agent.kit.gate.close(1, 1)
    agent.route(account="missing")
    for path, form in (
        ("/v1/chat/completions", "openai"),
        ("/v1/messages", "anthropic"),
        ("/api/chat", "ollama"),
    ):
        fields = {"max_tokens": 5}
        answer = await agent.ask(raw("hi", **fields), path)
        assert answer.status_code == 400
        error = answer.json()["error"]
        text = error if form == "ollama" else error["message"]
        assert text.startswith("commandcenter: ")
        assert "; " in text
        if form == "anthropic":
            assert answer.json()["type"] == "error"
    await agent.kit.settled()
    assert {event.code for event in agent.kit.events(CallRefused)} == {"cc_account"}


async def test_a_foreign_protocol_is_refused(agent: Agent) -> None:
    answer = await agent.ask(raw("hi", max_tokens=5), "/v1/messages")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "cc_protocol"


async def test_unreadable_bodies_are_refused(agent: Agent) -> None:
    deep = b'{"model":"m","messages":' + b"[" * 500 + b"]" * 500 + b"}"
    for body in (b"", b"nonsense", b"[]", deep, b'{"model":' + b"9" * 5000 + b"}"):
        answer = await agent.ask(body)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "cc_body"


async def test_model_lists_are_the_threads_own(agent: Agent) -> None:
    listed = (await agent.client.get(agent.url + "/v1/models")).json()
    assert [model["id"] for model in listed["data"]] == ["sparring-small"]
    agent.kit.add("an", "http://127.0.0.1:9", kind="anthropic")
    agent.kit.gate.route(1, Route("an", "m1", {"m2": "m1"}))
    listed = (await agent.client.get(agent.url + "/v1/models")).json()
    assert [model["id"] for model in listed["data"]] == ["m1", "m2"]


async def test_count_tokens_is_forwarded_unmetered_even_when_held(agent: Agent) -> None:
    async def count(served: Served) -> None:
        served.whole(200, {"input_tokens": 7})

    async with ScriptedUpstream(count) as upstream:
        agent.kit.add("a", upstream.url, kind="anthropic")
        agent.kit.gate.hold(1, "player")
        answer = await agent.ask(raw("hi"), "/v1/messages/count_tokens")
        assert answer.json() == {"input_tokens": 7}
        assert upstream.served[0].target == "/v1/messages/count_tokens"
    assert not agent.kit.facts


async def test_head_is_answered_and_unknown_paths_are_noted_once(agent: Agent) -> None:
    root = agent.url.partition("/t/")[0]
    assert (await agent.client.head(root + "/")).status_code == 200
    assert (await agent.client.head(agent.url + "/v1/chat/completions")).status_code == 200
    for _ in range(3):
        answer = await agent.client.get(agent.url + "/v1/embeddings")
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "cc_unknown_path"
    await agent.kit.settled()
    assert [probe.path for probe in agent.kit.events(GateProbe)] == ["/v1/embeddings"]


async def test_the_providers_400_passes_unchanged(agent: Agent) -> None:
    async def too_long(served: Served) -> None:
        served.whole(413, {"error": "prompt too long"}, {"request-id": "r1", "set-cookie": "a=b"})

    async with ScriptedUpstream(too_long) as upstream:
        agent.kit.add("a", upstream.url)
        answer = await agent.ask(raw("hi"))
    assert answer.status_code == 413
    assert json.loads(answer.content) == {"error": "prompt too long"}
    assert answer.headers["request-id"] == "r1"
    assert "set-cookie" not in answer.headers


async def test_the_listener_is_on_loopback_alone_and_keeps_its_port(kit: GateKit) -> None:
    server, other = GateServer(kit.gate), GateServer(kit.gate)
    port = await server.start()
    assert server._server is not None
    assert [sock.getsockname() for sock in server._server.sockets] == [("127.0.0.1", port)]
    assert await other.start(port) != port
    await other.stop()
    await server.stop()
    again = GateServer(kit.gate)
    assert await again.start(port) == port
    await again.stop()


def _port(agent: Agent) -> int:
    return int(agent.kit.gate.where.rpartition(":")[2])


def _post(agent: Agent, body: bytes) -> bytes:
    head = f"POST /t/1/v1/chat/completions HTTP/1.1\r\nHost: {agent.kit.gate.where}\r\n"
    head += f"x-cc-secret: {agent.secret}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _until(reader: asyncio.StreamReader, mark: bytes) -> bytes:
    got = b""
    while not got.endswith(mark):
        data = await reader.read(1 << 20)
        assert data
        got += data
    return got


async def _rest(reader: asyncio.StreamReader) -> bytes:
    got = b""
    try:
        while data := await reader.read(65_536):
            got += data
    except ConnectionError:
        pass
    return got


async def test_a_model_changes_from_the_next_turn_when_thinking_is_bound_to_it(
    agent: Agent,
) -> None:
    async def refuse(served: Served) -> None:
        served.whole(400, {"type": "error", "error": {"message": "seen"}})

    thinking = {"type": "thinking", "thinking": "t", "signature": "s"}
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [thinking, {"type": "text", "text": "ok"}]},
        {"role": "user", "content": "go on"},
    ]
    body = json.dumps({"model": "m1", "max_tokens": 9, "messages": messages}).encode()
    async with ScriptedUpstream(refuse) as upstream:
        agent.kit.add("a", upstream.url, kind="anthropic")
        agent.kit.gate.turn(1, 1)
        agent.kit.gate.route(1, Route("a", "m1"))
        await agent.ask(body, "/v1/messages")
        agent.kit.gate.route(1, Route("a", "m2"))
        await agent.ask(body, "/v1/messages")
        agent.kit.gate.turn(1, 2)
        await agent.ask(body, "/v1/messages")
        assert [served.json["model"] for served in upstream.served] == ["m1", "m1", "m2"]

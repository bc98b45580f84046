"""The hostile list of gate.md 9: over raw sockets, 0 of them reach the provider."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from commandcenter.core.events import AlertRaised
from commandcenter.gate.base import GateRefused, Route
from commandcenter.gate.door import NOT_ACCEPTED
from commandcenter.gate.peer import is_ours, peer_uid
from commandcenter.gate.server import GateServer, ServerSettings
from commandcenter.testing.gate import GateKit, raw
from commandcenter.testing.plans import PlanAnswer, add_plan, said
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream
from commandcenter.wires.base import WireRequest

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
                return await _answer(reader)
        except ConnectionError:
            return b""
        finally:
            writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> bytes:
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


@pytest_asyncio.fixture
async def attack() -> AsyncIterator[Attack]:
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


async def test_the_good_request_is_served_so_that_the_rest_means_something(attack: Attack) -> None:
    for secret in (
        f"authorization: Bearer {attack.secret}",
        f"x-cc-secret: {attack.secret}",
        f"x-api-key: {attack.secret}",
        f"x-goog-api-key: {attack.secret}",
    ):
        assert b"word1" in await attack.send(attack.post(secret=secret))
    in_query = attack.post(secret="", path=f"{PATH}?key={attack.secret}")
    in_path = attack.post(secret="", path=f"/k/{attack.secret}{PATH}")
    for good in (in_query, in_path):
        assert b"word1" in await attack.send(good)
    assert len(attack.upstream.served) == 6


Bad = Callable[[Attack], bytes]
NO_SECRET: dict[str, Bad] = {
    "none": lambda a: a.post(secret=""),
    "wrong": lambda a: a.post(secret="authorization: Bearer cct_" + "A" * 43),
    "short": lambda a: a.post(secret="authorization: Bearer cct_"),
    "a prefix of the right one": lambda a: a.post(secret=f"x-cc-secret: {a.secret[:-1]}"),
    "old": lambda a: a.post(secret=f"authorization: Bearer {a.old}"),
    "other thread's": lambda a: a.post(secret=f"authorization: Bearer {a.other}"),
    "right secret, other path": lambda a: a.post(path="/t/2/v1/chat/completions"),
    "two secrets": lambda a: a.post(more=f"x-api-key: {a.other}"),
    "duplicate auth": lambda a: a.post(more=f"authorization: Bearer {a.secret}"),
    "duplicate key": lambda a: a.post(more=f"x-api-key: {a.secret}\r\nx-api-key: {a.secret}"),
    "cookie only": lambda a: a.post(secret=f"cookie: secret={a.secret}"),
    "basic": lambda a: a.post(secret=f"authorization: Basic {a.secret}"),
    "no thread": lambda a: a.post(path="/v1/chat/completions"),
    "thread 0": lambda a: a.post(path="/t/0/v1/chat/completions"),
    "thread 01": lambda a: a.post(path="/t/01/v1/chat/completions"),
    "path traversal": lambda a: a.post(path="/t/2/../1/v1/chat/completions"),
    "dot segment": lambda a: a.post(path="/t/1/./v1/chat/completions"),
    "encoded traversal": lambda a: a.post(path="/t/2/%2e%2e/1/v1/chat/completions"),
    "double slash": lambda a: a.post(path="/t/1//v1/chat/completions"),
    "leading double slash": lambda a: a.post(path="//t/1/v1/chat/completions"),
    "encoded slash": lambda a: a.post(path="/t/1%2fv1/chat/completions"),
    "encoded NUL": lambda a: a.post(path="/t/1/v1/chat%00/completions"),
    "upgrade": lambda a: a.post(more="connection: upgrade\r\nupgrade: websocket"),
    "HTTP/1.0": lambda a: a.post(version="HTTP/1.0"),
}


@pytest.mark.parametrize("name", NO_SECRET)
async def test_who_is_not_let_in_gets_always_the_same_bytes(attack: Attack, name: str) -> None:
    answer = await attack.send(NO_SECRET[name](attack))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(NOT_ACCEPTED)
    assert not attack.upstream.served


FORBIDDEN: dict[str, tuple[int, Bad]] = {
    "foreign host": (403, lambda a: a.post(host="example.com")),
    "localhost": (403, lambda a: a.post(host=f"localhost:{a.port}")),
    "rebinding name": (403, lambda a: a.post(host=f"127.0.0.1.evil.test:{a.port}")),
    "host without port": (403, lambda a: a.post(host="127.0.0.1")),
    "IPv6 host": (403, lambda a: a.post(host=f"[::1]:{a.port}")),
    "origin": (403, lambda a: a.post(more=f"origin: http://127.0.0.1:{a.port}")),
    "null origin": (403, lambda a: a.post(more="origin: null")),
    "sec-fetch": (403, lambda a: a.post(more="sec-fetch-mode: no-cors")),
    "OPTIONS": (403, lambda a: a.post(method="OPTIONS")),
    "absolute form": (405, lambda a: a.post(path=f"http://127.0.0.1:{a.port}{PATH}")),
    "CONNECT": (405, lambda a: f"CONNECT {a.host} HTTP/1.1\r\nHost: {a.host}\r\n\r\n".encode()),
    "PUT": (405, lambda a: a.post(method="PUT")),
    "TRACE": (405, lambda a: a.post(method="TRACE")),
    "100 MiB": (413, lambda a: a.post(length=f"content-length: {100 << 20}")),
    "10 000 headers": (431, lambda a: a.post(more="\r\n".join(["x: y"] * 10_000))),
    "300 short headers": (431, lambda a: a.post(more="\r\n".join(["x: y"] * 300))),
    "long header": (431, lambda a: a.post(more="x: " + "y" * 40_000)),
}


@pytest.mark.parametrize("name", FORBIDDEN)
async def test_forbidden_requests_get_their_status_and_are_not_served(
    attack: Attack, name: str
) -> None:
    status, bad = FORBIDDEN[name]
    answer = await attack.send(bad(attack))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert answer.endswith(b"\r\n\r\n"), "no body"
    assert not attack.upstream.served


SMUGGLED: dict[str, Bad] = {
    "two lengths": lambda a: a.post(more="content-length: 5"),
    "length and chunked": lambda a: a.post(more="transfer-encoding: chunked"),
    "chunked twice": lambda a: a.post(length="transfer-encoding: chunked, chunked"),
    "negative length": lambda a: a.post(length="content-length: -1"),
    "length with a plus": lambda a: a.post(length="content-length: +5"),
    "raw NUL": lambda a: a.post(path="/t/1/v1/chat\x00/completions"),
    "bare CR": lambda a: a.post(more="x-a: b\rauthorization: c"),
    "garbage": lambda a: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9,
}


@pytest.mark.parametrize("name", SMUGGLED)
async def test_smuggled_and_broken_requests_are_not_served(attack: Attack, name: str) -> None:
    answer = await attack.send(SMUGGLED[name](attack), b"\r\n\r\n")
    assert b" 200 " not in answer
    assert b" 50" not in answer
    assert not attack.upstream.served


async def test_a_length_that_hides_a_second_request_serves_one(attack: Attack) -> None:
    good = attack.post()
    hidden = attack.post(secret="authorization: Bearer cct_" + "B" * 43)
    answer = await attack.send(good + hidden, gap_s=0.05)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert len(attack.upstream.served) == 1


@pytest.mark.parametrize("cut", [1, 30, 60])
async def test_a_slow_head_is_closed_with_408(attack: Attack, cut: int) -> None:
    good = attack.post()
    answer = await attack.send(good[:cut], gap_s=0.01)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert not attack.upstream.served


async def test_a_trickled_head_does_not_extend_its_time(attack: Attack) -> None:
    good = attack.post()
    pieces = [good[n : n + 1] for n in range(40)]
    answer = await attack.send(*pieces, gap_s=0.01)
    assert b" 200 " not in answer
    assert not attack.upstream.served


async def test_a_slow_body_is_closed_with_408(attack: Attack) -> None:
    answer = await attack.send(attack.post()[:-5], gap_s=0.01)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert not attack.upstream.served


async def test_an_idle_connection_is_closed_without_a_word(attack: Attack) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", attack.port)
    writer.write(attack.post())
    assert b"word1" in await _answer(reader)
    async with asyncio.timeout(1):
        assert await reader.read() == b""
    writer.close()


async def test_more_bytes_than_the_limit_without_a_length_end_with_413(attack: Attack) -> None:
    attack.kit.gate.hold(1, "player")
    small = GateServer(attack.kit.gate, ServerSettings(body_bytes=1_000, body_s=1.0))
    port, before = await small.start(), attack.port
    attack.port = port
    head = attack.post(length="transfer-encoding: chunked").removesuffix(BODY)
    answer = await attack.send(head, b"%x\r\n%b\r\n" % (2_000, b"x" * 2_000))
    assert answer.startswith(b"HTTP/1.1 413 ")
    await small.stop()
    attack.kit.gate.where = f"127.0.0.1:{before}"


async def test_too_many_connections_are_dropped(attack: Attack) -> None:
    opened = [await asyncio.open_connection("127.0.0.1", attack.port) for _ in range(60)]
    await asyncio.sleep(0.02)
    gone = sum(reader.at_eof() or reader.exception() is not None for reader, _ in opened)
    assert gone == 20
    for _, writer in opened:
        writer.transport.abort()
    await asyncio.sleep(0.01)
    assert b"word1" in await attack.send(attack.post())


async def test_too_many_connections_of_one_thread_are_refused(attack: Attack) -> None:
    attack.kit.gate.hold(1, "player")
    opened = []
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", attack.port)
        writer.write(attack.post())
        opened.append((reader, writer))
    await attack.kit.until(lambda: attack.kit.gate.view().waiting == 20)
    assert (await attack.send(attack.post())).endswith(NOT_ACCEPTED)
    for _, writer in opened:
        writer.transport.abort()
    await attack.kit.until(lambda: attack.kit.gate.view().waiting == 0)
    assert not attack.upstream.served


async def test_guessing_is_slowed_down_and_told(attack: Attack) -> None:
    bad = attack.post(secret="authorization: Bearer cct_" + "C" * 43)
    loop = asyncio.get_running_loop()
    times = []
    for _ in range(22):
        began = loop.time()
        assert (await attack.send(bad)).endswith(NOT_ACCEPTED)
        times.append(loop.time() - began)
    assert max(times[:19]) < 0.05 <= min(times[19:])
    await attack.kit.settled()
    assert [event.alert for event in attack.kit.events(AlertRaised)] == ["gate:secrets"]
    assert not attack.upstream.served


async def test_ipv6_finds_nobody(attack: Attack) -> None:
    with pytest.raises(OSError, match=r"."):
        await asyncio.open_connection("::1", attack.port)


async def test_a_program_of_another_user_is_dropped(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as mine, listener:
        own = mine.getsockname()[1]
        assert peer_uid(own, port) in (os.getuid(), None)
        assert is_ours(own, port)
    monkeypatch.setattr("commandcenter.gate.peer.peer_uid", lambda peer, own: os.getuid() + 1)
    assert await attack.send(attack.post()) == b""
    assert not attack.upstream.served


async def test_a_plain_http_flood_behind_a_waiting_call_is_cut_off(attack: Attack) -> None:
    attack.kit.gate.hold(1, "player")
    answer = await attack.send(attack.post(), *[b"x" * 65_536] * 4)
    assert answer == b""
    await attack.kit.until(lambda: attack.kit.gate.view().waiting == 0)


async def test_no_secret_is_in_what_is_recorded_or_shown(attack: Attack) -> None:
    await attack.send(attack.post())
    await attack.send(attack.post(path=f"/k/{attack.secret}/t/1/v1/nothing", secret=""))
    await attack.kit.settled()
    said = repr(attack.kit.facts) + repr(attack.kit.gate.view())
    for secret in (attack.secret, attack.old, attack.other):
        assert secret not in said


# --- a person's login (M2) ----------------------------------------------------------------------

LOGIN = "sparring-login-MARKED-42"
MESSAGES = said("hi", stream=True)


@dataclass
class Plan:
    """A gate with a practice plan: its own session (1), another agent's (2), a key's (3)."""

    attack: Attack
    secrets: dict[int, str]

    def post(self, thread: int = 1, login: str = f"Bearer {LOGIN}", **more: str) -> bytes:
        """A good call on the plan by its own client, changed."""
        lines = [
            f"POST /t/{thread}/v1/messages HTTP/1.1",
            f"Host: {self.attack.host}",
            f"content-length: {len(MESSAGES)}",
            f"x-cc-secret: {more.pop('secret', self.secrets[thread])}",
            *([f"authorization: {login}"] if login else []),
            *more.values(),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + MESSAGES


@pytest_asyncio.fixture
async def plan(attack: Attack) -> AsyncIterator[Plan]:
    kit, url = attack.kit, attack.upstream.url
    attack.upstream.script = PlanAnswer()
    add_plan(kit, url)
    kit.add("key", url, kind="anthropic", key_ref="k")
    kit.keys["k"] = "the-accounts-key"
    routes = {
        1: Route("plan-claude", "", agent="claude"),
        2: Route("plan-claude", "", agent="acp"),
        3: Route("key", "", agent="claude"),
    }
    secrets = {thread: kit.gate.open(thread, 3, route).secret for thread, route in routes.items()}
    yield Plan(attack, secrets)


async def test_the_persons_own_client_is_served_with_its_login(plan: Plan) -> None:
    assert b"word" in await plan.attack.send(plan.post())
    (served,) = plan.attack.upstream.served
    assert served.headers["authorization"] == f"Bearer {LOGIN}"
    assert served.body == MESSAGES


LOGIN_ABUSE: dict[str, Callable[[Plan], bytes]] = {
    "by another driver": lambda p: p.post(2),
    "by another driver in this one's path": lambda p: p.post(1, secret=p.secrets[2]),
    "without a bearer": lambda p: p.post(login=""),
    "with our secret as the bearer": lambda p: p.post(login=f"Bearer {p.secrets[1]}"),
    "with a foreign bearer on a practice account": lambda p: p.post(login="Bearer sk-ant-oat01"),
    "with basic": lambda p: p.post(login="Basic c3BhcnJpbmctbG9naW4="),
    "with two bearers": lambda p: p.post(second=f"authorization: Bearer {LOGIN}"),
    "without our secret": lambda p: p.post(secret=""),
}


@pytest.mark.parametrize("name", LOGIN_ABUSE)
async def test_a_login_is_used_by_nobody_else(plan: Plan, name: str) -> None:
    answer = await plan.attack.send(LOGIN_ABUSE[name](plan))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"cc_login_missing" in answer or answer.endswith(NOT_ACCEPTED)
    assert not plan.attack.upstream.served


async def test_a_login_without_the_players_word_is_not_used(plan: Plan) -> None:
    plan.attack.kit.gate.logins(frozenset())
    assert b"cc_login_missing" in await plan.attack.send(plan.post())
    assert not plan.attack.upstream.served


async def test_our_own_loop_uses_no_login(plan: Plan) -> None:
    headers = (("authorization", f"Bearer {LOGIN}"),)
    with pytest.raises(GateRefused, match="only claude may use it"):
        async for _ in plan.attack.kit.gate.call(
            1, 3, WireRequest("/v1/messages", headers, MESSAGES)
        ):
            pass
    assert not plan.attack.upstream.served


async def test_a_bearer_towards_a_key_account_is_dropped(plan: Plan) -> None:
    assert b"word" in await plan.attack.send(plan.post(3))
    (served,) = plan.attack.upstream.served
    assert served.headers["x-api-key"] == "the-accounts-key"
    assert LOGIN not in str(served.headers)


async def test_a_login_is_in_nothing_that_is_recorded_shown_or_logged(
    plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    attack = plan.attack
    await attack.send(plan.post())
    await attack.send(plan.post(2))
    attack.upstream.script = PlanAnswer(status=401)
    await attack.send(plan.post())
    await attack.kit.settled()
    threads = [repr(vars(thread)) for thread in attack.kit.gate._threads.all()]
    kept = repr(attack.kit.facts) + repr(attack.kit.gate.view()) + caplog.text + str(threads)
    assert "MARKED" not in kept
    assert not [secret for secret in plan.secrets.values() if secret in kept]

"""The hostile list of gate.md 9: over raw sockets, 0 of them reach the provider."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from commandcenter.core.events import AlertRaised
from commandcenter.gate.door import NOT_ACCEPTED
from commandcenter.gate.peer import is_ours, peer_uid
from commandcenter.gate.server import GateServer, ServerSettings
from commandcenter.testing.attack import BODY, PATH, Attack, answered, attacked


@pytest_asyncio.fixture
async def attack() -> AsyncIterator[Attack]:
    async with attacked() as attack:
        yield attack


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
    assert b"word1" in await answered(reader)
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


async def test_asking_by_head_without_a_secret_is_no_guess(attack: Attack) -> None:
    host = f"host: {attack.host}\r\n"
    asks = f"HEAD /t/1/api/hello HTTP/1.1\r\n{host}\r\n".encode()
    for _ in range(25):
        answer = await attack.send(asks)
        assert answer.startswith(b"HTTP/1.1 400")
        assert answer.endswith(b"\r\n\r\n"), "no body"
    alerts = [event.alert for event in attack.kit.events(AlertRaised)]
    assert "gate:secrets" not in alerts
    assert b"word1" in await attack.send(attack.post())


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

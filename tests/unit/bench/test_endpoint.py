"""The generator's endpoint: what it pre-renders is what the wires read, and its books are exact."""

import asyncio

import pytest

from commandcenter.bench.clients import Client, Clients, request
from commandcenter.bench.endpoint import (
    CACHED,
    EVENTS,
    INPUT,
    TEXTS,
    TOKENS_PER_EVENT,
    Answer,
    Endpoint,
    Load,
    characters,
    ending,
)
from commandcenter.core.conversation import StopPiece, TextPiece, UsagePiece
from commandcenter.wires import chat


def unchunked(data: bytes) -> bytes:
    """The body of a chunked answer."""
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        body += data[: int(size, 16)]
        data = data[int(size, 16) + 2 :]
    return body


def test_rendered_events_are_read_by_our_own_wire() -> None:
    decoder = chat.new_decoder()
    pieces = decoder.feed(unchunked(EVENTS[0] + EVENTS[1] + ending(4_321, 18)))
    pieces += decoder.end()
    assert decoder.finished
    assert not decoder.broken
    assert "".join(p.text for p in pieces if isinstance(p, TextPiece)) == TEXTS[0] + TEXTS[1]
    usage = next(p.usage for p in pieces if isinstance(p, UsagePiece))
    assert (usage.input, usage.cached_read, usage.output) == (4_321, CACHED, 18)
    assert any(isinstance(p, StopPiece) and p.reason == "end" for p in pieces)


def test_characters_of_answers_longer_than_the_texts() -> None:
    whole = sum(len(text) for text in TEXTS)
    answers = [Answer(1, 0, 0, len(TEXTS) + 2, 0.0, 0.0), Answer(2, 0, 0, 1, 0.0, 0.0)]
    assert characters(answers) == whole + len(TEXTS[0] + TEXTS[1]) + len(TEXTS[0])


async def asked(endpoint: Endpoint, model: str, times: int) -> tuple[Client, list[float]]:
    """So many requests of one client."""
    loop = asyncio.get_running_loop()
    port = await endpoint.open()
    url = f"http://127.0.0.1:{port}"
    _, client = await loop.create_connection(Client, "127.0.0.1", port)
    firsts = [await client.exchange(request(url, "none", model)) for _ in range(times)]
    client.close()
    endpoint.close()
    return client, firsts


async def test_a_stream_has_as_many_events_as_its_load_and_stands_on_the_books() -> None:
    endpoint = Endpoint()
    endpoint.begin_load(Load(rate=2_000.0, events=5, spread=0))
    client, firsts = await asked(endpoint, "bench", 2)
    assert client.events == 10
    assert all(first > 0 for first in firsts)
    books = [(a.input, a.cached, a.output, a.events, a.probe) for a in endpoint.answers]
    tokens = 5 * TOKENS_PER_EVENT
    assert books == [(INPUT, CACHED, tokens, 5, False), (INPUT + 1, CACHED, tokens, 5, False)]
    assert endpoint.written == 10
    assert len(endpoint.late) == 10


async def test_a_probe_is_one_event_and_no_load() -> None:
    endpoint = Endpoint()
    client, _ = await asked(endpoint, "probe", 3)
    assert client.events == 3
    assert endpoint.written == 0
    assert all(answer.probe and answer.events == 1 for answer in endpoint.answers)


async def test_first_streams_end_apart_and_finish_ends_the_rest() -> None:
    endpoint = Endpoint()
    endpoint.begin_load(Load(rate=5_000.0, events=8, spread=4))
    await asked(endpoint, "bench", 5)
    assert [answer.events for answer in endpoint.answers] == [2, 4, 6, 8, 8]
    endpoint.finish()
    client, _ = await asked(endpoint, "bench", 2)
    assert client.events == 2


async def test_another_path_is_not_found_and_a_refusal_is_told() -> None:
    endpoint = Endpoint()
    port = await endpoint.open()
    clients = Clients()
    wrong = request(f"http://127.0.0.1:{port}", "none", "bench")
    _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
    with pytest.raises(ConnectionError, match="404"):
        await client.exchange(wrong.replace(b"/v1/chat/completions", b"/v1/other"))
    client.close()
    await clients.answer({"do": "finish"})
    assert (await clients.answer({"do": "results"}))["events"] == 0
    endpoint.close()

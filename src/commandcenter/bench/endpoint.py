"""The generator's model endpoint: OpenAI chat over HTTP, pre-rendered, open loop."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Sequence

import msgspec

TEXTS = tuple(f"step {i:02d} of the work goes on and on. " for i in range(64))
"""What events carry; a line end now and then, as models write."""
PROBE = b'"model":"probe"'
HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
LAST = b"0\r\n\r\n"
INPUT = 4_000
CACHED = 1_024
TOKENS_PER_EVENT = 9


class Load(msgspec.Struct):
    """What each stream does: `rate` events/s for `events` events; `spread` streams begin apart."""

    rate: float = 40.0
    events: int = 160
    spread: int = 40


class Answer(msgspec.Struct, array_like=True):
    """One answer as it went out; times are perf_counter seconds of this machine."""

    input: int
    cached: int
    output: int
    events: int
    arrived: float
    first: float
    probe: bool = False


def chunk(data: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(document: object) -> bytes:
    """One server-sent event as one HTTP chunk."""
    return chunk(b"data: " + msgspec.json.encode(document) + b"\n\n")


def _delta(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    document = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1}
    return event({**document, "model": "bench", "choices": [choice]})


EVENTS = tuple(_delta({"content": text}) for text in TEXTS)
STOP = _delta({}, "stop")
DONE = chunk(b"data: [DONE]\n\n")


def ending(input: int, output: int) -> bytes:
    """The last events of an answer, with its exact usage."""
    usage = {
        "prompt_tokens": input,
        "completion_tokens": output,
        "total_tokens": input + output,
        "prompt_tokens_details": {"cached_tokens": CACHED},
    }
    document = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1}
    last = event({**document, "model": "bench", "choices": [], "usage": usage})
    return STOP + last + DONE + LAST


class Endpoint:
    """All streams and the one clockwork that writes what is due."""

    def __init__(self) -> None:
        self.load = Load()
        self.answers: list[Answer] = []
        self.written = 0
        """Events that left in time for the socket to take them."""
        self.late: list[float] = []
        """Seconds behind due of each event, since the last mark."""
        self.over = False
        """New answers are one event long, running ones end with their next."""
        self._due: list[tuple[float, int, _Stream]] = []
        self._order = itertools.count()
        self._born = itertools.count()
        self._loads = 0
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> int:
        """Listen on a free loopback port; returns it."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Exchange(self), "127.0.0.1", 0)
        self._server = server
        return int(server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Listen no more."""
        self._server.close()

    def begin(self, transport: asyncio.Transport, probe: bool) -> None:
        """A request came whole: its first event is due now."""
        number = next(self._born)
        now = time.perf_counter()
        events = self.load.events
        if not probe:
            self._loads += 1
            if self._loads <= self.load.spread:
                events = max(1, round(events * self._loads / self.load.spread))
        if probe or self.over:
            events = 1
        stream = _Stream(transport, number, events, probe)
        stream.arrived = now
        transport.write(HEAD + EVENTS[0])
        self._sent(stream, now)

    def begin_load(self, load: Load) -> None:
        """Another load for the streams that begin from now on."""
        self.load, self.over, self._loads = load, False, 0

    def finish(self) -> None:
        """End every stream with its next event."""
        self.over = True

    def _sent(self, stream: "_Stream", due: float) -> None:
        now = time.perf_counter()
        if stream.sent == 0:
            stream.first = now
        stream.sent += 1
        if not stream.probe:
            self.written += stream.transport.get_write_buffer_size() == 0
            self.late.append(now - due)
        if stream.sent >= stream.events or self.over:
            self._end(stream)
            return
        following = due + 1.0 / self.load.rate
        heapq.heappush(self._due, (following, next(self._order), stream))
        self._arm(self._due[0][0])

    def _end(self, stream: "_Stream") -> None:
        input, output = INPUT + stream.number, stream.sent * TOKENS_PER_EVENT
        stream.transport.write(ending(input, output))
        answer = Answer(input, CACHED, output, stream.sent, stream.arrived, stream.first)
        self.answers.append(msgspec.structs.replace(answer, probe=stream.probe))

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= self._at(due):
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._at(due), self._tick)

    def _at(self, due: float) -> float:
        """A perf_counter time as the loop's."""
        return asyncio.get_running_loop().time() + due - time.perf_counter()

    def _tick(self) -> None:
        self._timer = None
        now = time.perf_counter()
        while self._due and self._due[0][0] <= now:
            due, _, stream = heapq.heappop(self._due)
            if stream.transport.is_closing():
                continue
            stream.transport.write(EVENTS[stream.sent % len(EVENTS)])
            self._sent(stream, due)
        if self._due:
            self._arm(self._due[0][0])


class _Stream:
    """One answer on its way."""

    def __init__(self, transport: asyncio.Transport, number: int, events: int, probe: bool) -> None:
        self.transport = transport
        self.number = number
        self.events = events
        self.probe = probe
        """A short one beside the load, for a floor."""
        self.arrived = self.first = 0.0
        self.sent = 0


class _Exchange(asyncio.Protocol):
    """One connection, one request at a time; only what our own clients send is understood."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._kept = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: a client came."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes of a request."""
        self._kept += data
        head, gap, body = self._kept.partition(b"\r\n\r\n")
        if not gap or len(body) < _length(head):
            return
        self._kept = b""
        if not head.startswith(b"POST ") or b"/chat/completions" not in head.split(b"\r\n")[0]:
            self._transport.write(NOT_FOUND)
            return
        self._endpoint.begin(self._transport, PROBE in body.replace(b'": "', b'":"'))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def offered(load: Load, streams: int, seconds: float) -> float:
    """Events due in so many seconds from so many streams."""
    return load.rate * streams * seconds


def characters(answers: Sequence[Answer]) -> int:
    """Text that went out in these answers."""
    size = [len(text) for text in TEXTS]
    whole = sum(size)
    total = 0
    for answer in answers:
        rounds, rest = divmod(answer.events, len(size))
        total += rounds * whole + sum(size[:rest])
    return total

"""`bench gate`: what the gate adds to the first event, what the whole path costs, and whether the
meter agrees with the wire (gate.md)."""

import asyncio
from collections.abc import Iterator, Sequence

import msgspec

from commandcenter.bench.cpu import share
from commandcenter.bench.endpoint import Answer, Load, characters
from commandcenter.bench.measure import Figure, Outcome, figure, percentile, specs
from commandcenter.bench.rig import Rig, Span
from commandcenter.bench.talk import Child
from commandcenter.core.codec import Row, load_entry
from commandcenter.core.events import CallSettled, TextAdded

STREAMS = 40
LOAD = Load(rate=40.0, events=160, spread=STREAMS)
WARM_S = 3.0
SECONDS = 15.0
TURNS = 6


class Seen:
    """What the link brings: settled calls, and how much text."""

    def __init__(self) -> None:
        self.settled: list[CallSettled] = []
        self.characters = 0

    def rows(self, rows: list[Row]) -> None:
        """More of it."""
        for row in rows:
            if row.kind in ("CallSettled", "TextAdded"):
                event = load_entry(row).event
                if isinstance(event, CallSettled):
                    self.settled.append(event)
                elif isinstance(event, TextAdded):
                    self.characters += len(event.delta)


async def measure(threads: int) -> Outcome:
    """Both ways through the gate, one after the other, 40 streams x 40 events/s each."""
    streams = min(threads, STREAMS)
    async with Rig() as rig:
        clients = await rig.child("clients", "commandcenter.bench.clients", {})
        seen = Seen()
        rig.on_rows.append(seen.rows)
        await clients.ask("direct", url=f"http://127.0.0.1:{rig.generator.ready}")
        native, by_native = await _native(rig, clients, streams, seen)
        foreign, by_foreign = await _foreign(rig, clients, streams)
        answers = await _answers(rig)
        await rig.until(lambda: len(seen.settled) >= len(answers))
    figures = [*by_native, *by_foreign, *_exact(seen, answers)]
    notes = tuple(_note(span) for span in (native, foreign))
    return Outcome("gate", tuple(figures), (native.window, foreign.window), notes)


async def _native(rig: Rig, clients: Child, streams: int, seen: Seen) -> tuple[Span, list[Figure]]:
    """Upstream bytes, gate, native driver, journal, link."""
    await rig.generator.ask("load", **msgspec.to_builtins(LOAD))
    threads = await rig.spawn_watched("native", streams)
    for _ in range(TURNS):
        await rig.order('steer @op:bench "go on"')
    await asyncio.sleep(WARM_S)
    await rig.engine.ask("calls")
    await clients.ask("results")
    span = await rig.measured("native path", _asleep, LOAD.rate * streams)
    calls: list[tuple[float, float]] = await rig.engine.ask("calls")
    direct = (await clients.ask("results"))["direct"]
    await rig.generator.ask("finish")
    await rig.until(lambda: rig.all_in(threads, "idle"))
    said = await _answers(rig)
    await rig.until(lambda: seen.characters >= characters(said))
    figures = list(_costs(span, "native"))
    figures += _firsts([first - begun for begun, first in calls], direct, "native")
    lost = abs(characters(said) - seen.characters)
    figures.append(_figure("text_lost", lost))
    return span, figures


async def _foreign(rig: Rig, clients: Child, streams: int) -> tuple[Span, list[Figure]]:
    """Agents that come by HTTP: client, gate server, upstream."""
    await rig.generator.ask("load", **msgspec.to_builtins(LOAD))
    addresses = await rig.engine.ask("addresses", count=streams)
    await clients.ask("through", addresses=addresses)
    await asyncio.sleep(WARM_S)
    await clients.ask("results")
    span = await rig.measured("http path", _asleep, LOAD.rate * streams)
    found = await clients.ask("results")
    await rig.generator.ask("finish")
    await clients.ask("finish")
    if found["errors"]:
        raise RuntimeError(f"a client was refused: {found['errors'][0]}")
    figures = list(_costs(span, "http"))
    figures += _firsts(found["through"], found["direct"], "http")
    return span, figures


async def _asleep() -> None:
    await asyncio.sleep(SECONDS)


async def _answers(rig: Rig) -> list[Answer]:
    """What the generator sent of the load, as it stands on its own books."""
    answers = msgspec.convert(await rig.generator.ask("answers"), list[Answer])
    return [answer for answer in answers if not answer.probe]


def _firsts(through: Sequence[float], direct: Sequence[float], way: str) -> Iterator[Figure]:
    """Request to first event in ms: what the way adds to the direct one under the same load."""
    for share_of, name in ((0.5, "p50"), (0.99, "p99")):
        ours = 1000 * percentile(through, share_of)
        floor = 1000 * percentile(direct, share_of)
        made = _figure(f"{way}_first_{name}", ours - floor, floor)
        yield msgspec.structs.replace(made, ratio=round(ours / floor, 2))


def _costs(span: Span, way: str) -> Iterator[Figure]:
    yield _figure(f"{way}_core", share(span.window))
    each = 1e6 * span.window.cpu["engine"] / max(1.0, span.written)
    yield _figure(f"{way}_us", each)
    yield _figure(f"{way}_capacity", 0.7e6 / max(1.0, each))


def _exact(seen: Seen, answers: Sequence[Answer]) -> Iterator[Figure]:
    """Every answer's tokens on the generator's books against the meter's, one by one."""
    wire = {answer.input: (answer.cached, answer.output) for answer in answers}
    wrong = len(wire)
    for settled in seen.settled:
        usage = settled.usage
        exact = usage.counts == "exact" and settled.end == "complete"
        wrong -= exact and wire.get(usage.input) == (usage.cached_read, usage.output)
    yield _figure("tokens_wrong", wrong)
    yield _figure("calls", len(wire))


def _figure(name: str, value: float, floor: float | None = None) -> Figure:
    return figure(name, specs("gate")[name], value, floor)


def _note(span: Span) -> str:
    return (
        f"{span.window.name}: {span.written:.0f} events; the generator's latest 1 % left more"
        f" than {span.late_ms:.1f} ms behind due"
    )

"""What the engine charges against what the endpoint counted, call by call, over three protocols."""

import asyncio
import hashlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from commandcenter.core.codec import load_entry
from commandcenter.core.conversation import Usage
from commandcenter.core.events import CallSettled
from commandcenter.core.world import Head, World, live
from commandcenter.testing.engines import repository
from commandcenter.testing.playing import KINDS, Home, endpoint, over_lives

TURNS = 50
NEAR = 0.2
SCENARIO = Path(__file__).with_name("exact.toml")
PLANTED = """
from commandcenter.cli import main
from commandcenter.core.conversation import Usage
from commandcenter.wires.answer import MeterTap

MeterTap.usage = lambda tap, est_in: Usage(input=est_in, output=tap.chars_out // 4)
raise SystemExit(main())
"""
Figure = Callable[[str], None]
Pair = tuple[Usage, Usage]
"""(the endpoint's count, ours)."""


async def played(home: Home, repo: Path, threads: int) -> World:
    """Threads on each account until all are through; who was parked by a second cut goes on."""
    await home.start()
    for kind in KINDS:
        briefs = " ".join(
            f'"{kind} {n} [[sparring script=reader seed={n}]]"' for n in range(threads)
        )
        await home.give(f"spawn --repo {repo} --account {kind} {briefs}")
    async with asyncio.timeout(170):
        while True:
            world = await home.until(lambda w: len(w.threads) == threads * len(KINDS), 60)
            if all(over(head) for head in world.threads.values()):
                return world
            parked = [f"resume #{head.id}" for head in live(world) if head.parked]
            await home.give(*parked)
            await asyncio.sleep(0.05)


def over(head: Head) -> bool:
    """Its turn has ended well."""
    rests = head.state == "idle" and not head.in_turn and not head.parked
    return head.state == "ended" or (rests and head.turn > 0)


def pairs(home: Home, world: World, log: Path, kind: str) -> list[Pair]:
    """Each answer that brought content, with its row: a thread has one call at a time."""
    said: dict[str, list[Usage]] = {}
    for one in over_lives(log.read_bytes()):
        if one.end is not None and one.end.usage is not None and one.end.bytes:
            said.setdefault(one.begin.conversation, []).append(one.end.usage)
    rows: dict[int, list[Usage]] = {}
    for row in home.rows():
        event = load_entry(row).event if row.kind == "CallSettled" else None
        if isinstance(event, CallSettled):
            rows.setdefault(row.thread, []).append(event.usage)
    found: list[Pair] = []
    for head in world.threads.values():
        if head.account == kind:
            found += zip(said[conversation(head)], rows[head.id], strict=True)
    return found


def conversation(head: Head) -> str:
    """As the endpoint names it."""
    return hashlib.sha256(head.brief.encode()).hexdigest()[:16]


def counts(usage: Usage) -> tuple[int, int, int]:
    """What every wire says; the rest is told apart by some only."""
    return usage.input, usage.cached_read, usage.output


def judged(found: list[Pair]) -> tuple[int, int, float]:
    """Exact rows that differ, exact rows, and the error of the estimated ones at p90."""
    exact = [(true, ours) for true, ours in found if ours.counts == "exact"]
    wrong = sum(counts(true) != counts(ours) for true, ours in exact)
    off = sorted(
        abs(ours.input + ours.output - true.input - true.output) / (true.input + true.output)
        for true, ours in found
        if ours.counts == "estimated"
    )
    return wrong, len(exact), off[len(off) * 9 // 10] if off else 0.0


async def charged(home: Home, tmp_path: Path, size: tuple[int, int], figure: Figure) -> int:
    """`size`: threads per protocol, calls of each; how many exact rows were wrong."""
    threads, limit = size
    bad = 0
    scenario = re.sub(r"limit = \d+", f"limit = {limit}", SCENARIO.read_text())
    async with endpoint(home, scenario) as log:
        world = await played(home, await repository(tmp_path / "repo"), threads)
        assert await home.stop() == 0
        for kind in KINDS:
            found = pairs(home, world, log, kind)
            wrong, exact, off = judged(found)
            assert len(found) >= TURNS
            assert 0 < off <= NEAR or wrong, "some answers were cut, and estimated"
            assert kind == "ollama" or any(true.cached_read for true, _ in found)
            figure(f"{kind}: {exact} exact rows, {wrong} wrong; estimated p90 off by {off:.1%}")
            bad += wrong
    return bad


async def test_exact_rows_equal_the_log_and_estimated_ones_are_near(
    home: Home, tmp_path: Path, figure: Figure
) -> None:
    assert await charged(home, tmp_path, (5, 13), figure) == 0
    assert "Traceback" not in home.complaints()


async def test_a_planted_bug_turns_it_red(home: Home, tmp_path: Path, figure: Figure) -> None:
    home.program = [sys.executable, "-c", PLANTED]
    assert await charged(home, tmp_path, (5, 13), figure) > TURNS


@pytest.mark.faults
async def test_ten_thousand_calls(home: Home, tmp_path: Path, figure: Figure) -> None:
    assert await charged(home, tmp_path, (60, 56), figure) == 0

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
README = "A line that stands for what people write into the file that everybody reads.\n" * 12
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
        await home.give(f"spawn --uncommitted --repo {repo} --account {kind} {briefs}")
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


def wrong(found: list[Pair]) -> int:
    """Rows said to be exact that are not."""
    return sum(o.counts == "exact" and counts(true) != counts(o) for true, o in found)


def off(found: list[Pair]) -> list[float]:
    """The error of every estimated row, as a part of the truth."""
    return [
        abs(ours.input + ours.output - true.input - true.output) / (true.input + true.output)
        for true, ours in found
        if ours.counts == "estimated"
    ]


async def charged(home: Home, tmp_path: Path, size: tuple[int, int], figure: Figure) -> list[Pair]:
    """`size`: threads per protocol, calls of each. All rows with the truth beside them."""
    threads, limit = size
    found: list[Pair] = []
    scenario = re.sub(r"limit = \d+", f"limit = {limit}", SCENARIO.read_text())
    async with endpoint(home, scenario) as log:
        repo = await repository(tmp_path / "repo")
        (repo / "readme.txt").write_text(README)
        world = await played(home, repo, threads)
        assert await home.stop() == 0
        for kind in KINDS:
            rows = pairs(home, world, log, kind)
            assert len(rows) >= TURNS
            assert kind == "ollama" or any(true.cached_read for true, _ in rows)
            figure(f"{kind}: {len(rows)} rows, {len(off(rows))} estimated, {wrong(rows)} wrong")
            found += rows
    return found


def check_estimates(found: list[Pair], figure: Figure) -> None:
    """Within 20 % at p90."""
    errors = sorted(off(found))
    p90 = errors[len(errors) * 9 // 10]
    figure(f"{len(errors)} estimated rows, p90 off by {p90:.1%}")
    assert p90 <= NEAR


async def test_exact_rows_equal_the_log_and_estimated_ones_are_near(
    home: Home, tmp_path: Path, figure: Figure
) -> None:
    found = await charged(home, tmp_path, (4, 26), figure)
    assert wrong(found) == 0
    check_estimates(found, figure)
    assert "Traceback" not in home.complaints()


@pytest.mark.faults
async def test_a_planted_bug_turns_it_red(home: Home, tmp_path: Path, figure: Figure) -> None:
    home.program = [sys.executable, "-c", PLANTED]
    assert wrong(await charged(home, tmp_path, (4, 26), figure)) > TURNS


@pytest.mark.faults
async def test_ten_thousand_calls(home: Home, tmp_path: Path, figure: Figure) -> None:
    found = await charged(home, tmp_path, (60, 56), figure)
    assert wrong(found) == 0
    check_estimates(found, figure)
    assert len(found) > 10_000

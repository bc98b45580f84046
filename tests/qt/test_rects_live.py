"""`screenshot --rects` of the real skirmish: no text outside its place, none over another."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.qt, pytest.mark.slow, pytest.mark.faults]
SKIRMISH = ("--skirmish", "24", "--seed", "7", "--speed", "2")
SELECT = "Down Shift+Right Shift+Right Shift+Down"
SHOTS = {
    "1920x1080": (SELECT, "J"),
    "1366x768": (f"{SELECT} Q", "J D", "Down Shift+\\"),
}
BEGUN_S = 30.0
SHOT_S = 30.0


async def start(home: Path, verb: str, *words: str, out: int = DEVNULL) -> Process:
    argv = (sys.executable, "-m", "commandcenter", verb, "--home", str(home), *words)
    return await asyncio.create_subprocess_exec(*argv, stdout=out, stderr=DEVNULL)


async def told(home: Path, verb: str, *words: str) -> str:
    command = await start(home, verb, *words, out=PIPE)
    out, _ = await asyncio.wait_for(command.communicate(), SHOT_S)
    return out.decode()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Path]:
    """A skirmish in which somebody asks already."""
    engine = await start(tmp_path, "engine", *SKIRMISH, out=PIPE)
    assert engine.stdout is not None
    assert (await asyncio.wait_for(engine.stdout.readline(), BEGUN_S)).startswith(b"ready ")
    async with asyncio.timeout(BEGUN_S):
        while len(json.loads(await told(tmp_path, "approvals", "--json"))) < 2:
            await asyncio.sleep(0.05)
    yield tmp_path
    engine.terminate()
    await asyncio.wait_for(engine.wait(), BEGUN_S)


def outside(one: dict[str, list[float]]) -> bool:
    (x, y, w, h), (left, top, wide, high) = one["rect"], one["owner"]
    slack = 1.0
    across = x < left - slack or x + w > left + wide + slack
    return across or y < top - slack or y + h > top + high + slack


def over(one: dict[str, list[float]], other: dict[str, list[float]]) -> bool:
    (x, y, w, h), (to_x, to_y, to_w, to_h) = one["rect"], other["rect"]
    beside = x + w <= to_x + 1 or to_x + to_w <= x + 1
    return not beside and y + 2 < to_y + to_h - 2 and to_y + 2 < y + h - 2


async def test_the_skirmish_keeps_its_texts_in_place(home: Path) -> None:
    for size, shots in SHOTS.items():
        for number, keys in enumerate(shots):
            picture, rects = home / f"{size}-{number}.png", home / f"{size}-{number}.json"
            words = ("--size", size, "--keys", keys, "--rects", str(rects))
            await told(home, "screenshot", str(picture), *words)
            assert picture.read_bytes().startswith(b"\x89PNG")
            texts = json.loads(rects.read_text())
            assert len(texts) > 100
            where = f"{size} {keys}"
            assert [one for one in texts if outside(one)] == [], where
            pairs = ((a, b) for n, a in enumerate(texts) for b in texts[n + 1 :] if over(a, b))
            assert [(a["text"], b["text"]) for a, b in pairs] == [], where

"""The empty window of the floor, in its own process: every press comes back painted."""

from pathlib import Path

from commandcenter.bench.latency import echoing
from commandcenter.bench.talk import Child

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}


async def test_each_press_is_acknowledged_and_painted_in_order(tmp_path: Path) -> None:
    async with echoing(tmp_path / "echo.sock") as echo:
        bare = await Child.start("commandcenter.bench.screen", {"echo": echo}, OFFSCREEN)
        try:
            presses = await bare.ask("press", count=4, apart_s=0.01)
        finally:
            await bare.end()
    assert len(presses) == 4
    stamps = [(press["due"], press["acked"], press["painted"]) for press in presses]
    assert all(due <= acked <= painted for due, acked, painted in stamps)
    assert stamps == sorted(stamps)


async def test_the_empty_window_answers_strokes_too(tmp_path: Path) -> None:
    async with echoing(tmp_path / "echo.sock") as echo:
        bare = await Child.start("commandcenter.bench.screen", {"echo": echo}, OFFSCREEN)
        try:
            what = ["=", "wheel-", "Mod+A"]
            struck = await bare.ask("strike", what=what, count=6, apart_s=0.01)
            presses = await bare.ask("press", count=2, apart_s=0.01)
        finally:
            await bare.end()
    assert len(struck) == 6
    assert all(one["due"] <= one["painted"] for one in struck)
    assert len(presses) == 2

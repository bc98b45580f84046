"""New threads from a list: the table, its keys, its sum, and one order for rows made alike."""

import os
import stat
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from stage import Scene, Stage, played

from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.roster import Roster

pytestmark = pytest.mark.qt
ACCOUNTS = [
    {"id": "local", "kind": "ollama", "base_url": "http://127.0.0.1:1", "model": "qwen"},
    {"id": "work", "kind": "chat", "base_url": "http://127.0.0.1:2", "model": "big"},
]
ROOT = {"why": "", "root": "", "branch": "main", "dirty": 0, "commits": 3}
GH = (
    "#!/bin/sh\nprintf '12\\tOPEN\\tThe parser\\tbug\\t2026\\n13\\tOPEN\\tNo colour\\t\\t2026\\n'\n"
)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    queries = {
        "found": {"accounts": ACCOUNTS, "agents": [], "drivers": ["native"]},
        "repository": {**ROOT, "root": str(tmp_path)},
        "status": {},
    }
    return Scene(demo_world(5, 24), NOW, path=tmp_path, queries=queries)


def table(stage: Stage) -> Roster:
    sheet = stage.screen.sheet
    assert isinstance(sheet, Roster)
    return sheet


async def listed(stage: Stage, count: int) -> Roster:
    stage.screen.select(())
    stage.screen.selection.active = 0
    await stage.keys("Mod+Shift+N")
    for number in range(count):
        await stage.type(f"task {number}")
        await stage.keys("Shift+Return")
    await stage.keys("Return")
    return table(stage)


@played
async def test_a_few_rows_start_with_one_return(stage: Stage) -> None:
    roster = await listed(stage, 2)
    assert stage.orders == []
    assert stage.screen.mode == "overlay"
    assert [choice.name for choice in roster.choices()] == ["task 0", "task 1", "Start"]
    assert "price unknown" in roster.foot
    await stage.keys("Return")
    assert len(stage.orders) == 1
    assert stage.orders[0].startswith('spawn "task 0" "task 1" --model qwen --account local')
    assert (stage.screen.mode, stage.screen.sheet) == ("map", None)
    assert stage.screen.drafts["list::"] == ""


@played
async def test_many_rows_want_the_second_press(stage: Stage) -> None:
    roster = await listed(stage, 6)
    await stage.keys("Return", gap=0.05)
    assert stage.orders == []
    assert "Return again starts" in roster.foot
    await stage.keys("Return", gap=0.5)
    assert stage.orders == []  # sooner than 120 ms
    await stage.keys("Return")
    assert len(stage.orders) == 1
    assert stage.link.sent[-1].yes is True


@played
async def test_keys_change_a_row_or_all(stage: Stage) -> None:
    roster = await listed(stage, 3)
    await stage.keys("Down", "Right")
    assert [row.template.account for row in roster.rows] == ["local", "work", "local"]
    await stage.keys("O")
    assert roster.rows[1].place[0] in stage.link.world.operations
    await stage.keys("Del")
    assert [row.brief for row in roster.rows] == ["task 0", "task 2"]
    await stage.keys("Shift+Right")
    assert len({row.template.account for row in roster.rows}) == 1
    await stage.keys("Up", "E")
    assert stage.screen.mode == "composer"
    stage.window.selection.composer.field.selectAll()
    await stage.type("another")
    await stage.keys("Return")
    assert table(stage) is roster
    assert [row.brief for row in roster.rows] == ["another", "task 2"]


@played
async def test_rows_made_differently_are_orders_of_their_own(stage: Stage) -> None:
    await listed(stage, 2)
    await stage.keys("Right", "Return")
    accounts = [getattr(given.order, "account", "") for given in stage.link.sent]
    assert accounts == ["work", "local"]


@played
async def test_esc_keeps_the_list(stage: Stage) -> None:
    await listed(stage, 2)
    await stage.keys("Esc")
    assert (stage.screen.mode, stage.orders) == ("map", [])
    await stage.keys("Mod+Shift+N")
    assert stage.window.selection.composer.text.startswith("task 0")


def test_gh_is_asked_and_its_lines_are_rows(loop: object, scene: Scene, tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "gh"
    tool.parent.mkdir()
    tool.write_text(GH, encoding="utf-8")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)

    @played
    async def scenario(stage: Stage) -> None:
        stage.screen.select(())
        stage.screen.selection.active = 0
        await stage.keys("Mod+Shift+N")
        await stage.type("gh issue list --label bug")
        await stage.keys("Return")
        for _ in range(400):
            if stage.screen.sheet is not None:
                break
            await stage.settle()
        assert [row.brief for row in table(stage).rows] == ["#12 The parser", "#13 No colour"]

    old = os.environ["PATH"]
    os.environ["PATH"] = f"{tool.parent}:{old}"
    try:
        scenario(Stage(scene, loop))  # type: ignore[arg-type]  # as the fixture
    finally:
        os.environ["PATH"] = old


@played
async def test_the_mouse_edits_rows_and_starts_by_its_own_line(stage: Stage) -> None:
    roster = await listed(stage, 2)
    panel, left = stage.window.overlay, Qt.MouseButton.LeftButton
    items = {item.key: item for item in panel.items()}
    none = Qt.KeyboardModifier.NoModifier
    for key in ("row 0", "start"):
        point = items[key].rect.center()
        await stage.outside(lambda at=point: QTest.mouseClick(panel, left, none, at))
        await stage.settle()
        if key == "row 0":
            assert stage.orders == []
            assert stage.screen.mode == "composer"
            await stage.keys("Esc")
            assert table(stage) is roster
    assert len(stage.orders) == 1

"""The dialog of a new operation: fields, errors beside them, a TOML file, the first page."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import scene_worlds as worlds
from PySide6.QtTest import QTest
from scene_answers import INSIDE
from stage import Scene, Stage

from commandcenter.core.orders import Operation
from commandcenter.core.refusals import RepositoryUnusable
from commandcenter.core.world import World
from commandcenter.testing.worlds import NOW
from commandcenter.ui.operation_dialog import OperationDialog

pytestmark = pytest.mark.qt


def run(loop: asyncio.AbstractEventLoop, scenario: Any, world: World | None = None) -> None:
    path = Path("/work/billing")
    scene = Scene(world or worlds.small(), NOW, queries=dict(INSIDE), path=path)
    stage = Stage(scene, loop)

    async def whole() -> None:
        await stage.open()
        try:
            await stage.settle()
            await stage.keys("Mod+K")
            stage.window.overlay.fill("new operation")
            await stage.keys("Return")
            await scenario(stage)
        finally:
            await stage.close()

    loop.run_until_complete(asyncio.wait_for(whole(), 20))


async def write(stage: Stage, text: str) -> None:
    field = stage.window.overlay.form.editor
    await stage.outside(lambda: QTest.keyClicks(field, text))
    await stage.settle()


def dialog(stage: Stage) -> OperationDialog:
    assert isinstance(stage.screen.sheet, OperationDialog)
    return stage.screen.sheet


def wrong(stage: Stage) -> dict[str, str]:
    return {one.key: one.wrong for one in dialog(stage).cells(800, 400) if one.wrong}


def test_fields_become_an_order(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.keys("Mod+Return")
        assert wrong(stage) == {"name": "it needs a name"}
        await write(stage, "retry")
        await stage.keys("Tab", "Tab", "Tab")
        await write(stage, "The retry respects the budget")
        await stage.keys("Tab")
        await write(stage, "pytest -q")
        await stage.keys("Tab")
        await write(stage, "tests/a.py, tests/b.py")
        await stage.keys("Tab", "Tab", "Tab")
        await write(stage, "much")
        await stage.keys("Mod+Return")
        assert wrong(stage) == {"usd": "an amount such as 2.50"}
        assert stage.orders == []
        stage.window.overlay.form.editor.selectAll()
        await write(stage, "2.50")
        await stage.keys("Tab")
        await write(stage, "500 k")
        await stage.keys("Mod+Return")
        order = stage.link.sent[-1].order
        assert isinstance(order, Operation)
        assert (order.name, order.repo, order.success) == ("retry", "/work/billing", "pytest -q")
        assert (str(order.usd), order.tokens) == ("2.50", 500_000)
        assert order.protect == "tests/a.py, tests/b.py"
        assert stage.screen.mode == "map"

    run(loop, scenario)


def test_a_file_fills_the_fields(loop: asyncio.AbstractEventLoop, tmp_path: Path) -> None:
    file = tmp_path / "op.toml"
    file.write_text('[operation]\nname = "retry"\nsuccess = "pytest -q"\nusd = 3\n')

    async def scenario(stage: Stage) -> None:
        dialog(stage).at = "file"
        stage.window.overlay.follow()
        await write(stage, str(tmp_path / "none.toml"))
        await stage.keys("Return")
        assert "No such file" in wrong(stage)["file"]
        stage.window.overlay.form.editor.selectAll()
        await write(stage, str(file))
        await stage.keys("Return")
        assert "nothing is made yet" in dialog(stage).about()
        assert stage.orders == []
        await stage.keys("Mod+Return")
        order = stage.link.sent[-1].order
        assert isinstance(order, Operation)
        assert (order.name, str(order.usd)) == ("retry", "3")

    run(loop, scenario)


def test_esc_keeps_what_was_typed(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        await write(stage, "half a name")
        await stage.keys("Esc", "Mod+K")
        stage.window.overlay.fill("new operation")
        await stage.keys("Return")
        assert dialog(stage).cells(800, 400)[0].text == "half a name"

    run(loop, scenario)


async def again(stage: Stage) -> None:
    await stage.keys("Mod+K")
    stage.window.overlay.fill("new operation")
    await stage.keys("Return")


def texts(stage: Stage) -> dict[str, str]:
    return {one.key: one.text for one in dialog(stage).cells(800, 400) if one.text}


def test_esc_keeps_any_one_field(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        dialog(stage).at = "accept"
        stage.window.overlay.follow()
        await write(stage, "slower is fine")
        await stage.keys("Esc")
        await again(stage)
        assert texts(stage) == {"repo": "/work/billing", "accept": "slower is fine"}

    run(loop, scenario)


def test_what_the_engine_refuses_is_still_there(loop: asyncio.AbstractEventLoop) -> None:
    """The dialog closes before the answer: only the operation itself empties the fields."""

    async def scenario(stage: Stage) -> None:
        stage.link.doubts["operation"] = RepositoryUnusable("it is bare", "name another")
        await write(stage, "retry")
        await stage.keys("Mod+Return")
        await again(stage)
        assert texts(stage)["name"] == "retry"
        stage.link.doubts.clear()
        await stage.keys("Mod+Return")
        await again(stage)
        assert texts(stage) == {"repo": "/work/billing"}

    run(loop, scenario)


def test_new_threads_are_of_the_operation_that_was_made(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        await write(stage, "retry")
        await stage.keys("Mod+Return")
        spawning = stage.window.actions_table.writing.spawning
        assert spawning.place() == ("retry", "", "retry")
        await stage.keys("Right")
        assert spawning.place() != ("retry", "", "retry")
        while spawning.place() != ("retry", "", "retry"):
            await stage.keys("Backspace")
        assert stage.screen.notice is not None
        assert "starts its first" in stage.screen.notice.mend

    run(loop, scenario)


def test_it_opens_from_the_first_page(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        assert dialog(stage).cells(800, 400)[1].text == "/work/billing"

    run(loop, scenario, worlds.empty())


def test_where_it_does_not_fit_the_fields_scroll(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        stage.window.resize(1024, 640)
        await stage.settle()
        form = stage.window.overlay.form

        def seen() -> set[str]:
            return {one.key for one in stage.window.overlay.items()}

        assert "name" in seen()
        assert "file" not in seen()
        for _ in range(11):
            await stage.keys("Tab")
        assert dialog(stage).at == "file"
        assert "file" in seen()
        assert "name" not in seen()
        assert stage.window.overlay.rect().contains(form.editor.geometry())
        form.wheel(1)
        await stage.settle()
        assert dialog(stage).at == "name"
        assert "name" in seen()

    run(loop, scenario)

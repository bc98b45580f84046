"""The composer: its receivers, drafts, recall, chips, names, templates; it grows to six lines."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData
from stage import Scene, Stage, played

from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.composer import Composer

pytestmark = pytest.mark.qt


def composer(stage: Stage) -> Composer:
    return stage.window.selection.composer


def end(stage: Stage, thread: int) -> None:
    world = stage.link.world
    world.threads[thread] = msgspec.structs.replace(world.threads[thread], state="ended")
    stage.link.start()


def head_texts(stage: Stage) -> list[str]:
    return [one.text for one in stage.texts()]


def paste(stage: Stage, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    composer(stage).field.insertFromMimeData(data)


@played
async def test_the_head_names_receivers_and_what_it_sends(stage: Stage) -> None:
    priced = [
        {"thread": one, "input": 4_000, "output": 100, "usd": "0.01", "list": None}
        for one in (1, 2)
    ]
    stage.link.queries["estimates"] = {"threads": priced}
    stage.screen.select((1, 2))
    await stage.keys("Q")
    await stage.type("go on")
    names = [stage.screen.world.threads[one].name for one in (1, 2)]
    texts = head_texts(stage)
    assert {"STEER", "→", f"{names[0]},", names[1]} <= set(texts)
    letter = composer(stage).letter
    assert letter is not None
    assert letter.note.startswith("about 8.0 k tokens, about $0.02")


@played
async def test_receivers_are_fixed_and_an_ended_one_is_struck(stage: Stage) -> None:
    stage.screen.select((1, 2))
    await stage.keys("Q")
    await stage.type("go on")
    stage.screen.select((4,))
    end(stage, 2)
    await stage.settle()
    shown = stage.window.actions_table.writing.receivers()
    assert [one.gone for one in shown] == [False, True]
    await stage.keys("Return")
    assert stage.orders == ['steer #1 "go on"']


@played
async def test_many_receivers_are_counted_and_the_ended_named(stage: Stage) -> None:
    live = tuple(t for t, h in stage.link.world.threads.items() if h.state != "ended")[:8]
    stage.screen.select(live)
    await stage.keys("Q")
    end(stage, live[3])
    await stage.settle()
    shown = stage.window.actions_table.writing.receivers()
    assert shown[0].name == "7 of 8 threads"
    assert [one.gone for one in shown] == [False, True]


@played
async def test_a_draft_belongs_to_its_receivers(stage: Stage) -> None:
    stage.screen.select((1, 2))
    await stage.keys("Q")
    await stage.type("for both")
    await stage.keys("Esc")
    stage.screen.select((1,))
    await stage.keys("Q")
    assert composer(stage).text == ""
    await stage.keys("Esc")
    stage.screen.select((1, 2))
    await stage.keys("Q")
    assert composer(stage).text == "for both"


@played
async def test_up_in_an_empty_line_recalls_what_was_sent(stage: Stage) -> None:
    stage.screen.select((1,))
    for text in ("first", "second"):
        await stage.keys("Q")
        await stage.type(text)
        await stage.keys("Return")
    await stage.keys("Q", "Up")
    assert composer(stage).text == "second"
    await stage.keys("Backspace", "Up")
    assert composer(stage).text == "first"
    assert stage.screen.saved().sent == ("first", "second")
    kept = stage.screen.saved()
    composer(stage).history = ()
    stage.screen.restore(kept)
    assert composer(stage).history == ("first", "second")


@played
async def test_a_long_paste_is_a_chip_and_goes_out_whole(stage: Stage) -> None:
    long = "\n".join(f"line {n}" for n in range(30))
    stage.screen.select((1,))
    await stage.keys("Q")
    await stage.type("see ")
    paste(stage, long)
    assert composer(stage).text == "see [30 lines pasted]"
    assert composer(stage).whole == f"see {long}"
    await stage.keys("Esc", "Q")
    assert composer(stage).text == "see [30 lines pasted]"
    assert stage.screen.drafts["steer:1:"] == f"see {long}"
    await stage.keys("Backspace")
    assert composer(stage).text == "see "
    paste(stage, long)
    await stage.keys("Return")
    order = stage.link.sent[-1].order
    assert getattr(order, "text", "") == f"see {long}"


@played
async def test_a_short_paste_is_text(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("Q")
    paste(stage, "one\ntwo")
    assert composer(stage).text == "one\ntwo"


@played
async def test_it_grows_to_six_lines_and_no_further(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("Q")
    low = composer(stage).height()
    heights = []
    for _ in range(8):
        await stage.type("x")
        await stage.keys("Shift+Return")
        heights.append(composer(stage).height())
    assert heights == sorted(heights)
    assert heights[0] >= low
    assert heights[-1] == heights[5] == max(heights)


@played
async def test_at_completes_threads_and_files(stage: Stage) -> None:
    stage.link.queries["files"] = {"files": ["src/parser.py"]}
    stage.screen.select((1,))
    name = stage.screen.world.threads[2].name
    await stage.keys("Q")
    await stage.type("ask @")
    await stage.type(name)
    assert composer(stage).offers == ()
    await stage.keys("Backspace")
    assert name in composer(stage).offers
    composer(stage).field.selectAll()
    await stage.type("see @pars")
    await stage.keys("Tab")
    assert composer(stage).text == "see @src/parser.py "


def test_two_signs_take_a_template_of_the_players_own(loop: object, tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "review.md").write_text("Look at the diff.\nThen run the tests.\n", encoding="utf-8")

    @played
    async def scenario(stage: Stage) -> None:
        stage.screen.options.config = tmp_path
        stage.screen.select((1,))
        await stage.keys("Q")
        await stage.type("now @@rev")
        assert composer(stage).offers == ("review",)
        await stage.keys("Tab", "Return")
        order = stage.link.sent[-1].order
        assert getattr(order, "text", "") == "now Look at the diff.\nThen run the tests."

    scenario(Stage(Scene(demo_world(5, 24), NOW), loop))  # type: ignore[arg-type]  # as the fixture

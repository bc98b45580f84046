"""The transcript in the inspector: formatted, raw, read back, found in, copied from."""

import json

import pytest
from inspected import LEFT, T, busy_scene, say, shown, words
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from stage import NO_KEYS, Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.ui.trial_transcript import try_transcript

pytestmark = pytest.mark.qt


@pytest.fixture
def scene() -> Scene:
    return busy_scene()


# --- transcript -------------------------------------------------------------------------------


@played
async def test_messages_are_formatted_and_one_key_shows_them_raw(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    say(stage, 1, "## Title\n\nsome **bold** words, [docs](http://127.0.0.1/x)\n\n- point\n")
    await stage.settle()
    text = words(stage)
    assert "some bold words, docs (http://127.0.0.1/x)" in text
    assert "**bold**" not in text
    await stage.keys("Mod+\\")
    assert "some **bold** words, [docs](http://127.0.0.1/x)" in words(stage)
    assert stage.screen.saved().raw
    await stage.keys("Mod+\\")
    assert "**bold**" not in words(stage)


@played
async def test_an_edit_is_a_card_with_its_sums(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    args = json.dumps({"path": "src/a.py", "old": "one\ntwo", "new": "one\n2\nthree"})
    stage.link.emit(ev.ToolStarted("c", "edit", "edit", "edit a.py", args, "e"), thread=T)
    stage.link.emit(ev.ToolEnded("c", "e", "ok", 400, "h", result="edited src/a.py"), thread=T)
    await stage.settle()
    text = words(stage)
    assert "src/a.py" in text
    assert "+2" in text
    assert "-1" in text
    assert "edited src/a.py" not in text


@played
async def test_hostile_markdown_loads_nothing_and_hides_nothing(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    say(stage, 1, "![x](file:///etc/passwd) <img src=http://127.0.0.1:9/x> \x1b[31m \u202eabc\n\n")
    say(
        stage, 2, "```html\n<script>\x07</script>\n```\n\n| \x1b | b |\n|---|---|\n| 1 | \u2066 |\n"
    )
    await stage.settle()
    text = words(stage)
    assert "picture: x (file:///etc/passwd)" in text
    assert "<img src=http://127.0.0.1:9/x>" in text
    assert not any(hidden in text for hidden in ("\x1b", "\x07", "\u202e", "\u2066"))


@played
async def test_only_what_is_seen_is_laid_out(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    transcript = stage.window.reading.transcript
    transcript.hold = 16 << 20
    text = "A paragraph with **bold** words and `code`.\n\n- a\n- b\n\n" * 40
    for number in range(400):
        say(stage, number, text)
    await stage.settle()
    view = stage.window.inspector.transcript
    assert len(transcript.blocks) == 400
    before = view.layouts.made
    view.show_transcript(transcript)
    view.grab()
    assert view.layouts.made - before < 80
    before = view.layouts.made
    say(stage, 399, "one more word")
    await stage.settle()
    view.grab()
    assert view.layouts.made - before <= 2
    bar = view.verticalScrollBar()
    for at in range(0, bar.maximum(), bar.maximum() // 40):
        bar.setValue(at)
    assert len(view.layouts) <= 512


@played
async def test_an_open_tail_above_four_kilobytes_is_plain_until_it_is_closed(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    say(stage, 1, "some **bold** " * 400)
    await stage.settle()
    assert "**bold**" in words(stage)
    say(stage, 2, "next")
    await stage.settle()
    assert "**bold**" not in words(stage)


@played
async def test_older_text_is_read_when_the_player_scrolls_to_it(stage: Stage) -> None:
    for number in range(3_000):
        stage.link.emit(ev.TextAdded(number, f"answer {number}"), thread=T)
    stage.screen.select((T,))
    for _ in range(2):  # it is read, then shown
        await stage.settle()
    view, reading = stage.window.inspector.transcript, stage.window.reading
    assert len(reading.transcript.blocks) == 2_000
    assert not reading.transcript.complete
    bar = view.verticalScrollBar()
    bar.setValue(0)
    first = view.visible()[0]
    await stage.settle()
    await stage.settle()
    assert len(reading.transcript.blocks) == 3_000
    assert reading.transcript.complete
    assert first in view.visible()[:2]  # what was read stays where it stood
    assert [block.number for block in reading.transcript.blocks[:3]] == [-1000, -999, -998]


# --- find and copy ----------------------------------------------------------------------------


@played
async def test_find_counts_steps_and_leaves(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    for number in range(60):
        say(stage, number, f"the needle number {number}\n\nand more\n\n")
    await stage.settle()
    inspecting, inspector = stage.window.actions_table.inspecting, stage.window.inspector
    inspecting.find()
    await stage.settle()
    assert stage.screen.mode == "composer"
    field = inspector.find_bar.field
    await stage.outside(lambda: QTest.keyClicks(field, "NEEDLE"))
    await stage.settle()
    assert inspector.find_bar.words == "60 of 60"
    await stage.keys("Return")
    assert inspector.find_bar.words == "1 of 60"
    await stage.keys("Shift+Return", "Shift+Return")
    assert inspector.find_bar.words == "59 of 60"
    assert not stage.orders
    await stage.keys("Esc")
    assert stage.screen.mode == "map"
    assert not inspector.find_bar.isVisible()
    assert not inspecting.finding


@played
async def test_code_links_and_a_selection_are_copied(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    say(stage, 1, "see http://127.0.0.1/x here\n\n```python\nx = 1\ny = 2\n```\n")
    await stage.settle()
    view = stage.window.inspector.transcript
    port, clipboard = view.viewport(), QGuiApplication.clipboard()
    places = {
        item.text: view.box(item, top + within)
        for block, top in view.visible()
        for _, item, within in view.places.items(block, -top, view.floor - top)
    }
    head = places["python"]
    corner = QPoint(head.right() - 20, head.center().y() + 2)
    await stage.outside(lambda: QTest.mouseClick(port, LEFT, NO_KEYS, corner))
    assert clipboard.text() == "x = 1\ny = 2"
    link = places["see http://127.0.0.1/x here"]
    inside = QPoint(link.x() + 60, link.center().y())
    await stage.outside(lambda: QTest.mouseClick(port, LEFT, NO_KEYS, inside))
    assert clipboard.text() == "http://127.0.0.1/x"
    one, two = places["x = 1"], places["y = 2"]
    start, end = QPoint(one.x() + 11, one.center().y()), QPoint(two.x() + 70, two.center().y())
    for act in (
        lambda: QTest.mousePress(port, LEFT, NO_KEYS, start),
        lambda: QTest.mouseMove(port, end),
        lambda: QTest.mouseRelease(port, LEFT, NO_KEYS, end),
    ):
        await stage.outside(act)
    assert view.pointing.text() == "x = 1\ny = 2"
    clipboard.clear()
    await stage.keys("Mod+C")
    assert clipboard.text() == "x = 1\ny = 2"


@played
async def test_results_files_and_code_are_reached_by_the_region_cursor(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    say(stage, 1, "```python\nx = 1\n```\n")
    result = "\n".join(f"line {n}" for n in range(30))
    stage.link.emit(ev.ToolStarted("c", "run", "run", "seq", "{}", "e"), thread=T)
    stage.link.emit(ev.ToolEnded("c", "e", "ok", 5, "h", result=result), thread=T)
    await stage.settle()
    items = {one.name: one for one in stage.window.inspector.items()}
    items["copy the python code"].press()
    assert QGuiApplication.clipboard().text() == "x = 1"
    items["unfold Tool  seq"].press()
    assert "line 29" in words(stage)
    await shown(stage, "Diff")
    items = {one.name: one for one in stage.window.inspector.items()}
    items["fold a.py"].press()
    assert "old = 0" not in words(stage)


def test_a_long_transcript_costs_what_is_seen_of_it(qapp: object) -> None:
    trial = try_transcript(400_000, lambda: 0.0, runs=2, appends=20)
    assert trial.characters >= 400_000
    assert trial.opened_layouts < 80
    assert trial.appended_layouts <= 2
    assert trial.memory < 4_000_000

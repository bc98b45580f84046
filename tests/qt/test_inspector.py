"""The inspector: its tabs, find, raw text, copy, diffs that are seen, a window of its own."""

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from stage import NO_KEYS, Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.core.base import NS
from commandcenter.core.codec import Row
from commandcenter.core.standing import Grant, Looping
from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.trial_transcript import try_transcript

pytestmark = pytest.mark.qt
LEFT = Qt.MouseButton.LeftButton
T = 11
DIFF = "".join(
    f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1,2 +1,2 @@\n"
    f" import os\n-old = {number}\n+new = {number}\n"
    for number, name in enumerate(("a.py", "b.py"))
)
REQUEST = {
    "wall": NOW,
    "model": "claude-sonnet",
    "input": 12_000,
    "cached": 11_000,
    "output": 300,
    "usd": "0.0123",
    "list": None,
    "wait_ms": 90,
    "end": "complete",
}
ANSWERS: dict[str, Any] = {
    "diff": {"diff": DIFF, "why": ""},
    "cost": {
        "requests": [REQUEST],
        "sums": {"claude-sonnet": {"calls": 1, "input": 12_000, "usd": "0.0123"}},
        "calls": 1,
    },
    "policy": {
        "rules": [
            {
                "layer": "floor",
                "subject": "command",
                "rule": "git push --force",
                "verdict": "deny",
                "level": "R4",
                "what": "history is overwritten",
                "binding": "advisory",
            }
        ],
        "agent": {"driver": "claude", "asks": "some"},
    },
    "audit": {
        "rows": [
            {
                "wall": NOW,
                "kind": "refusal",
                "by": "player",
                "line": "fork #11",
                "outcome": "refused",
                "why": "not built yet\x1b[31m",
                "latency_ms": 3,
            }
        ],
        "more": False,
    },
}


@pytest.fixture
def scene() -> Scene:
    world = demo_world(2, 24)
    head = world.threads[T]
    world.threads[T] = replace(
        head,
        plan=(("Find it", "completed"), ("Mend it", "in_progress"), ("Test it", "pending")),
        goal="Respect the budget",
        loop=Looping("5", count=5, rounds=2),
        results=2,
    )
    world.grants["g1"] = Grant("g1", "thread", T, 1, "", "R2", "run", "k", "pytest -q", NOW, 4)
    return Scene(world, NOW, queries=dict(ANSWERS))


def words(stage: Stage) -> str:
    return "\n".join(one.text for one in stage.texts())


async def shown(stage: Stage, tab: str) -> str:
    stage.screen.select((T,))
    stage.screen.tab = tab
    stage.screen.changed()
    for _ in range(2):  # it is asked, then answered
        await stage.settle()
    return words(stage)


# --- tabs -------------------------------------------------------------------------------------


@played
async def test_every_tab_is_reached_by_key_and_says_what_it_is_for(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    seen = []
    for _ in range(6):
        seen.append(stage.screen.tab)
        await stage.keys("Shift+\\")
    assert seen == ["Transcript", "Diff", "Plan", "Cost", "Policy", "Audit"]
    assert stage.screen.tab == "Transcript"


@played
async def test_the_plan_tab_has_goal_steps_and_loop(stage: Stage) -> None:
    text = await shown(stage, "Plan")
    assert "Respect the budget" in text
    assert "Mend it" in text
    assert "1 of 3 done" in text
    assert "2 of 5" in text


@played
async def test_the_cost_tab_has_two_columns_of_money(stage: Stage) -> None:
    text = await shown(stage, "Cost")
    assert "$0.0123" in text
    assert "paid" in text
    assert "list" in text
    assert "claude-sonnet" in text


@played
async def test_a_grant_is_withdrawn_by_its_button(stage: Stage) -> None:
    text = await shown(stage, "Policy")
    assert "advisory only" in text
    assert "pytest -q" in text
    items = [one for one in stage.window.inspector.items() if one.key.startswith("withdraw")]
    items[0].press()
    await stage.settle()
    assert stage.orders == ["withdraw g1"]
    view = stage.window.inspector.page_view
    place = items[0].rect.translated(-view.pos()).center()
    await stage.outside(lambda: QTest.mouseClick(view.viewport(), LEFT, NO_KEYS, place))
    await stage.settle()
    assert stage.orders == ["withdraw g1"] * 2


@played
async def test_the_audit_tab_says_who_and_how_it_went(stage: Stage) -> None:
    text = await shown(stage, "Audit")
    assert "fork #11" in text
    assert "refused" in text
    assert "by you" in text
    assert "\x1b" not in text


@played
async def test_what_happened_since_is_asked_again_at_most_once_a_second(stage: Stage) -> None:
    asked: list[int] = []
    answer = ANSWERS["audit"]
    stage.link.queries["audit"] = lambda thread: (asked.append(thread), answer)[1]
    await shown(stage, "Audit")
    assert asked == [T]
    for _ in range(5):
        stage.link.emit(ev.Answered(1, "allow"), thread=T)
        await stage.settle()
    assert asked == [T]
    stage.clock.step(1.1)
    await stage.settle()
    assert asked == [T, T]


@played
async def test_waiting_is_said_after_a_second_and_nothing_is_invented(stage: Stage) -> None:
    assert "Select a thread to see what it does." in words(stage)
    gate = asyncio.Event()

    async def slow(thread: int, since: int, limit: int) -> list[Row]:
        await gate.wait()
        return []

    stage.link.read = slow  # type: ignore[method-assign,assignment]  # an engine that takes long
    stage.screen.select((T,))
    stage.window.refresh.frames.flush()
    assert "reading" not in words(stage)
    assert "it has said nothing yet" not in words(stage)
    stage.clock.step(1.1)
    stage.window.refresh.frames.flush()
    assert "reading \u2026" in words(stage)
    gate.set()
    await stage.settle()
    assert "it has said nothing yet" in words(stage)


@played
async def test_a_page_claims_nothing_before_it_is_answered(stage: Stage) -> None:
    stage.link.queries.clear()
    for tab in ("Cost", "Policy", "Audit"):
        text = await shown(stage, tab)
        assert "no request was metered yet" not in text
        assert "no order, decision or refusal yet" not in text


# --- transcript -------------------------------------------------------------------------------


def say(stage: Stage, number: int, text: str) -> None:
    stage.link.emit(ev.TextAdded(number, text), thread=T)


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


# --- diff -------------------------------------------------------------------------------------


@played
async def test_a_diff_that_was_looked_at_is_marked_once(stage: Stage) -> None:
    await shown(stage, "Diff")
    assert not stage.orders
    stage.clock.step(1.1)
    await stage.settle()
    assert stage.orders == [f"seen #{T} --diff"]
    assert "seen" in words(stage)
    stage.clock.step(1.1)
    await stage.settle()
    assert len(stage.orders) == 1


@played
async def test_a_file_folds_by_click_and_a_folded_one_is_not_seen(stage: Stage) -> None:
    await shown(stage, "Diff")
    view = stage.window.inspector.diff
    await stage.outside(lambda: QTest.mouseClick(view.viewport(), LEFT, NO_KEYS, QPoint(60, 20)))
    text = words(stage)
    assert "old = 0" not in text
    assert "old = 1" in text
    assert "folded" in text
    stage.clock.step(1.1)
    await stage.settle()
    assert not stage.orders
    assert not view.read


# --- a window of its own ----------------------------------------------------------------------


@played
async def test_it_pops_out_follows_the_focus_and_returns(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    say(stage, 1, "hello there")
    inspecting = stage.window.actions_table.inspecting
    stage.window.actions_table.do("inspector.pop_out")
    await stage.settle()
    popped = inspecting.popped
    assert popped is not None
    assert popped.isVisible()
    assert popped.panel.view.thread == T
    assert popped.panel.transcript.transcript is stage.window.reading.transcript
    popped.panel.on_tab("Plan")
    await stage.settle()
    assert popped.panel.view.tab == "Plan"
    assert stage.window.inspector.view.tab == "Transcript"
    stage.screen.select((12,))
    await stage.settle()
    assert popped.panel.view.thread == 12
    popped.grab()
    stage.window.actions_table.do("inspector.pop_out")
    await stage.settle()
    assert inspecting.popped is None
    assert stage.window.inspector.isVisible()


@played
async def test_the_burn_chart_says_how_much_it_knows(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    stage.link.emit(ev.HeadMoved("x", 600), thread=T)
    stage.clock.step(3.0)
    await stage.settle()
    view = stage.window.inspector.view
    assert view.chart is not None
    assert sum(view.chart.samples) * 3 >= 600
    assert "peak" in view.burn_words
    assert view.burn_words.split(" · ")[0] in {"5 min", "32 s", "34 s", "35 s"}
    assert NS


def test_a_long_transcript_costs_what_is_seen_of_it(qapp: object) -> None:
    trial = try_transcript(400_000, lambda: 0.0, runs=2, appends=20)
    assert trial.characters >= 400_000
    assert trial.opened_layouts < 80
    assert trial.appended_layouts <= 2
    assert trial.memory < 4_000_000

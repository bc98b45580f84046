"""The transcript view: plain, bounded, sticking; hostile text is shown and loads nothing."""

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from stage import Stage, played

from commandcenter.core import events as ev
from commandcenter.core.codec import Row, Stamp, payload
from commandcenter.core.standing import Looping
from commandcenter.ui.blocks import FOLD, HOLD, Transcript
from commandcenter.ui.diff import MOST, rows

pytestmark = pytest.mark.qt
HOSTILE = (
    "<img src='file:///etc/passwd'><b>bold</b>",
    "![x](http://127.0.0.1:9/x.png) <script>alert(1)</script>",
    "\x1b]0;title\x07\x1b[31mred",
    "abc\u202egpj.exe\u2066\u200b",
    "x" * 1_000_000,
    "e" + "\u0301" * 500,
)


def row(seq: int, event: ev.Event, thread: int = 1) -> Row:
    return Row(seq, 10**18 + seq, thread, 0, type(event).__name__, payload(event, Stamp(1), 0.0))


def texts(transcript: Transcript) -> str:
    return "\n".join(line.text for block in transcript.blocks for line in block.lines)


def test_deltas_of_one_answer_are_one_block_and_interleave_with_tools() -> None:
    transcript = Transcript()
    transcript.fold(
        [
            row(1, ev.TurnStarted("do it", "player")),
            row(2, ev.TextAdded(1, "I wi")),
            row(3, ev.TextAdded(1, "ll\nlook")),
            row(4, ev.ToolStarted("c", "run", "run", "pytest", "{}", "e")),
            row(5, ev.ToolOutputAdded("c", "out", "1 pas")),
            row(6, ev.ToolOutputAdded("c", "out", "sed\n")),
            row(7, ev.ToolEnded("c", "e", "ok", 1200, "h", result="1 passed\n")),
            row(7, ev.TextAdded(1, "twice")),
        ]
    )
    assert [block.who for block in transcript.blocks] == ["you", "agent", "tool"]
    assert [line.text for line in transcript.blocks[1].lines] == ["I will", "look"]
    assert [line.text for line in transcript.blocks[2].lines] == ["1 passed", ""]
    assert transcript.blocks[2].meta == "1.2 s"


def test_a_long_result_is_folded_at_twelve_lines() -> None:
    transcript = Transcript()
    transcript.fold(
        [
            row(1, ev.ToolStarted("c", "run", "run", "seq", "{}", "e")),
            row(2, ev.ToolEnded("c", "e", "ok", 5, "h", result="\n".join(map(str, range(40))))),
        ]
    )
    block = transcript.blocks[0]
    assert len(block.shown()) == FOLD
    assert block.hidden == 28


def test_hostile_text_is_visible_and_bounded() -> None:
    transcript = Transcript()
    for seq, text in enumerate(HOSTILE, 1):
        transcript.fold([row(seq, ev.TextAdded(seq, text))])
    shown = texts(transcript)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "␛" in texts(transcript) or transcript.dropped
    longest = max(len(line.text) for block in transcript.blocks for line in block.lines)
    assert longest <= 2_000
    assert len(shown) <= HOLD + 100_000


def test_a_view_holds_the_newest_256_kb() -> None:
    transcript = Transcript()
    for seq in range(1, 400):
        transcript.fold([row(seq, ev.TextAdded(seq, f"{seq} " + "word " * 1_000))])
    assert len(texts(transcript)) <= HOLD + 10_000
    assert transcript.blocks[-1].lines[0].text.startswith("399 ")
    assert transcript.dropped > 0


@played
async def test_the_hostile_transcript_paints_plainly_within_its_budget(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.settle()
    for number, text in enumerate(HOSTILE, 1):
        stage.link.emit(ev.TextAdded(number, text), thread=1)
        stage.link.emit(ev.HeadMoved(text[:300], 5), thread=1)
        stage.link.emit(ev.ThreadRenamed("a", text[:60]), thread=1)
        stage.link.emit(ev.AlertRaised(f"a{number}", "danger", "x", text[:300]), thread=1)
    await stage.settle()
    begun = time.perf_counter()
    painted = [one.text for one in stage.texts()]
    took = time.perf_counter() - begun
    assert not any("\x1b" in text or "\u202e" in text or "\x07" in text for text in painted)
    assert took < 1.0


@played
async def test_appending_costs_the_same_however_long_it_is(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.settle()
    view, reading = stage.window.inspector.transcript, stage.window.reading
    took: list[float] = []
    for number in range(600):
        begun = time.perf_counter()
        stage.link.emit(ev.TextAdded(number // 20, "a few more words of the answer "), thread=1)
        view.grab()
        took.append(time.perf_counter() - begun)
    assert reading.transcript is view.transcript
    early, late = sorted(took[50:150])[50], sorted(took[-100:])[50]
    assert late < 4 * early + 0.002


@played
async def test_it_sticks_to_the_bottom_until_scrolled_and_counts_what_is_new(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.settle()
    view = stage.window.inspector.transcript
    for number in range(60):
        stage.link.emit(ev.TextAdded(number, f"answer {number}"), thread=1)
    await stage.settle()
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    await stage.keys("PgUp")
    held = bar.value()
    for number in range(60, 72):
        stage.link.emit(ev.TextAdded(number, f"answer {number}"), thread=1)
    await stage.settle()
    assert bar.value() == held
    assert view.fresh == 12
    assert "12 new" in [one.text for one in stage.texts()]
    await stage.keys("PgDown", "PgDown", "PgDown")
    assert view.stick
    assert view.fresh == 0


@played
async def test_a_click_unfolds_a_result(stage: Stage) -> None:
    stage.screen.select((1,))
    stage.link.emit(ev.ToolStarted("c", "run", "run", "seq", "{}", "e"), thread=1)
    result = "\n".join(f"line {n}" for n in range(30))
    stage.link.emit(ev.ToolEnded("c", "e", "ok", 5, "h", result=result), thread=1)
    await stage.settle()
    assert "line 20" not in [one.text for one in stage.texts()]
    view = stage.window.inspector.transcript

    port, left = view.viewport(), Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    await stage.outside(lambda: QTest.mouseClick(port, left, none, QPoint(60, 12)))
    await stage.settle()
    assert "line 20" in [one.text for one in stage.texts()]


def test_diff_rows_are_numbered_counted_and_safe() -> None:
    text = (
        "diff --git a/a.py b/a.py\nindex 1..2\n--- a/a.py\n+++ b/a.py\n"
        "@@ -10,2 +10,2 @@ def f():\n same\n-old\x1b[0m\n+new\n"
        "diff --git a/b.bin b/b.bin\nBinary files a/b.bin and b/b.bin differ\n"
    )
    found = rows(text)
    assert [one.kind for one in found] == ["file", "hunk", "same", "remove", "add", "file", "note"]
    assert (found[0].text, found[0].added, found[0].removed) == ("a.py", 1, 1)
    assert [one.number for one in found[2:5]] == [10, 11, 11]
    assert "\x1b" not in found[3].text
    assert len(rows("diff --git a/x b/x\n@@ -1 +1 @@\n" + "+x\n" * 50_000)) <= MOST


def test_goal_loop_and_remembered_approvals_are_told() -> None:
    transcript = Transcript()
    transcript.fold(
        [
            row(1, ev.GoalSet("less waste")),
            row(2, ev.LoopSet(Looping("5", count=5))),
            row(3, ev.LoopSet(Looping("5", count=5, rounds=1))),
            row(4, ev.GrantUsed("g", "pytest -q")),
            row(5, ev.LoopSet(None, "5 rounds are over")),
        ]
    )
    assert [block.title for block in transcript.blocks] == ["Goal", "Loop", "Allowed", "Loop ended"]
    assert "5 rounds are over" in texts(transcript)

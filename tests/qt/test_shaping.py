"""The keys of M4 but S: reassign, hand-over, ladder, checkpoint, verify, revert, fork, reclaim."""

import asyncio
from typing import Any

import pytest
import scene_shaping as shaping
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from scene_shaping import ONE
from stage import NO_KEYS, Scene, Stage

from commandcenter.core import events as ev
from commandcenter.core.orders import HandOver
from commandcenter.core.refusals import LadderTop, NoSuccessCommand
from commandcenter.core.shaping import Handing
from commandcenter.core.world import World
from commandcenter.hud.shaping import Rungs
from commandcenter.testing.worlds import NOW
from commandcenter.ui.reassigning import HandoverSheet

pytestmark = pytest.mark.qt


def run(loop: asyncio.AbstractEventLoop, scenario: Any, world: World | None = None) -> None:
    queries = dict(shaping.ANSWERS)
    stage = Stage(Scene(world or shaping.planned(), NOW, queries=queries), loop)

    async def whole() -> None:
        await stage.open()
        try:
            stage.screen.select((ONE,), ONE)
            await stage.settle()
            await scenario(stage)
        finally:
            await stage.close()

    loop.run_until_complete(asyncio.wait_for(whole(), 20))


def said(stage: Stage) -> str:
    notice = stage.screen.notice
    return f"{notice.text} {notice.mend}" if notice is not None else ""


def badge(stage: Stage, name: str) -> str:
    page = stage.screen.card_page()
    return next(one.badge for one in page.places if one is not None and one.name == name)


def change(stage: Stage, **fields: Any) -> None:
    """The engine says otherwise of the thread."""
    stage.link.world.threads[ONE] = replace(stage.link.world.threads[ONE], **fields)
    stage.link.start()


# --- A ----------------------------------------------------------------------------------------


def test_a_letter_picks_who_goes_on(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.keys("A")
        assert stage.screen.mode == "target"
        await stage.settle()
        tip = stage.window.card.tip.shown
        assert tip is not None
        assert (tip.name, tip.cost) == ("claude-haiku", "lost: cache")
        await stage.keys("Right", "Right")
        tip = stage.window.card.tip.shown
        assert tip is not None
        assert tip.cost == "lost: cache, grants, background processes"
        await stage.keys("T")
        assert "not installed" in said(stage)
        assert stage.orders == []
        await stage.keys("W")
        assert stage.orders == [
            f"reassign #{ONE} --agent native --model gpt-large --account openai"
        ]
        assert (stage.screen.mode, stage.screen.selection.ids) == ("map", (ONE,))
        await stage.keys("A", "Return")
        assert stage.orders[-1].endswith("--model claude-haiku --account claude")

    run(loop, scenario)


def test_by_click_by_name_and_queued(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.keys("Shift+A")
        await stage.settle()
        await stage.keys("E")
        assert stage.orders[-1].endswith("--model gpt-codex --account codex --queued")
        await stage.keys("A")
        await stage.settle()
        card = stage.window.card
        point = card.real(card.places()[3]).center()
        left = Qt.MouseButton.LeftButton
        await stage.outside(lambda: QTest.mouseClick(card, left, NO_KEYS, point))
        await stage.settle()
        assert "qwen-coder" in stage.orders[-1]
        await stage.keys("A", "/")
        await stage.type("gpt-large")
        await stage.keys("Return")
        assert "gpt-large" in stage.orders[-1]

    run(loop, scenario)


def test_the_hand_over_text_is_edited_and_sent(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        stage.link.queries["editing"] = {"until": NOW + 60 * 10**9}
        assert "handing over" in "".join(one.text for one in stage.texts())
        await stage.keys("A")
        sheet = stage.screen.sheet
        assert isinstance(sheet, HandoverSheet)
        assert "sent in 8 s" in sheet.about()
        stage.clock.step(2)
        assert "sent in 6 s" in sheet.about()
        editor = stage.window.overlay.form.editor
        await stage.outside(lambda: QTest.keyClicks(editor, " Mind."))
        await stage.settle()
        assert "the clock stands" in sheet.about()
        assert stage.orders == []
        await stage.keys("Mod+Return")
        given = stage.link.sent[-1].order
        assert isinstance(given, HandOver)
        assert given.text.endswith("Keep the public API. Mind.")

    run(loop, scenario, shaping.handed())


def test_esc_keeps_the_edited_hand_over_text(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        stage.link.queries["editing"] = {"until": NOW + 60 * 10**9}
        await stage.keys("A")
        editor = stage.window.overlay.form.editor
        await stage.outside(lambda: QTest.keyClicks(editor, " Mind."))
        await stage.settle()
        await stage.keys("Esc")
        assert stage.screen.notice is not None
        assert "has what you typed" in stage.screen.notice.mend
        await stage.keys("A")
        assert isinstance(stage.screen.sheet, HandoverSheet)
        assert stage.screen.sheet.cells(800, 400)[0].text.endswith("API. Mind.")

    run(loop, scenario, shaping.handed())


def test_what_was_typed_too_late_is_not_lost(loop: asyncio.AbstractEventLoop) -> None:
    """An engine that does not wait sends its own text; the sheet says so."""

    async def scenario(stage: Stage) -> None:
        await stage.keys("A")
        sheet = stage.screen.sheet
        assert isinstance(sheet, HandoverSheet)
        editor = stage.window.overlay.form.editor
        await stage.outside(lambda: QTest.keyClicks(editor, "!"))
        await stage.settle()
        assert "the clock stands" not in sheet.about()
        head = stage.link.world.threads[ONE]
        assert head.handing is not None
        open_ = Handing("open", head.handing.old, head.handing.new)
        stage.link.emit(ev.HandoffDrafted(open_), thread=ONE)
        sheet._tick()
        assert "before you were done" in sheet.about()
        await stage.keys("Esc", "Q")
        composer = stage.screen.composer
        assert composer is not None
        assert composer.whole.endswith("API.!")

    run(loop, scenario, shaping.handed())


# --- F, G -------------------------------------------------------------------------------------


def test_factors_stand_on_the_card(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.settle()
        assert (badge(stage, "Escalate"), badge(stage, "Downgrade")) == ("\u00d75", "\u00d70.3")
        assert "opus" in stage.screen.on_hint("order.escalate")
        assert "$0.21" in stage.screen.on_hint("order.escalate")
        await stage.keys("F")
        assert stage.orders == [f"escalate #{ONE}"]
        top = replace(shaping.RUNGS, up=None)
        stage.link.queries["rungs"] = shaping.plain(top)
        stage.clock.step(11)
        stage.screen.card_page()
        await stage.settle()
        place = stage.screen.card_page().at(8)
        assert place is not None
        assert isinstance(place.reason, LadderTop)

    run(loop, scenario)


def test_no_ladder_is_said(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        stage.link.queries["rungs"] = shaping.plain(Rungs("", "odd"))
        stage.clock.step(11)
        stage.screen.card_page()
        await stage.settle()
        place = stage.screen.card_page().at(8)
        assert place is not None
        assert place.reason is None or "ladder" in place.reason.text()

    run(loop, scenario)


# --- C, V -------------------------------------------------------------------------------------


def test_checkpoint_and_verify(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.keys("C", "V")
        assert stage.orders == [f"checkpoint #{ONE}", f"verify #{ONE}"]
        change(stage, verifying="e1", verifying_at=NOW)
        await stage.keys("V")
        assert "again stops it" in said(stage)
        assert len(stage.orders) == 2
        await stage.keys("V")
        assert stage.orders[-1] == f"verify #{ONE} --stop"

    run(loop, scenario, shaping.proven())


def test_without_a_success_command_v_says_so(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        place = stage.screen.card_page().at(13)
        assert place is not None
        assert isinstance(place.reason, NoSuccessCommand)
        await stage.keys("V")
        assert stage.orders == []
        assert NoSuccessCommand().text() in said(stage)

    world = shaping.planned()
    world.operations = {name: replace(op, success="") for name, op in world.operations.items()}
    run(loop, scenario, world)


def test_in_approve_c_and_v_decide_nothing(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.keys("J")
        ask = stage.screen.deck.shown
        assert ask is not None
        await stage.keys("C", "V")
        assert stage.orders == [f"checkpoint #{ask.thread}", f"critic #{ask.thread}"]
        assert stage.screen.deck.shown == ask
        assert stage.screen.mode == "approval"

    run(loop, scenario)


# --- behind B ---------------------------------------------------------------------------------


def test_revert_to_a_checkpoint_from_the_list(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.keys("B")
        page = stage.screen.card_page()
        slot = next(one.slot for one in page.places if one and one.name == "Revert")
        await stage.keys(stage.screen.keymap.grid[slot])
        names = [one.name for one in stage.window.overlay.choices]
        assert names[0].startswith("5")
        await stage.keys("Down", "Return")
        assert stage.orders == [f"revert #{ONE} --to 4"]
        assert stage.screen.mode == "map"

    run(loop, scenario, shaping.proven())


def test_fork_behind_a_turn(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        for text in ("first task", "second task"):
            change(stage, turn=stage.link.world.threads[ONE].turn + 1)
            stage.link.emit(ev.TurnStarted(text, "player"), thread=ONE)
        turn = stage.link.world.threads[ONE].turn
        await stage.keys("B")
        page = stage.screen.card_page()
        slot = next(one.slot for one in page.places if one and one.name == "Fork")
        await stage.keys(stage.screen.keymap.grid[slot])
        await stage.settle()
        assert [one.name for one in stage.window.overlay.choices][:2] == ["Now", "second task"]
        await stage.keys("Return")
        assert stage.orders[-1] == f"fork #{ONE}"
        await stage.keys("B", stage.screen.keymap.grid[slot])
        await stage.settle()
        await stage.keys("Down", "Return")
        assert stage.orders[-1].startswith(f"fork #{ONE} --at ")
        assert int(stage.orders[-1].rpartition(" ")[2]) <= turn

    run(loop, scenario)


def test_a_turn_in_the_transcript_forks(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        for number, text in enumerate(("first task", "second task"), 4):
            change(stage, turn=number)
            await stage.settle()
            stage.link.emit(ev.TurnStarted(text, "player"), thread=ONE)
        await stage.settle()
        items = stage.window.inspector.transcript.items()
        turn = next(one for one in items if one.key == "turn 4")
        turn.press()
        await stage.settle()
        assert stage.window.overlay.choices[0].name == "first task"
        await stage.keys("Return")
        assert stage.orders[-1] == f"fork #{ONE} --at 4"

    run(loop, scenario)


def test_reclaim_wants_the_name(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario(stage: Stage) -> None:
        change(stage, state="ended", outcome="done")
        name = stage.link.world.threads[ONE].name
        await stage.keys("B", "B")
        page = stage.screen.card_page()
        slot = next(one.slot for one in page.places if one and one.name == "Reclaim")
        await stage.keys(stage.screen.keymap.grid[slot])
        receivers = stage.window.actions_table.writing.receivers()
        assert [one.gone for one in receivers] == [False]
        await stage.type("wrong")
        await stage.keys("Return")
        assert stage.orders == []
        assert "would be removed" in said(stage)
        composer = stage.screen.composer
        assert composer is not None
        composer.field.selectAll()
        await stage.type(name)
        await stage.keys("Return")
        assert stage.orders == [f"reclaim #{ONE} --name {name}"]

    run(loop, scenario)

"""Palette, help, settings, queue, APM and text size by their keys, on the fake link."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from stage import Scene, Stage, played

from commandcenter.config.comfort import Comfort
from commandcenter.core import events as ev
from commandcenter.hud.keymap import chord
from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.keys import event_of

FIGURES: dict[str, Any] = {
    "epm": 41.0, "apm": 57.0, "epm_session": 30.0, "apm_session": 44.0, "actions": 60,
    "effective": 41, "auto": 3, "decisions_per_hour": 12.0, "decision_median_s": 3.4,
    "results": 4, "usd_per_result": "0.42", "practice_per_result": None,
}  # fmt: skip


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(
        demo_world(5, 24),
        NOW,
        config=tmp_path / "config",
        queries={"metrics": FIGURES, "acted": {"recorded": 1}},
    )


def texts(stage: Stage) -> set[str]:
    return {one.text for one in stage.texts()}


async def typed(stage: Stage, text: str) -> None:
    field = stage.window.overlay.field
    await stage.outside(lambda: QTest.keyClicks(field, text))
    await stage.settle()


# --- palette ----------------------------------------------------------------------------------


@played
async def test_the_palette_does_an_action_in_the_mode_it_came_from(stage: Stage) -> None:
    await stage.click(1)
    await stage.keys("Mod+K")
    assert stage.screen.mode == "overlay"
    await typed(stage, "interrupt")
    assert stage.window.overlay.items()[0].name == "Interrupt"
    await stage.keys("Return")
    assert stage.screen.mode == "map"
    assert stage.orders == ["interrupt #1"]


@played
async def test_the_same_key_closes_the_palette_and_it_moves_nothing(stage: Stage) -> None:
    await stage.click(2)
    before = stage.view()
    await stage.keys("Mod+K", "Mod+K")
    assert stage.view() == before
    await stage.keys("Mod+K", "Mod+,")
    assert stage.screen.sheet is not None
    assert stage.screen.sheet.title == "Settings"
    await stage.keys("Esc")
    assert stage.view() == before


@played
async def test_a_greyed_line_answers_with_its_reason(stage: Stage) -> None:
    await stage.keys("Mod+K")
    await typed(stage, "steer")
    await stage.keys("Return")
    assert stage.screen.mode == "overlay"
    assert "nothing is selected" in texts(stage)
    assert stage.orders == []


@played
async def test_an_order_in_notation_is_previewed_and_given_once(stage: Stage) -> None:
    await stage.click(3)
    await stage.keys("Mod+K")
    await typed(stage, "pause @sel")
    assert [item.name for item in stage.window.overlay.items()] == ["pause #3"]
    assert any(text.startswith("→ ") for text in texts(stage))
    assert stage.orders == []
    await stage.keys("Return")
    assert stage.orders == ["pause #3"]
    assert stage.screen.mode == "map"


@played
async def test_nothing_is_decided_by_notation(stage: Stage) -> None:
    await stage.keys("Mod+K")
    await typed(stage, "approve 1")
    await stage.keys("Return")
    assert stage.orders == []
    assert any("Y and N decide" in text for text in texts(stage))


@played
async def test_a_thread_and_an_operation_are_gone_to(stage: Stage) -> None:
    head = stage.screen.world.threads[7]
    await stage.keys("Mod+K")
    await typed(stage, head.name)
    await stage.keys("Return")
    assert stage.screen.selection.ids == (7,)
    before = stage.screen.selection.ids
    await stage.keys("Mod+K")
    await typed(stage, next(iter(stage.screen.world.operations)))
    names = [item.key for item in stage.window.overlay.items()]
    operation = next(n for n, key in enumerate(names) if key.startswith("operation:"))
    await stage.keys(*["Down"] * operation, "Return")
    assert stage.screen.selection.ids == before


@played
async def test_quit_closes_the_window(stage: Stage) -> None:
    await stage.keys("Mod+K")
    await typed(stage, "quit")
    await stage.keys("Return")
    for _ in range(5):
        await stage.settle()
    assert not stage.window.isVisible()


# --- help -------------------------------------------------------------------------------------


@played
async def test_help_shows_the_mode_and_closes(stage: Stage) -> None:
    await stage.keys("Shift+/")
    shown = texts(stage)
    assert "KEYS OF MAP" in shown
    assert {"Steer", "Pause or resume"} <= shown
    await stage.keys("Esc")
    await stage.keys("J", "Shift+/")
    assert "KEYS OF APPROVE" in texts(stage)
    await stage.keys("Esc")
    assert stage.screen.mode == "approval"


@played
async def test_help_held_closes_with_its_key(stage: Stage) -> None:
    press = event_of(chord("Shift+/"))
    up = QKeyEvent(QKeyEvent.Type.KeyRelease, press.key(), press.modifiers(), press.text())
    stage.window.router.press(press)
    stage.clock.step(0.2)
    stage.window.router.release(up)
    assert stage.screen.mode == "overlay"
    stage.clock.step(0.3)
    stage.window.router.release(up)
    assert stage.screen.mode == "map"


# --- text size --------------------------------------------------------------------------------


@played
async def test_text_grows_in_steps_and_no_panel_moves(stage: Stage) -> None:
    window = stage.window
    parts = (window.bar, window.map, window.inspector, window.card, window.selection)
    before = [part.geometry() for part in parts]
    sizes = []
    for _ in range(7):
        await stage.keys("Mod+=")
        sizes.append(stage.screen.settings.comfort.text)
    assert sizes == [110, 125, 150, 175, 200, 200, 200]
    assert [part.geometry() for part in parts] == before
    assert window.inspector.transcript.geometry().right() <= window.inspector.geometry().width()
    await stage.keys("Mod+Backspace", "Mod+-")
    assert stage.screen.settings.comfort.text == 90
    await stage.keys("Mod+Backspace")
    assert window.card.zoom == 1.0


@pytest.mark.parametrize("size", [150, 200])
def test_clicks_hit_what_is_painted_at_large_text(stage: Stage, size: int) -> None:
    async def play(stage: Stage) -> None:
        stage.screen.settings.comfort = Comfort(text=size)
        stage.screen.on_comfort()
        await stage.click(1)
        card = stage.window.card
        point = card.real(card.places()[1]).center()
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        await stage.outside(lambda: QTest.mouseClick(card, left, none, point))
        await stage.settle()
        assert stage.orders == ["interrupt #1"]

    played(play)(stage)


# --- queue, APM, acts -------------------------------------------------------------------------


@played
async def test_the_queue_pauses_and_then_interrupts(stage: Stage) -> None:
    await stage.keys("L")
    found = stage.window.overlay.choices
    first = next(n for n, one in enumerate(found) if not one.heading)
    assert stage.window.overlay.marked == first
    sheet = stage.screen.sheet
    assert sheet is not None
    await stage.keys("Shift+Return")
    paused = stage.orders
    assert len(paused) == 1
    assert paused[0].startswith("pause #")
    await stage.keys("Esc")
    await stage.keys("L", "Return")
    assert stage.screen.mode == "map"
    assert len(stage.screen.selection.ids) == 1


@played
async def test_figures_stand_epm_first(stage: Stage) -> None:
    await stage.keys("Mod+Shift+A")
    await stage.settle()
    shown = [one for one in stage.texts() if one.text in ("EPM", "APM", "41", "57", "$0.42")]
    assert [one.text for one in shown] == ["EPM", "41", "APM", "57", "$0.42"]
    await stage.keys("Mod+Shift+A")
    assert stage.screen.mode == "map"


@played
async def test_what_the_player_selects_is_counted_in_batches(stage: Stage) -> None:
    sent: list[dict[str, Any]] = []
    stage.link.queries["acted"] = lambda acts: sent.extend(acts) or {"recorded": len(acts)}
    await stage.click(1)
    await stage.keys("Right")
    stage.hold("Right")
    stage.window.acts.flush()
    await stage.settle()
    assert [(act["kind"], act["source"]) for act in sent] == [
        ("select", "mouse"),
        ("select", "key"),
    ]


# --- the link ---------------------------------------------------------------------------------


@played
async def test_what_was_missed_is_said_until_the_next_key(stage: Stage) -> None:
    stage.link.lose()
    await stage.settle()
    assert "does not answer" in stage.window.banner.text
    heard, stage.link.on_rows = stage.link.on_rows, lambda rows: None
    for thread in (1, 2, 3):
        stage.link.emit(ev.StateChanged("running", "paused", "the player"), thread=thread)
    stage.link.on_rows = heard
    stage.link.regain()
    await stage.settle()
    assert stage.window.banner.text.startswith("3 events while the engine was away")
    await stage.keys("Down")
    assert stage.window.banner.text == ""


@played
async def test_the_map_is_tidied_and_sounds_are_muted_from_the_palette(stage: Stage) -> None:
    world = stage.screen.world
    ended = next(head for head in world.threads.values() if head.state == "ended")
    before = stage.window.map.scene.rects[ended.id]
    await stage.keys("Mod+K")
    await typed(stage, "tidy")
    await stage.keys("Return")
    assert stage.window.map.scene.rects[ended.id] != before
    await stage.keys("Mod+K")
    await typed(stage, "mute")
    await stage.keys("Return")
    assert stage.screen.sounds.mute
    assert stage.orders == []


@played
async def test_the_palette_opens_out_of_a_terminal(stage: Stage) -> None:
    await stage.click(1)
    stage.screen.enter("terminal")
    await stage.keys("Mod+Shift+K")
    assert stage.screen.modes == ["map", "terminal", "overlay"]
    await stage.keys("Mod+Shift+K")
    assert stage.screen.mode == "terminal"
    await stage.keys("Mod+Shift+K")
    await typed(stage, "interrupt")
    await stage.keys("Return")
    assert stage.screen.mode == "map"
    assert stage.orders == ["interrupt #1"]

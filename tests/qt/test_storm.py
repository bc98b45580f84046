"""1000 alerts in a second: two sounds at most, one row each, nothing of the player's moves."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from stage import Stage, played

from commandcenter.core import events as ev
from commandcenter.core.events import Severity

pytestmark = pytest.mark.qt
SEVERITIES: tuple[Severity, ...] = ("danger", "warn", "info")


async def storm(stage: Stage) -> list[str]:
    """1000 alerts over one second, a frame each 33 ms; the sounds that were played."""
    heard: list[str] = []
    stage.window.sounds.play = heard.append
    operations = list(stage.link.world.operations)
    for n in range(1000):
        thread = 1 + n % 120
        key, severity = f"storm:{n % 150}", SEVERITIES[n % 3]
        line = f"alert {n}"
        operation = operations[n % len(operations)]
        event = ev.AlertRaised(key, severity, "storm", line, "look", operation)
        stage.link.emit(event, thread=thread)
        if n % 33 == 0:
            stage.clock.step(0.033)
            await stage.settle()
    for _ in range(10):
        stage.clock.step(0.5)
        await stage.settle()
    return heard


@played
async def test_a_thousand_alerts_move_nothing_and_sound_twice_at_most(stage: Stage) -> None:
    for one in ("warn", "info", "click"):
        stage.screen.sounds.switch(one)  # type: ignore[arg-type]  # the names of sounds
    stage.screen.select((6, 7, 10), 7)
    await stage.keys("J", gap=1.0)
    await stage.settle()
    before, card = stage.view(), stage.window.card.shown.page
    heard = await storm(stage)
    assert 1 <= len(heard) <= 2
    assert stage.view() == before
    assert stage.window.card.shown.page.places == card.places
    keys = [(row.operation, row.severity) for row in stage.window.alerts.rows if row.alerts]
    rows = [row for row in stage.window.alerts.rows if "alert " in row.title]
    assert len(rows) == len({(row.operation, row.severity) for row in rows}) <= 15
    assert len(keys) >= len(rows)


@played
async def test_space_visits_danger_first_and_selects_nothing(stage: Stage) -> None:
    await storm(stage)
    chosen = stage.screen.selection.ids
    visited = []
    for _ in range(4):
        await stage.keys("Space", gap=0.3)
        assert stage.screen.notice is not None
        row = next(r for r in stage.window.alerts.rows if r.title == stage.screen.notice.text)
        visited.append(row.severity)
    assert visited[:4] == ["danger"] * 4
    assert stage.screen.selection.ids == chosen
    assert stage.screen.mode == "map"


@played
async def test_muted_is_silent_and_without_a_caption(stage: Stage) -> None:
    stage.screen.sounds.mute = True
    assert await storm(stage) == []
    assert stage.screen.sounding.caption is None


@played
async def test_a_sound_has_its_caption_in_the_panel(stage: Stage) -> None:
    stage.window.sounds.play = lambda sound: None
    stage.link.emit(ev.AlertRaised("p", "danger", "policy", "fix-a01 tried rm -rf /"), thread=1)
    await stage.settle()
    said = [one.text for one in stage.texts() if one.text.startswith("sound: fix-a01")]
    assert len(said) == 1
    stage.clock.step(5)
    await stage.settle()
    assert not any(one.text.startswith("sound:") for one in stage.texts())


@played
async def test_the_log_lists_all_with_what_was_visited(stage: Stage) -> None:
    await stage.keys("Shift+L", gap=0.3)
    assert stage.screen.mode == "overlay"
    texts = [one.text for one in stage.texts()]
    assert any("eval-b21 failed" in text for text in texts)
    assert any("3 shown, 3 not visited" in text for text in texts)
    await stage.keys("Down", "Return", gap=0.3)
    assert stage.screen.mode == "map"
    await stage.keys("Shift+L", gap=0.3)
    assert any("3 shown, 2 not visited" in one.text for one in stage.texts())


@played
async def test_the_queue_stands_still_after_a_key_that_used_it(stage: Stage) -> None:
    await stage.keys("J", gap=0.5)
    shown = stage.screen.deck.shown
    assert shown is not None
    before = [entry.key for entry in stage.screen.agenda.entries]
    event = ev.Asked(900, "tool", "R4", "rm -rf /srv", {"command": "rm -rf /srv"}, "x", "rule")
    stage.link.emit(event, thread=1)
    await stage.settle()
    after = [entry.key for entry in stage.screen.agenda.entries]
    assert after == [*before, "case:900"]
    assert stage.screen.deck.shown == shown
    stage.clock.step(4)
    await stage.settle()
    assert stage.screen.agenda.entries[0].ask == 900


@played
async def test_the_queue_stands_still_under_a_moving_pointer(stage: Stage) -> None:
    panel = stage.window.alerts
    before = [entry.key for entry in stage.screen.agenda.entries]
    panel.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    place = QPointF(30, 60)
    none, no_keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    panel.mouseMoveEvent(QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, no_keys))
    await stage.settle()
    event = ev.Asked(900, "tool", "R4", "rm -rf /srv", {"command": "rm -rf /srv"}, "x", "rule")
    stage.link.emit(event, thread=1)
    stage.clock.step(5)
    await stage.settle()
    assert [entry.key for entry in stage.screen.agenda.entries] == [*before, "case:900"]
    stage.clock.step(6)
    await stage.settle()
    assert stage.screen.agenda.entries[0].ask == 900

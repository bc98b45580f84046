"""What a mouse presses where a key would do: caps of the composer, verdicts, ways on; and Esc."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from stage import NO_KEYS, Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.core.world import World
from commandcenter.testing.worlds import NOW
from commandcenter.ui.composer import ESC, PASTE

pytestmark = pytest.mark.qt
ACCOUNT = {"id": "local", "kind": "ollama", "base_url": "http://127.0.0.1:1", "model": "qwen"}
ROOT = {"why": "", "root": "/home/me/tally", "branch": "main", "dirty": 0, "commits": 3}


async def press(stage: Stage, widget: QWidget, rect: QRect) -> None:
    left, at = Qt.MouseButton.LeftButton, rect.center()
    await stage.outside(lambda: QTest.mouseClick(widget, left, NO_KEYS, at))
    await stage.settle()


async def cap(stage: Stage, label: str) -> None:
    """Press one of the caps at the composer's right."""
    composer = stage.window.selection.composer
    places = {name: place for _, name, place in composer._caps(6)}
    await press(stage, composer, places[label])


# --- the composer ------------------------------------------------------------------------------


@played
async def test_the_caps_of_the_composer_open_paste_send_and_leave(stage: Stage) -> None:
    composer = stage.window.selection.composer
    stage.screen.select((1,))
    await stage.settle()
    await press(stage, composer, composer.rect())
    assert stage.screen.mode == "composer"
    QApplication.clipboard().setText("go on")
    await cap(stage, PASTE)
    assert composer.text == "go on"
    await cap(stage, ESC)
    assert stage.screen.mode == "map"
    assert stage.orders == []
    await press(stage, composer, composer.rect())
    assert composer.text == "go on", "the draft is kept"
    await cap(stage, composer.key_label)
    assert stage.orders == ['steer #1 "go on"']
    assert stage.screen.mode == "map"


# --- verdicts ----------------------------------------------------------------------------------


def asked(stage: Stage, kind: str, level: Any) -> None:
    for number in list(stage.link.world.asks):
        stage.link.emit(ev.Answered(number, "deny"), thread=1)
    request = {"tool": "run", "command": "make"}
    stage.link.emit(ev.Asked(500, kind, level, "make?", request, "dig500", "rule"), thread=6)


async def verdict(stage: Stage, action: str) -> None:
    (one,) = (one for one in stage.window.inspector._verdicts if one.action == action)
    await press(stage, stage.window.inspector, one.rect)


@pytest.mark.parametrize(
    ("level", "action", "given"),
    [
        ("R2", "approval.allow_once", "approve 500 --digest dig500"),
        ("R2", "approval.deny", "deny 500 --digest dig500"),
        ("R3", "approval.allow_danger", "approve 500 --danger --digest dig500"),
    ],
)
def test_a_verdict_decides_as_its_key_does(
    stage: Stage, level: str, action: str, given: str
) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        asked(stage, "tool", level)
        await stage.keys("J", gap=0.1)
        await verdict(stage, action)
        assert stage.orders == [], "the dead time holds for the mouse too"
        stage.clock.step(3.0)
        await verdict(stage, action)
        assert stage.orders == [given]

    scenario(stage)


@played
async def test_a_questions_verdicts_answer_or_deny_and_never_allow(stage: Stage) -> None:
    asked(stage, "question", "R0")
    await stage.keys("J", gap=3.0)
    actions = [one.action for one in stage.window.inspector._verdicts]
    assert actions == ["approval.message", "approval.deny"]
    await verdict(stage, "approval.message")
    assert stage.screen.mode == "composer"
    assert stage.orders == []


# --- the first page ----------------------------------------------------------------------------


async def way(stage: Stage, action: str) -> None:
    places = dict(stage.window.start._places)
    await press(stage, stage.window.start, places[action])


def test_each_way_on_is_clicked_as_its_key(loop: object, tmp_path: Path) -> None:
    started: list[str] = []

    async def skirmish() -> None:
        started.append("skirmish")

    queries = {"found": {"accounts": [ACCOUNT]}, "repository": ROOT, "status": {}}
    scene = Scene(World(), NOW, path=tmp_path, queries=queries, skirmish=skirmish)

    @played
    async def scenario(stage: Stage) -> None:
        head = stage.window.selection.composer
        stage.texts()
        await stage.keys("Esc")
        await way(stage, "composer.open")
        assert (stage.screen.mode, head.letter.head) == ("composer", "BRIEF")
        await stage.keys("Esc")
        await way(stage, "thread.new_list")
        assert (stage.screen.mode, head.letter.head) == ("composer", "LIST")
        await stage.keys("Esc")
        await way(stage, "start.skirmish")
        assert started == ["skirmish"]
        assert stage.orders == []

    scenario(Stage(scene, loop))


# --- the first control group --------------------------------------------------------------------


async def cell(stage: Stage) -> str:
    """Press the strip's last cell; its name."""
    found = stage.window.selection.strip_items()[-1]
    await press(stage, stage.window.selection, found.rect)
    return found.name


@played
async def test_a_free_place_of_the_strip_makes_the_selection_a_group(stage: Stage) -> None:
    world = stage.link.world
    for digit in list(world.groups):
        stage.link.emit(ev.GroupChanged(digit, ()))
    await stage.settle()
    assert stage.window.selection.strip_items() == [], "nothing is selected"
    for digit, ids in ((1, (1, 2)), (2, (6,))):
        stage.screen.select(ids)
        await stage.settle()
        assert any(one.text == "+ group" for one in stage.texts())
        assert await cell(stage) == f"make the selection group {digit}"
        assert world.groups[digit] == ids
        names = [one.name for one in stage.window.selection.strip_items()]
        assert len(names) == digit, "what is a group already gets no second one"
    await press(stage, stage.window.selection, stage.window.selection.strip_items()[0].rect)
    assert stage.screen.selection.ids == (1, 2)


# --- Esc in the card's pages -------------------------------------------------------------------


@pytest.mark.parametrize("keys", ["B", "B B", "Z", "Shift+Z", "R", "B W", "Mod+N"])
def test_esc_leaves_a_page_of_the_card_and_gives_nothing(stage: Stage, keys: str) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        stage.screen.select((6,))
        stage.screen.found = {"accounts": [ACCOUNT]}
        await stage.settle()
        before = stage.view()
        await stage.keys(*keys.split())
        assert stage.screen.mode == "subcard"
        await stage.keys("Esc")
        assert stage.view() == before
        assert stage.orders == []

    scenario(stage)

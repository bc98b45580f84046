"""From a key to an order: selection, groups, card, menus, bells, undo, new threads."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from stage import Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.core import notation
from commandcenter.core.base import OrderId
from commandcenter.core.orders import Given
from commandcenter.core.world import World
from commandcenter.testing.worlds import NOW

pytestmark = pytest.mark.qt
ACCOUNT = {"id": "local", "kind": "ollama", "base_url": "http://127.0.0.1:1", "model": "qwen"}
ROOT = {"why": "", "root": "/home/me/tally", "branch": "main", "dirty": 0, "commits": 3}


@played
async def test_pause_and_resume_go_to_those_that_can(stage: Stage) -> None:
    stage.screen.select((1, 2, 9))
    await stage.keys("E")
    assert stage.orders == ["pause #1,#2"]
    assert stage.link.world.threads[1].state == "paused"
    await stage.keys("E")
    assert stage.orders[-1] == "resume #1,#2"


@played
async def test_nothing_selected_is_said_and_nothing_given(stage: Stage) -> None:
    await stage.keys("E", "X", "W", "Q", "Z")
    assert stage.orders == []
    assert stage.screen.notice is not None
    assert "nothing is selected" in stage.screen.notice.text
    stage.clock.step(4.1)
    await stage.settle()
    assert stage.screen.notice is None


@played
async def test_groups_are_set_recalled_and_fitted(stage: Stage) -> None:
    stage.screen.select((1, 2, 3))
    await stage.keys("Mod+6")
    assert stage.orders == ["group #1,#2,#3 --set 6"]
    await stage.keys("2")
    assert set(stage.screen.selection.ids) == set(stage.link.world.groups[2])
    await stage.keys("6")
    assert stage.screen.selection.ids == (1, 2, 3)
    await stage.keys("9")
    assert stage.screen.selection.ids == (1, 2, 3)


@played
async def test_select_keys(stage: Stage) -> None:
    await stage.keys("`")
    live = {t for t, head in stage.link.world.threads.items() if head.state != "ended"}
    assert set(stage.screen.selection.ids) == live
    await stage.keys("Mod+A")
    assert set(stage.screen.selection.ids) == set(stage.link.world.threads)
    await stage.keys(",")
    first = stage.screen.selection.ids
    assert len(first) == 1
    await stage.keys(",")
    assert stage.screen.selection.ids != first
    stage.link.emit(ev.StateChanged("running", "idle", "x"), thread=1)
    await stage.keys(".")
    assert stage.screen.selection.ids == (1,)


@played
async def test_mouse_selects_adds_boxes_and_takes_alike(stage: Stage) -> None:
    await stage.click(1)
    assert stage.screen.selection.ids == (1,)
    await stage.click(2, Qt.KeyboardModifier.ShiftModifier)
    assert stage.screen.selection.ids == (1, 2)
    rects = stage.window.map.scene.rects
    await stage.drag(rects[1].topLeft() - QPoint(2, 2), rects[6].bottomRight() + QPoint(2, 2))
    assert set(stage.screen.selection.ids) == {1, 2, 5, 6}
    await stage.click(1, Qt.KeyboardModifier.ControlModifier)
    heads = [stage.link.world.threads[t] for t in stage.screen.selection.ids]
    assert len({(head.agent, head.model) for head in heads}) == 1


@played
async def test_more_renames_and_kills_now_only_on_its_own_key(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("B", "X")
    assert stage.orders == []
    await stage.keys("Q")
    field = stage.window.selection.composer.field
    field.selectAll()
    await stage.type("budget-fix")
    await stage.keys("Return")
    assert stage.orders == ["rename #1 budget-fix"]
    await stage.keys("B", "V")
    assert stage.orders[-1] == "kill #1 --now"


@played
async def test_budget_raises_and_sets(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("Z", "W")
    assert stage.orders == ["budget #1 --usd 2.25"]
    await stage.keys("Z", "R")
    await stage.type("200 k")
    await stage.keys("Return")
    assert stage.orders[-1] == "budget #1 --tokens 200000"


@played
async def test_bells_toggle_and_undo_says_what(stage: Stage) -> None:
    await stage.keys("Mod+.", "Mod+.", "Mod+Shift+.", "Mod+Shift+.")
    assert stage.orders == ["pause-all", "resume-all", "freeze-spending", "resume-spending"]
    await stage.keys("Mod+Z")
    assert len(stage.orders) == 4
    stage.screen.select((1,))
    await stage.keys("E", "Mod+Z")
    assert stage.orders[-1] == "undo"
    assert stage.screen.notice is not None
    name = stage.screen.world.threads[1].name
    assert f"pause {name}" in stage.screen.notice.text


@played
async def test_e_under_a_freeze_of_spending_names_what_holds_and_the_key(stage: Stage) -> None:
    stage.link.emit(ev.SpendingFrozen(""))
    stage.screen.select((1,))
    for order in ("pause #1", "resume #1"):
        await stage.keys("E")
        assert stage.orders[-1] == order
        assert stage.screen.notice is not None
        held = "; spending stays frozen until Ctrl+Shift+. (resume-spending)"
        assert stage.screen.notice.text.endswith(held)
    stage.link.emit(ev.SpendingResumed(""))
    await stage.keys("E")
    assert "spending" not in stage.screen.notice.text


@played
async def test_undo_of_an_old_or_large_order_says_what_and_wants_the_key_twice(
    stage: Stage,
) -> None:
    stage.screen.select((1,))
    await stage.keys("E", gap=601.0)
    await stage.keys("Mod+Z")
    assert stage.orders == ["pause #1"]
    name = stage.screen.world.threads[1].name
    assert stage.screen.notice.text == f"this takes back: pause {name}, done 10 m ago"
    assert stage.screen.notice.mend == "Ctrl+Z again does it"
    await stage.keys("Mod+Z")
    assert stage.orders[-1] == "undo"
    many = tuple(stage.screen.world.threads)[:21]
    for verb, asked in (("pause", False), ("rally", True)):
        who = ",".join(f"#{one}" for one in many)
        text = f"pause {who}" if verb == "pause" else f"rally {who} --to review"
        back = "resume" if verb == "pause" else "rally"
        tail = "" if verb == "pause" else ' --to ""'
        given = Given(OrderId(verb), notation.parse(text), "player", True)
        inverse = tuple(notation.parse(f"{back} #{one}{tail}") for one in many)
        stage.link.emit(ev.OrderGiven(given.id, given.order, many), by="player")
        stage.link.emit(ev.OrderDone(given.id, verb, inverse, True), by="player")
        await stage.keys("Mod+Z")
        assert ("this takes back" in stage.screen.notice.text) == asked
        await stage.keys("Esc")


@played
async def test_large_orders_want_the_second_press(stage: Stage) -> None:
    await stage.keys("`", "Q")
    await stage.type("stop soon")
    await stage.keys("Return")
    assert stage.orders == []
    assert stage.screen.mode == "composer"
    assert stage.window.selection.composer.text == "stop soon"
    await stage.keys("Return", gap=0.5)
    assert stage.link.sent[-1].yes is True


@played
async def test_space_goes_to_alerts_and_back_without_selecting(stage: Stage) -> None:
    stage.screen.select((1,))
    before = stage.view()
    for _ in range(30):
        await stage.keys("Space", gap=0.1)
    assert stage.view()["selection"] == before["selection"]
    assert stage.view()["modes"] == before["modes"]


@played
async def test_an_answered_question_sends_its_option(stage: Stage) -> None:
    question = ev.Asked(
        900, "question", "R0", "which port?", {}, "dig", options=("8000", "9000 and up")
    )
    for number in list(stage.link.world.asks):
        stage.link.emit(ev.Answered(number, "deny"), thread=1)
    stage.link.emit(question, thread=1)
    await stage.keys("J", "Y", gap=1.0)
    assert stage.orders == []
    await stage.keys("Return")
    await stage.type("2")
    await stage.keys("Return")
    assert stage.orders == ['approve 900 "9000 and up" --digest dig']


# --- the first page -----------------------------------------------------------------------------


def first(path: Path, accounts: list[dict[str, str]], state: Path | None = None) -> Scene:
    queries = {"found": {"accounts": accounts}, "repository": ROOT, "status": {}}
    started: list[str] = []

    async def skirmish() -> None:
        started.append("skirmish")

    scene = Scene(World(), NOW, path=path, queries=queries, state=state, skirmish=skirmish)
    scene.queries["started"] = started
    return scene


def test_the_first_brief_starts_a_thread(loop: object, tmp_path: Path) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        assert stage.screen.mode == "composer"
        assert stage.window.focusWidget() is stage.window.selection.composer.field
        await stage.type("fix the parser")
        await stage.keys("Return")
        assert stage.orders == [
            'spawn "fix the parser" --model qwen --account local --repo /home/me/tally'
        ]
        assert stage.window.start.isHidden()

    scenario(Stage(first(tmp_path, [ACCOUNT]), loop))


def test_a_list_starts_one_thread_a_line_on_the_second_return(loop: object, tmp_path: Path) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        await stage.keys("Esc", "Mod+Shift+N")
        await stage.type("one")
        await stage.keys("Shift+Return")
        await stage.type("two")
        await stage.keys("Return")
        assert stage.orders == []
        await stage.keys("Return", gap=0.5)
        assert stage.orders == ["spawn one two --model qwen --account local --repo /home/me/tally"]

    scenario(Stage(first(tmp_path, [ACCOUNT]), loop))


def test_the_skirmish_is_one_key_away(loop: object, tmp_path: Path) -> None:
    scene = first(tmp_path, [ACCOUNT])

    @played
    async def scenario(stage: Stage) -> None:
        await stage.keys("Mod+G")
        assert scene.queries["started"] == ["skirmish"]
        assert stage.orders == []

    scenario(Stage(scene, loop))


def test_a_menu_of_new_threads_takes_a_count(loop: object, tmp_path: Path) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        await stage.keys("Esc", "Mod+N", "3", "Q")
        await stage.type("try it")
        await stage.keys("Return")
        assert "--count 3" in stage.orders[0]

    scenario(Stage(first(tmp_path, [ACCOUNT]), loop))


def test_a_terminal_alone_is_no_brief_and_the_way_out_is_said(loop: object, tmp_path: Path) -> None:
    """Only a command line could be started: nothing that was found takes a brief."""
    scene = first(tmp_path, [])
    scene.queries["found"] = {"accounts": [], "agents": [], "drivers": ["native", "terminal"]}

    @played
    async def scenario(stage: Stage) -> None:
        assert stage.screen.mode == "map"
        hint = stage.window.actions_table.writing.rest().hint
        assert hint.startswith("no account yet; add one")
        assert "Ctrl+G" in hint
        await stage.keys("Return")
        assert stage.screen.mode == "map"
        assert "accounts add" in stage.screen.notice.mend
        await stage.keys("Mod+N")
        assert stage.screen.mode == "subcard"
        await stage.keys("Q")
        assert stage.window.selection.composer.letter.head == "COMMAND"

    scenario(Stage(scene, loop))


def test_an_agent_stands_before_the_terminal(loop: object, tmp_path: Path) -> None:
    scene = first(tmp_path, [])
    agent = {"name": "opencode", "version": "1", "driver": "acp"}
    scene.queries["found"] = {"accounts": [], "agents": [agent], "drivers": ["terminal", "acp"]}

    @played
    async def scenario(stage: Stage) -> None:
        assert stage.screen.mode == "composer"
        assert stage.window.selection.composer.letter.head == "BRIEF"
        assert stage.screen.template.agent == "opencode"

    scenario(Stage(scene, loop))


def test_without_an_account_it_says_how_to_add_one(loop: object, tmp_path: Path) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        assert stage.screen.mode == "map"
        await stage.keys("Return")
        assert stage.screen.notice is not None
        assert "accounts add" in stage.screen.notice.mend

    scenario(Stage(first(tmp_path, []), loop))

"""Orders that stand or wait, by their real keys: loop, goal, priority, tags, models, queued."""

from decimal import Decimal

import msgspec
import pytest
from stage import Stage, played

from commandcenter.core.orders import Spawn
from commandcenter.core.standing import Looping, QueuedOrder
from commandcenter.core.world import Spent

pytestmark = pytest.mark.qt


def change(stage: Stage, thread: int, **fields: object) -> None:
    """The thread's head as the engine would have it."""
    world = stage.link.world
    world.threads[thread] = msgspec.structs.replace(world.threads[thread], **fields)
    stage.link.start()


def said(stage: Stage) -> str:
    notice = stage.screen.notice
    return notice.text if notice is not None else ""


@played
async def test_r_opens_conditions_and_each_key_gives_one(stage: Stage) -> None:
    stage.screen.select((1, 2))
    await stage.keys("R")
    assert stage.screen.mode == "subcard"
    assert stage.screen.card_page().title == "LOOP"
    assert stage.orders == []
    await stage.keys("Q")
    assert stage.orders == ["loop #1,#2 --until 5"]
    await stage.keys("R", "R")
    assert stage.orders[-1] == 'loop #1,#2 --until "$2"'
    await stage.keys("R", "T", "R", "A")
    assert stage.orders[-2:] == ["loop #1,#2 --until 30m", "loop #1,#2 --until stale:3"]
    await stage.keys("R", "7", "Return")
    assert stage.orders[-1] == "loop #1,#2 --until 7"
    assert "loops until 7 rounds are done" in said(stage)


@played
async def test_a_loops_own_condition_and_its_end(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("R", "S")
    assert stage.screen.mode == "composer"
    await stage.type("3, 10m")
    await stage.keys("Return")
    assert stage.orders == ["loop #1 --until 3,10m"]
    await stage.keys("R", "C")
    assert len(stage.orders) == 1
    assert "does not loop" in said(stage)
    await stage.keys("Esc")
    change(stage, 1, loop=Looping("5", 5, rounds=2))
    await stage.settle()
    place = stage.screen.card_page().at(3)
    assert place is not None
    assert place.sub == "round 2 of 5"
    await stage.keys("R", "C")
    assert stage.orders[-1] == "loop #1 --until off"


@played
async def test_an_empty_condition_is_refused_with_examples(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("R", "S")
    await stage.type(" , ")
    await stage.keys("Return")
    assert stage.orders == []
    assert "stop condition" in said(stage)
    assert stage.screen.mode == "composer"


@played
async def test_a_dear_loop_wants_the_second_press(stage: Stage) -> None:
    priced = {"thread": 1, "input": 9_000, "output": 500, "usd": "0.50", "list": None}
    stage.link.queries["estimates"] = {"threads": [priced]}
    stage.screen.select((1,))
    await stage.keys("R", "Q")
    assert stage.orders == []
    assert "costs about $2.50" in said(stage)
    assert stage.screen.mode == "subcard"
    await stage.keys("Q")
    assert stage.orders == ["loop #1 --until 5"]
    assert stage.link.sent[-1].yes is True


@played
async def test_goals_are_typed_kept_and_taken_by_tab(stage: Stage) -> None:
    change(stage, 9, goal="ship the parser")
    stage.screen.select((1, 2))
    await stage.keys("T")
    composer = stage.window.selection.composer
    assert composer.letter is not None
    assert composer.letter.head == "GOAL"
    assert "ship the parser" in composer.offers
    await stage.type("ship")
    await stage.keys("Tab", "Return")
    assert stage.orders == ['goal #1,#2 "ship the parser"']
    change(stage, 1, goal="ship the parser")
    stage.screen.select((1,))
    await stage.keys("T")
    assert composer.text == "ship the parser"
    composer.field.selectAll()
    await stage.keys("Backspace", "Return")
    assert stage.orders[-1] == 'goal #1 ""'


@played
async def test_priority_by_shift_and_the_signs(stage: Stage) -> None:
    stage.screen.select((1, 2))
    await stage.keys("Shift+=", "Shift+-")
    assert stage.orders == ["priority #1,#2 up", "priority #1,#2 down"]
    change(stage, 1, weight=4.0)
    stage.screen.select((1,))
    await stage.keys("Shift+=")
    assert len(stage.orders) == 2
    assert "so already" in said(stage)


@played
async def test_shift_and_a_card_key_append(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("Shift+W")
    assert stage.orders == []
    assert "nothing to interrupt" in said(stage)
    await stage.keys("Shift+E", "Shift+X")
    assert stage.orders == ["pause #1 --queued", "kill #1 --queued"]
    assert "waits behind" in said(stage)
    await stage.keys("Shift+Q")
    assert stage.window.selection.composer.letter is not None
    assert stage.window.selection.composer.letter.head == "QUEUE STEER"
    await stage.type("then the tests")
    await stage.keys("Return")
    assert stage.orders[-1] == 'steer #1 "then the tests" --queued'
    await stage.keys("Shift+R", "Q")
    assert stage.orders[-1] == "loop #1 --until 5 --queued"
    await stage.keys("Shift+T")
    await stage.type("ship")
    await stage.keys("Return")
    assert stage.orders[-1] == "goal #1 ship --queued"
    await stage.keys("Shift+Z", "W")
    assert stage.orders[-1] == "budget #1 --usd 2.25 --queued"
    await stage.keys("Shift+Z", "R")
    await stage.type("200 k")
    await stage.keys("Return")
    assert stage.orders[-1] == "budget #1 --tokens 200000 --queued"


@played
async def test_shift_and_a_key_of_m4_waits_too(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("Shift+F", "Shift+G", "Shift+C")
    assert stage.orders == [
        "escalate #1 --queued",
        "downgrade #1 --queued",
        "checkpoint #1 --queued",
    ]


@played
async def test_tags_and_clear_queue_lie_behind_more(stage: Stage) -> None:
    change(stage, 1, orders=(QueuedOrder("1", "pause @self"),), tags=("bug",))
    stage.screen.select((1, 2))
    await stage.keys("B", "R")
    await stage.type("bug")
    await stage.keys("Return")
    assert stage.orders == ["tag #2 bug"]
    await stage.keys("B", "C")
    assert stage.orders[-1] == "queue #1 --clear"


@played
async def test_a_tag_of_two_words_is_refused_and_stays_in_the_field(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("B", "R")
    await stage.type("two words")
    await stage.keys("Return")
    assert stage.orders == []
    assert "one word" in said(stage)
    assert stage.screen.mode == "composer"
    assert stage.window.selection.composer.whole == "two words"
    await stage.keys("Esc", "Mod+K")
    stage.window.overlay.field.setText('tag #1 "two words"')
    stage.window.overlay.field.textEdited.emit('tag #1 "two words"')
    await stage.keys("Return")
    assert stage.orders == []
    assert stage.screen.mode == "overlay"


@played
async def test_a_group_takes_another_model_by_a_letter_or_by_name(stage: Stage) -> None:
    world = stage.link.world
    like = world.threads[1]
    others = {h.model for h in world.threads.values() if h.account == like.account} - {like.model}
    stage.screen.select((1,))
    await stage.keys("B", "W")
    page = stage.screen.card_page()
    assert page.title == "MODEL"
    names = [place.action.removeprefix("model:") for place in page.places if place]
    assert set(names[:-1]) == others | {like.model}
    slot = next(n for n, name in enumerate(names) if name in others)
    await stage.keys(stage.screen.keymap.grid[slot])
    assert stage.orders == [f"model #1 --to {names[slot]}"]
    await stage.keys("B", "W", "B")
    assert stage.screen.mode == "composer"


@played
async def test_x_held_and_every_new_key_held_give_one_order_at_most(stage: Stage) -> None:
    stage.screen.select((1,))
    for key in ("Shift+X", "Shift+E", "Shift+=", "Shift+-"):
        before = len(stage.orders)
        await stage.keys(key)
        for _ in range(50):
            stage.hold(key)
            stage.clock.step(0.1)
        await stage.settle()
        assert len(stage.orders) == before + 1
    before = len(stage.orders)
    await stage.keys("X", gap=0.0)
    for _ in range(50):
        stage.hold("X")
        stage.clock.step(0.1)
    await stage.settle()
    assert stage.orders[before:] == ["freeze #1"]


@played
async def test_orders_go_to_the_subgroup_that_tab_chose(stage: Stage) -> None:
    await stage.keys("2", "Tab")
    whole, threads = stage.screen.selection.ids, stage.link.world.threads
    while all(threads[one].state == "ended" for one in stage.screen.receivers):
        await stage.keys("Tab")
    chosen = stage.screen.receivers
    assert 0 < len(chosen) < len(whole)
    assert f"{len(chosen)} of {len(whole)}" in stage.screen.card_page().head
    await stage.keys("X")
    assert stage.orders == [f"freeze {','.join(f'#{one}' for one in chosen)}"]
    await stage.keys("Tab", "X")
    assert not any(order.startswith("kill") for order in stage.orders)


@played
async def test_dear_new_threads_want_the_second_press(stage: Stage) -> None:
    head = stage.link.world.threads[1]
    for one in list(stage.link.world.threads):
        change(stage, one, results=1, spent=Spent(usd=Decimal("0.30")))
    order = Spawn(("a", "b", "c", "d"), head.agent, head.model, head.account)
    giver = stage.window.actions_table.giver
    assert not giver.order(order)
    assert said(stage) == "this is for 4 threads and costs about $1.20"
    stage.clock.step(0.3)
    assert giver.order(order)
    await stage.settle()
    assert stage.link.sent[-1].yes is True

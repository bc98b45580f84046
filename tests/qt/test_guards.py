"""What no key may do by accident (screen.md 17: 5, 6, 8)."""

import pytest
from stage import Stage, played

from commandcenter.core import events as ev
from commandcenter.hud.keymap import GRID

pytestmark = pytest.mark.qt


def verbs(stage: Stage) -> list[str]:
    return [order.partition(" ")[0] for order in stage.orders]


@played
async def test_a_held_x_freezes_and_kills_nothing(stage: Stage) -> None:
    stage.screen.select((1, 2))
    await stage.key("X")
    for _ in range(150):
        stage.clock.step(1 / 30)
        stage.hold("X")
    await stage.settle()
    assert verbs(stage) == ["freeze"]


@played
async def test_x_another_selection_x_kills_nothing(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("X", gap=0.5)
    stage.screen.select((2,))
    await stage.keys("X", gap=0.5)
    stage.screen.select((1,))
    await stage.keys("X", gap=0.5)
    assert "kill" not in verbs(stage)


@played
async def test_two_x_within_120_ms_only_freeze(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("X", "X", gap=0.06)
    assert verbs(stage) == ["freeze"]


@played
async def test_x_x_lights_the_fuse_and_e_spares(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("X", "X", gap=0.3)
    assert verbs(stage) == ["freeze", "kill"]
    assert stage.link.world.threads[1].state == "dying"
    await stage.keys("E")
    assert verbs(stage)[-1] == "resume"
    assert stage.link.world.threads[1].state != "dying"


@played
async def test_x_after_three_seconds_freezes_again(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("X", "X", gap=3.5)
    assert "kill" not in verbs(stage)


# --- approvals ----------------------------------------------------------------------------------


def ask(stage: Stage, number: int, level: str = "R2", digest: str = "d") -> None:
    event = ev.Asked(number, "tool", level, "run it?", {"argv": ["make"]}, digest)
    stage.link.emit(event, thread=1)


def alone(stage: Stage) -> None:
    for number in list(stage.link.world.asks):
        stage.link.emit(ev.Answered(number, "deny"), thread=1)


@played
async def test_a_case_swapped_100_ms_before_y_is_not_allowed(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500, digest="one")
    await stage.keys("J", gap=1.0)
    ask(stage, 500, digest="two")
    await stage.settle()
    stage.clock.step(0.1)
    await stage.keys("Y")
    assert "approve" not in verbs(stage)
    assert stage.screen.notice is not None
    assert "changed" in stage.screen.notice.text
    stage.clock.step(0.6)
    await stage.keys("Y")
    assert stage.orders[-1].startswith("approve 500")
    assert "two" in stage.orders[-1]


@played
async def test_y_y_over_two_cases_allows_one(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500)
    ask(stage, 501)
    await stage.keys("J", gap=1.0)
    await stage.keys("Y", "Y", gap=0.15)
    assert [order for order in stage.orders if order.startswith("approve")] == [
        "approve 500 --digest d --fast"
    ]
    assert 501 in stage.link.world.asks


@played
async def test_y_on_r3_allows_nothing_and_names_the_key(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500, "R3")
    await stage.keys("J", "Y", gap=3.0)
    assert stage.orders == []
    assert stage.screen.notice is None or "Shift+Y" in stage.screen.notice.mend
    await stage.keys("Shift+Y")
    assert stage.orders == ["approve 500 --danger --digest d"]


@played
async def test_r4_wants_it_twice(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500, "R4")
    await stage.keys("J", "Shift+Y", gap=3.0)
    assert stage.orders == []
    await stage.keys("Shift+Y", "Shift+Y", gap=0.5)
    assert stage.orders == ["approve 500 --danger --digest d"]


@played
async def test_no_grid_key_decides(stage: Stage) -> None:
    alone(stage)
    for number in range(500, 508):
        ask(stage, number, ("R0", "R1", "R2", "R3")[number % 4])
    for turn in range(4):
        for key in GRID:
            for text in (key, f"Shift+{key}"):
                if stage.screen.mode == "composer":
                    await stage.keys("Esc")
                if stage.screen.mode != "approval":
                    await stage.keys("J", gap=0.7)
                await stage.keys(text, gap=0.7)
        ask(stage, 510 + turn)
    decided = [order for order in stage.orders if order.split()[0] in ("approve", "deny")]
    assert decided == []


@played
async def test_n_denies_and_with_a_word_says_why(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500)
    ask(stage, 501)
    await stage.keys("J", "N", gap=0.7)
    assert stage.orders == ["deny 500 --digest d --fast"]
    await stage.keys("Shift+N", gap=0.7)
    await stage.type("not on main")
    await stage.keys("Return")
    assert stage.orders[-1] == 'deny 501 "not on main" --digest d'
    assert stage.screen.mode == "approval"
    await stage.keys("B")
    assert stage.screen.mode == "map"

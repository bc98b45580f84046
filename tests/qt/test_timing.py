"""Nobody must be fast: arm, dead and double-tap times grow with the player's setting."""

import pytest
from stage import Stage, played

from commandcenter.ui.guards import KillGuard, SecondPress


@pytest.mark.parametrize("timing", [1.0, 2.0, 5.0])
def test_the_second_x_may_come_so_many_times_later(timing: float) -> None:
    guard = KillGuard()
    guard.timing = timing
    assert guard.press((1,), 10.0) == "freeze"
    assert guard.press((1,), 10.0 + 0.11 * timing) == ""
    assert guard.armed(10.0 + 2.9 * timing)
    assert guard.press((1,), 10.0 + 2.9 * timing) == "kill"
    assert guard.press((1,), 100.0) == "freeze"
    assert guard.press((1,), 100.0 + 3.1 * timing) == "freeze"


@pytest.mark.parametrize("timing", [1.0, 3.0])
def test_the_second_press_of_a_large_order_too(timing: float) -> None:
    press = SecondPress()
    press.timing = timing
    press.refused("pause @all", 10.0)
    assert not press.meant("pause @all", 10.0 + 0.1 * timing)
    assert press.meant("pause @all", 10.0 + 2.9 * timing)


@played
async def test_one_setting_reaches_every_guard_and_stays_in_its_bounds(stage: Stage) -> None:
    screen = stage.screen
    screen.timing = 9.0
    assert screen.timing == 5.0
    guards = (screen.kill, screen.twice, screen.deck, screen.selection)
    assert {guard.timing for guard in guards} == {5.0}
    screen.timing = 0.0
    assert {guard.timing for guard in guards} == {1.0}


@played
async def test_the_dead_time_of_a_case_grows(stage: Stage) -> None:
    stage.screen.timing = 5.0
    await stage.keys("J", gap=0.0)
    stage.clock.step(1.0)
    await stage.keys("N")
    assert stage.orders == []
    stage.clock.step(2.0)
    await stage.keys("N")
    assert stage.orders[0].startswith("deny ")

"""The accessible tree: every visible thread by name, sectors as groups, the card as buttons."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAccessible, QAccessibleInterface
from stage import Stage, played

from commandcenter.core.events import AlertRaised
from commandcenter.ui.accessible import Leaf

Role, Text = QAccessible.Role, QAccessible.Text
SHAPE = re.compile(
    r"^[\w-]+, [a-z ]+(, groups? [\d, ]+)?(, (about )?p?\$[\d.?+]+( of p?\$[\d.]+)?"
    r"|, [\d.]+( [kM])? of [\d.]+( [kM])? tokens)?(, \d+ unseen)?"
    r", row \d+ column \d+ of [\w& -]+$"
)


@pytest.fixture(autouse=True)
def reader() -> Iterator[None]:
    """A screen reader runs."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def children(part: QAccessibleInterface) -> list[QAccessibleInterface]:
    return [part.child(number) for number in range(part.childCount())]


def threads(stage: Stage) -> dict[str, QAccessibleInterface]:
    found = QAccessible.queryAccessibleInterface(stage.window.map)
    leaves = [leaf for sector in children(found) for leaf in children(sector)]
    return {leaf.text(Text.Name): leaf for leaf in leaves}


@played
async def test_the_tree_lists_every_visible_thread_with_the_name_of_the_design(
    stage: Stage,
) -> None:
    found = threads(stage)
    shown = stage.window.map.visible()
    assert len(found) == len(shown)
    heads = stage.screen.world.threads
    assert {name.partition(",")[0] for name in found} == {heads[one].name for one in shown}
    assert [name for name in found if not SHAPE.match(name)] == []
    assert {leaf.role() for leaf in found.values()} == {Role.ListItem}
    assert any("needs you" in name for name in found)


@played
async def test_sectors_are_groups_with_their_counts(stage: Stage) -> None:
    found = children(QAccessible.queryAccessibleInterface(stage.window.map))
    assert [leaf.role() for leaf in found] == [Role.Grouping] * len(found)
    names = [leaf.text(Text.Name) for leaf in found]
    assert {name.partition(",")[0] for name in names} == set(stage.screen.world.operations)
    assert all(re.search(r", \d+ threads?", name) for name in names)


@played
async def test_a_thread_knows_its_place_parent_and_point(stage: Stage) -> None:
    view = QAccessible.queryAccessibleInterface(stage.window.map)
    sector = children(view)[0]
    first = children(sector)[0]
    assert sector.indexOfChild(first) == 0
    assert view.indexOfChild(sector) == 0
    middle = first.rect().center()
    assert sector.childAt(middle.x(), middle.y()) is first
    assert sector.rect().contains(first.rect())
    assert first.isValid()


@played
async def test_the_card_is_fifteen_buttons_with_the_reason_as_description(stage: Stage) -> None:
    found = children(QAccessible.queryAccessibleInterface(stage.window.card))
    assert len(found) == 15
    assert {leaf.role() for leaf in found} == {Role.Button}
    pause = found[2]
    assert pause.text(Text.Name).startswith("Pause, key E")
    assert "select" in pause.text(Text.Description)
    assert pause.state().disabled
    stage.screen.select((1,), 1)
    await stage.settle()
    assert children(QAccessible.queryAccessibleInterface(stage.window.card))[2] is pause


@played
async def test_every_panel_offers_its_items(stage: Stage) -> None:
    window = stage.window
    stage.screen.select((1, 2), 1)
    await stage.settle()
    for part in (window.bar, window.alerts, window.minimap, window.selection, window.inspector):
        found = children(QAccessible.queryAccessibleInterface(part))
        assert found, part.accessibleName()
        assert all(leaf.text(Text.Name) for leaf in found)


@played
async def test_focus_follows_the_cursor(stage: Stage) -> None:
    stage.screen.select((1,), 1)
    await stage.settle()
    view = QAccessible.queryAccessibleInterface(stage.window.map)
    focused = view.focusChild()
    assert focused.text(Text.Name).startswith(stage.screen.world.threads[1].name + ",")
    assert focused.state().focused
    assert focused.state().selected
    await stage.keys("Right")
    assert not focused.state().focused
    assert view.focusChild() is not focused
    await stage.keys("Mod+[")
    assert view.focusChild() is None
    card = QAccessible.queryAccessibleInterface(stage.window.card)
    assert card.focusChild() is card.child(0)


@played
async def test_an_interface_is_the_same_as_long_as_its_thread_is_seen(stage: Stage) -> None:
    before = threads(stage)
    again = threads(stage)
    assert all(again[name] is leaf for name, leaf in before.items())
    stage.window.map.zoom(6)
    await stage.settle()
    after = threads(stage)
    assert 0 < len(after) < len(before)
    assert all(isinstance(leaf, Leaf) and leaf.isValid() for leaf in after.values())


@played
async def test_modes_and_refusals_are_spoken_once_in_two_seconds(stage: Stage) -> None:
    spoken = stage.window.speaking.spoken
    await stage.keys("E")
    spoken = stage.window.speaking.spoken
    assert spoken[-1].kind == "refusal"
    assert "selected" in spoken[-1].text
    count = len(spoken)
    await stage.keys("Mod+]", "Mod+]", "Mod+]")
    assert len(stage.window.speaking.spoken) == count
    stage.clock.step(2.0)
    await stage.keys("Mod+]")
    said = stage.window.speaking.spoken[-1]
    assert (said.kind, said.assertive) == ("mode", False)
    assert said.text.startswith("PANEL mode, alerts, ")


@played
async def test_a_burst_of_alerts_speaks_danger_only(stage: Stage) -> None:
    await stage.settle()
    stage.clock.step(30.0)
    count = len(stage.window.speaking.spoken)
    for number in range(1000):
        severity = ("info", "warn", "danger")[number % 3]
        alert = AlertRaised(f"{severity}{number % 40}", severity, severity, f"{severity} {number}")
        stage.link.emit(alert)
        if number % 100 == 99:
            stage.clock.step(0.1)
            await stage.settle()
    for _ in range(20):
        stage.clock.step(0.5)
        await stage.settle()
    said = stage.window.speaking.spoken[count:]
    assert said
    assert {one.kind for one in said} == {"danger"}
    assert all(one.assertive for one in said)


@played
async def test_nothing_is_made_or_said_without_a_screen_reader(stage: Stage) -> None:
    QAccessible.setActive(False)
    stage.window.speaking.spoken.clear()
    await stage.keys("E", "B", "Esc", "Mod+]")
    assert stage.window.speaking.spoken == []


@played
async def test_a_closed_window_takes_its_interfaces_along(stage: Stage) -> None:
    kept = list(threads(stage).values())
    card = children(QAccessible.queryAccessibleInterface(stage.window.card))
    stage.window.speaking.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert kept
    assert card

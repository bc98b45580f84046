import pytest

from commandcenter.config.resources import resource
from commandcenter.hud import palette
from commandcenter.hud.keymap import parse
from commandcenter.hud.palette import Find
from commandcenter.testing.worlds import NOW, demo_world


@pytest.fixture(scope="module")
def finds() -> list[Find]:
    keymap = parse(resource("keymaps/grid.toml").read_text(encoding="utf-8"))
    return palette.actions(keymap, "map", {"order.split": "not built yet"}) + palette.places(
        demo_world(5, 24), NOW
    )


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("steer", "order.steer"),
        ("zoom", "zoom.in"),
        ("zi", "zoom.in"),
        ("group set 3", "group.set.3"),
        ("palette", "palette"),
        ("split", "order.split"),
        ("pause all", "bell.pause_all"),
        ("idle", "select.all_idle"),
        ("help", "help.keys"),
    ],
)
def test_best_first(finds: list[Find], typed: str, first: str) -> None:
    assert palette.ranked(finds, typed)[0].id == first


def test_threads_and_operations_are_found(finds: list[Find]) -> None:
    world = demo_world(5, 24)
    head = next(iter(world.threads.values()))
    assert palette.ranked(finds, head.name)[0] == next(
        find for find in finds if find.id == str(head.id)
    )
    name = next(iter(world.operations))
    assert any(find.kind == "operation" for find in palette.ranked(finds, name))


def test_what_does_not_fit_is_left_out(finds: list[Find]) -> None:
    assert palette.ranked(finds, "xyzzy") == []
    assert palette.ranked(finds, "zoom xyzzy") == []
    assert len(palette.ranked(finds, "e")) <= palette.MOST


def test_reason_and_key_stand_beside(finds: list[Find]) -> None:
    split = palette.ranked(finds, "split")[0]
    assert (split.key, split.why) == ("S", "not built yet")
    assert all(not find.id.startswith(("cursor.", "subcard.")) for find in finds)

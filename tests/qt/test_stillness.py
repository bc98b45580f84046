"""No event moves focus, selection, camera, scroll, mode or card (screen.md 17.9); idle is still."""

import asyncio
import types
import typing
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from stage import Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.core import orders as od
from commandcenter.core.events import EVENTS, Event
from commandcenter.hud.keymap import Mode
from commandcenter.testing.worlds import NOW, plain_world

pytestmark = pytest.mark.qt
TEXT = "<img src='file:///etc/passwd'>\x1b[31m\u202e" + "x" * 50


def sample(hint: Any) -> Any:
    """A value that fits a hint."""
    origin = get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        kinds = get_args(hint)
        return None if type(None) in kinds else sample(kinds[0])
    if origin is typing.Literal:
        return get_args(hint)[0]
    if origin is tuple:
        inner = get_args(hint)
        many = inner[-1] is Ellipsis
        return () if many else tuple(sample(one) for one in inner)
    if origin is dict:
        return {}
    plain: dict[Any, Any] = {str: TEXT, int: 1, float: 1.0, bool: True, Decimal: Decimal(1)}
    if hint in plain:
        return plain[hint]
    if isinstance(hint, type) and issubclass(hint, od.Order):
        return od.Pause("#1")
    return hint(**fields(hint))


def fields(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {one.name: sample(hints[one.name]) for one in msgspec.structs.fields(cls)}


def made(cls: type[Event]) -> Event:
    if cls is ev.OrderGiven:
        return ev.OrderGiven("f" * 32, od.Pause("#3"), (3,))
    if cls is ev.StateChanged:
        return ev.StateChanged("running", "ended", "x", "failed")
    if cls is ev.LimitSet:
        return ev.LimitSet("#3", Decimal(1))
    return cls(**fields(cls))


WAYS: dict[str, tuple[tuple[str, ...], Mode]] = {
    "map": ((), "map"),
    "panel": (("Mod+]", "Mod+]", "Right"), "panel"),
    "target": (("N", "Right"), "target"),
    "approval": (("J",), "approval"),
    "menu": (("B", "Right"), "subcard"),
    "menu at the cursor": (("Shift+Return", "Down"), "subcard"),
    "composer": (("Q",), "composer"),
    "filter": (("/",), "composer"),
    "find": (("Mod+]", "Mod+]", "/"), "composer"),
    "palette": (("Mod+K",), "overlay"),
    "help": (("Shift+/", "Down"), "overlay"),
    "settings": (("Mod+,", "Down"), "overlay"),
    "queue": (("L",), "overlay"),
    "cases": (("Shift+J",), "overlay"),
    "alerts": (("Shift+L",), "overlay"),
}
"""Where the keys may go -> the keys that lead there, the mode."""


def whole(stage: Stage) -> dict[str, object]:
    """What the stage knows of the player's view, and what M3 added to it."""
    screen, window = stage.screen, stage.window
    targets, at = screen.targets, window.focusWidget()
    view = stage.view() | {
        "region": screen.region,
        "item": window.actions_table.regions.item and window.actions_table.regions.item.key,
        "sheet": screen.sheet,
        "filter": screen.lens.filter,
        "receivers": screen.receivers,
        "marked": screen.marked,
        "picks": targets.cursor if targets is not None else 0,
        "transcript": window.inspector.transcript.verticalScrollBar().value(),
        "has the keys": at,
        "inspector": screen.inspector,
    }
    if screen.mode == "approval":  # a case may end; the mode and the rest stay
        del view["case"]
    return view


@pytest.mark.parametrize("way", WAYS)
def test_no_event_moves_what_is_the_players(stage: Stage, way: str) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        keys, mode = WAYS[way]
        stage.screen.select((6, 7, 10), 7)
        stage.clock.step(10)
        await stage.keys("K")
        bar = stage.window.inspector.transcript.verticalScrollBar()
        for number in range(80):
            stage.link.emit(ev.AgentNote("notice", f"line {number}"), thread=7)
            await asyncio.sleep(0)
        await stage.settle()
        await stage.keys("PgUp")  # at its end it goes along with what comes
        assert 0 < bar.value() < bar.maximum()
        await stage.keys(*keys)
        assert stage.screen.mode == mode
        await stage.settle()
        before = whole(stage)
        for cls in EVENTS.values():
            for thread in (7, 3):
                if not (cls is ev.Answered and mode == "approval"):
                    stage.link.emit(made(cls), thread=thread)
            await stage.settle()
            assert whole(stage) == before, cls.__name__
        assert stage.orders == []

    scenario(stage)


class Counted:
    """Paint events of a window and its parts."""

    def __init__(self, stage: Stage) -> None:
        from PySide6.QtCore import QEvent, QObject
        from PySide6.QtWidgets import QWidget

        painted: list[str] = []
        self.painted = painted

        class Filter(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                if isinstance(watched, QWidget) and event.type() == QEvent.Type.Paint:
                    painted.append(type(watched).__name__)
                return False

        self.filter = Filter(stage.window)
        stage.app.installEventFilter(self.filter)


@pytest.fixture
def scene() -> Scene:
    return Scene(plain_world(24, 2), NOW)


@played
async def test_an_idle_screen_paints_nothing(stage: Stage) -> None:
    for thread in list(stage.link.world.threads):
        if stage.link.world.threads[thread].state != "ended":
            stage.link.emit(ev.StateChanged("running", "ended", "x", "done"), thread=thread)
    for ask in list(stage.link.world.asks):
        stage.link.emit(ev.Answered(ask, "deny"))
    stage.clock.step(120)
    for _ in range(3):  # lines that are behind come with the next frames
        await stage.settle()
    counted = Counted(stage)
    for _ in range(10):
        stage.clock.step(1)
        await stage.settle()
    assert counted.painted == []
    assert not stage.window.refresh.frames.armed
    stage.app.removeEventFilter(counted.filter)

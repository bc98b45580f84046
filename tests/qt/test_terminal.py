"""A terminal inside the window: what a program draws is painted, what is typed goes to it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from stage import Scene, Stage, played
from test_rects import outside, overlaps

from commandcenter.testing.agents_world import plan_world
from commandcenter.testing.worlds import NOW

pytestmark = pytest.mark.qt
T = 2
"""The terminal thread."""


class Program:
    """The engine's side of one terminal, without an engine."""

    def __init__(self, stage: Stage) -> None:
        self.put = b""
        self.typed = b""
        self.asked: list[tuple[int, int, int]] = []
        self.alive = True
        self.refuses = ""
        self.dropped = 0
        """So many bytes are no longer there."""
        world = stage.link.world
        world.threads[T] = replace(world.threads[T], driver="terminal", agent="terminal")
        stage.link.start()
        stage.link.queries |= {"terminal": self.terminal, "keys": self.keys}

    def terminal(
        self, thread: int, since: int, columns: int, rows: int, wait_s: float
    ) -> dict[str, Any]:
        assert (thread, wait_s in (0.0, 1.0)) == (T, True)
        self.asked.append((since, columns, rows))
        start = max(since, self.dropped)
        data = self.put[start : start + 16384]
        end = start + len(data)
        size = {"columns": columns, "rows": rows}
        return {"start": start, "data": data, "end": end, "alive": self.alive, **size}

    def keys(self, thread: int, data: bytes) -> None:
        assert thread == T
        if self.refuses:
            raise ValueError(self.refuses)
        self.typed += data


@pytest.fixture
def scene() -> Scene:
    return Scene(plan_world(), NOW)


async def shown(stage: Stage) -> Program:
    """The thread's terminal is looked at."""
    program = Program(stage)
    stage.screen.select((T,), T)
    await stage.settle()
    assert stage.window.inspector.terminal.isVisible()
    assert not stage.window.inspector.transcript.isVisible()
    return program


async def until(stage: Stage, true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)
    await stage.settle()


async def passes(stage: Stage, seconds: float) -> None:
    """What must not happen has had so long to happen."""
    end = stage.loop.time() + seconds
    await until(stage, lambda: stage.loop.time() >= end)


def lines(stage: Stage) -> list[str]:
    display = stage.window.inspector.terminal.grid.screen.display
    return [line.rstrip() for line in display if line.strip()]


class Paints(QObject):
    """Counts the paint events of a widget."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


@played
async def test_what_a_program_writes_is_shown_and_painted(stage: Stage) -> None:
    program = await shown(stage)
    program.put = (
        b"\x1b[1;32mok\x1b[0m 41 tests\r\n\x1b]0;title\x07\x1b[41mred\x1b[0m \xe6\x97\xa5 x"
    )
    await until(stage, lambda: len(lines(stage)) == 2)
    assert lines(stage) == ["ok 41 tests", "red 日 x"]
    found = [one for one in stage.texts() if "41 tests" in one.text]
    assert [one.text for one in found] == ["ok 41 tests"]
    assert program.typed == b""
    size = stage.window.inspector.terminal.cells
    assert program.asked[-1][1:] == size == (64, 26)


@played
async def test_nothing_new_paints_nothing(stage: Stage) -> None:
    program = await shown(stage)
    program.put = b"$ top\r\n"
    await until(stage, lambda: lines(stage) == ["$ top"])
    paints, asked = Paints(), len(program.asked)
    stage.window.inspector.terminal.installEventFilter(paints)
    begun = stage.loop.time()
    await until(stage, lambda: len(program.asked) - asked >= 4)
    assert len(program.asked) - asked <= 1 + (stage.loop.time() - begun) / 0.1
    assert paints.count == 0
    program.put += b"\r"  # the cursor stands there already
    program.put += b"\x1b[1;1H$ top\r\n"
    await passes(stage, 0.3)
    assert paints.count == 0
    program.put += b"x"
    await until(stage, lambda: paints.count > 0)
    assert paints.count <= 2


@played
async def test_nobody_asks_for_what_nobody_sees(stage: Stage) -> None:
    program = await shown(stage)
    await stage.keys(stage.screen.keymap.key("inspector.toggle"))
    await passes(stage, 0.15)
    asked = len(program.asked)
    await passes(stage, 0.3)
    assert len(program.asked) == asked
    stage.screen.inspector = True
    stage.screen.select((3,), 3)
    await stage.settle()
    await passes(stage, 0.2)
    assert len(program.asked) == asked
    assert stage.window.inspector.transcript.isVisible()


@played
async def test_the_keys_go_to_the_program(stage: Stage) -> None:
    program = await shown(stage)
    await stage.keys("Mod+Shift+Return")
    assert stage.screen.mode == "terminal"
    assert stage.screen.card_page().title == "TERMINAL"
    assert stage.window.inspector.frame == "accent"
    await stage.keys("X", "Q", "Return", "Esc", "Up", "Mod+C", "Alt+B", "F5", "Tab", "J")
    assert program.typed == b"xq\r\x1b\x1b[A\x03\x1bb\x1b[15~\tj"
    assert stage.orders == []
    assert stage.screen.selection.ids == (T,)
    program.put = b"\x1b[?1h"
    await until(stage, lambda: stage.window.inspector.terminal.grid.application)
    await stage.keys("Down", "Mod+Shift+K")
    assert program.typed.endswith(b"j\x1bOB")
    assert stage.screen.mode == "overlay"
    await stage.keys("Esc", "Mod+.")
    assert len(stage.orders) == 1
    await stage.keys("Shift+Esc")
    assert (stage.screen.mode, stage.window.inspector.frame) == ("map", "")
    await stage.keys("E")
    assert program.typed.endswith(b"\x1bOB")
    assert len(stage.orders) == 2


@played
async def test_other_keyboards_and_held_keys_type_too(stage: Stage) -> None:
    program = await shown(stage)
    await stage.keys("Mod+Shift+Return")
    stage.native(Qt.Key.Key_A, 0x1E, "A")
    stage.native(Qt.Key.Key_Odiaeresis, 0x27, "ö")
    stage.native(Qt.Key.Key_unknown, 0x70, "д")
    stage.hold("Left")
    stage.hold("Left")
    await stage.settle()
    assert program.typed == "Aöд".encode() + b"\x1b[D\x1b[D"
    release = QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    assert stage.window.router.release(release)


@played
async def test_pasted_text_comes_in_brackets_where_they_are_asked_for(stage: Stage) -> None:
    program = await shown(stage)
    await stage.keys("Mod+Shift+Return")
    QGuiApplication.clipboard().setText("a\nb\x1b[201~\x03")
    await stage.keys("Mod+Shift+V")
    assert program.typed == b"a\rb[201~"
    program.put = b"\x1b[?2004h"
    await until(stage, lambda: stage.window.inspector.terminal.grid.pastes)
    await stage.keys("Shift+Ins")
    assert program.typed == b"a\rb[201~\x1b[200~a\rb[201~\x1b[201~"


@played
async def test_a_click_enters_and_a_click_elsewhere_leaves(stage: Stage) -> None:
    await shown(stage)
    view = stage.window.inspector.terminal
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    await stage.outside(lambda: QTest.mouseClick(view, left, none, QPoint(30, 30)))
    await stage.settle()
    assert stage.screen.mode == "terminal"
    await stage.click(3)
    assert stage.screen.mode == "map"


@played
async def test_a_refusal_is_said_and_one_that_is_none_cannot_be_entered(stage: Stage) -> None:
    program = await shown(stage)
    await stage.keys("Mod+Shift+Return")
    program.refuses = "it is frozen; E goes on"
    await stage.keys("A")
    assert stage.screen.notice is not None
    assert stage.screen.notice.text == program.refuses
    await stage.keys("Shift+Esc")
    stage.screen.select((3,), 3)
    await stage.keys("Mod+Shift+Return")
    assert stage.screen.mode == "map"
    assert "cannot be typed into" in stage.screen.notice.text
    stage.screen.select(())
    await stage.keys("Mod+Shift+Return")
    assert stage.screen.mode == "map"


@played
async def test_keys_of_a_thread_that_is_gone_do_nothing_else(stage: Stage) -> None:
    program = await shown(stage)
    await stage.keys("Mod+Shift+Return")
    stage.screen.selection.replace((3,), 3)  # as when the thread was purged
    await stage.settle()
    await stage.keys("X", "X")
    assert stage.orders == []
    assert program.typed == b""
    assert "Shift+Esc" in stage.screen.notice.mend


@played
async def test_another_size_is_told_once_it_stands(stage: Stage) -> None:
    program = await shown(stage)
    await until(stage, lambda: len(program.asked) > 1)
    before = program.asked[-1][1:]
    view = stage.window.inspector.terminal
    for step in range(1, 6):
        view.resize(view.width() - 20, view.height() - 8 * step)
        await asyncio.sleep(0.01)
    await until(stage, lambda: program.asked[-1][1:] != before)
    assert len({one[1:] for one in program.asked}) == 2
    screen = stage.window.inspector.terminal.grid.screen
    assert program.asked[-1][1:] == (screen.columns, screen.lines)


@played
async def test_bytes_that_were_left_out_begin_the_screen_anew(stage: Stage) -> None:
    program = await shown(stage)
    program.put = b"one\r\n"
    await until(stage, lambda: lines(stage) == ["one"])
    program.put += b"x" * 100 + b"later"
    program.dropped = 105
    await until(stage, lambda: lines(stage) == ["later"])
    program.alive = False
    await until(stage, lambda: not stage.window.inspector.terminal.alive)
    assert "last screen" in stage.window.inspector.terminal.hint


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (2560, 1440)], ids=str)
def test_its_texts_stay_in_their_places(loop: object, size: tuple[int, int]) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        program = await shown(stage)
        program.put = "\r\n".join(f"{n} │ 日本 " + "wide " * 40 for n in range(30)).encode()
        await until(stage, lambda: len(lines(stage)) > 5)
        for key in ("", "Mod+Shift+Return"):
            if key:
                await stage.keys(key)
            texts = stage.texts()
            assert any("日本" in one.text for one in texts)
            assert [one for one in texts if outside(one)] == []
            assert overlaps(texts) == []

    scenario(Stage(Scene(plan_world(4, 12), NOW, size), loop))

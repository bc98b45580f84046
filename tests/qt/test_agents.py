"""A person's own agents on the screen: taken over, opened, written to, chosen, told of."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from stage import Scene, Stage, played

from commandcenter.config.tools import Desktop
from commandcenter.core import events as ev
from commandcenter.core.base import NS
from commandcenter.core.orders import Steer
from commandcenter.hud.notify import Told
from commandcenter.testing.agents_world import plan_world
from commandcenter.testing.worlds import NOW
from commandcenter.ui.hints import hint

pytestmark = pytest.mark.qt
TAKEN = "cd /w && claude --resume s-2"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(plan_world(), NOW, state=tmp_path / "state")


def started(stage: Stage, env: dict[str, str]) -> list[tuple[tuple[str, ...], str]]:
    """What would have been started, with the folder; `env` says what the person chose."""
    found: list[tuple[tuple[str, ...], str]] = []
    opening = stage.window.actions_table.opening

    def start(argv: tuple[str, ...], folder: str) -> bool:
        found.append((tuple(argv), folder))
        return True

    opening.start = start
    opening.desktop = Desktop(env, "linux", lambda name: f"/bin/{name}")
    return found


def said(stage: Stage) -> str:
    notice = stage.screen.notice
    return f"{notice.text} | {notice.mend}" if notice else ""


# --- opened outside ---------------------------------------------------------------------------


@played
async def test_worktree_shell_and_port_open_by_key(stage: Stage) -> None:
    found = started(stage, {"VISUAL": "code -n", "TERMINAL": "xterm", "BROWSER": "firefox"})
    stage.screen.select((2,), 2)
    folder = stage.screen.world.threads[2].workspace
    await stage.keys("Mod+O", "Mod+T")
    assert found == [(("/bin/code", "-n", folder), folder), (("/bin/xterm",), folder)]
    await stage.keys("Mod+P")
    assert found[-1] == (("/bin/firefox", "http://127.0.0.1:20020/"), "")
    assert stage.orders == []


@played
async def test_several_ports_are_a_menu_and_none_is_said(stage: Stage) -> None:
    found = started(stage, {"BROWSER": "firefox"})
    stage.screen.select((2,), 2)
    stage.link.queries["ports"] = {"listening": [20021, 20025]}
    await stage.keys("Mod+P", "W")
    assert found == [(("/bin/firefox", "http://127.0.0.1:20025/"), "")]
    assert stage.screen.mode == "map"
    stage.link.queries["ports"] = {"listening": []}
    await stage.keys("Mod+P")
    assert "nothing listens on :20020" in said(stage)


@played
async def test_the_inspector_says_which_ports_listen(stage: Stage) -> None:
    found = started(stage, {"BROWSER": "firefox"})
    stage.link.queries["ports"] = {"listening": [20021]}
    stage.screen.select((2,), 2)
    await stage.settle()
    stage.clock.step(1)
    await stage.settle()
    inspector = stage.window.inspector
    assert "port 20021" in inspector.view.place
    left, spot = Qt.MouseButton.LeftButton, QPoint(60, 69)
    await stage.outside(lambda: QTest.mouseClick(inspector, left, Qt.KeyboardModifier(0), spot))
    await stage.settle()
    assert found == [(("/bin/firefox", "http://127.0.0.1:20021/"), "")]
    stage.link.queries["ports"] = {"listening": []}
    stage.clock.step(11)
    stage.screen.changed()
    await stage.settle()
    await stage.settle()
    assert "port 20020 silent" in inspector.view.place


@played
async def test_what_is_missing_is_named_with_its_variable(stage: Stage) -> None:
    started(stage, {})
    stage.screen.select((2,), 2)
    await stage.keys("Mod+T")
    assert "set $TERMINAL" in said(stage)


# --- by hand ----------------------------------------------------------------------------------


@played
async def test_a_taken_session_opens_in_a_terminal_and_is_given_back(stage: Stage) -> None:
    found = started(stage, {"TERMINAL": "xterm"})
    stage.screen.select((2,), 2)
    await stage.keys("Mod+Shift+T")
    assert stage.orders == ["take #2"]
    stage.link.emit(ev.TakenOver(TAKEN), ev.StateChanged("running", "hibernated", "x"), thread=2)
    await stage.settle()
    assert found[0][0][:4] == ("/bin/xterm", "-e", "sh", "-c")
    assert found[0][0][4].startswith(TAKEN)
    assert "gives it back" in said(stage)
    await stage.keys("Q")
    assert "in your own hands" in said(stage)
    await stage.keys("Mod+Shift+T")
    assert stage.orders == ["take #2", "give-back #2"]


@played
async def test_without_a_terminal_the_command_is_shown_and_copied(stage: Stage) -> None:
    started(stage, {})
    copied: list[str] = []
    stage.window.actions_table.opening.copy = copied.append
    stage.screen.select((2,), 2)
    await stage.keys("Mod+Shift+T")
    stage.link.emit(ev.TakenOver(TAKEN), ev.StateChanged("running", "hibernated", "x"), thread=2)
    await stage.settle()
    assert TAKEN in said(stage)
    await stage.keys("B", "B", "T")
    assert copied == [TAKEN]


@played
async def test_put_away_woken_made_smaller_and_let_through(stage: Stage) -> None:
    world = stage.link.world
    for thread in (2, 3):
        head = world.threads[thread]
        world.threads[thread] = replace(head, state="idle", in_turn=False, activity="")
    stage.link.start()
    stage.screen.select((2, 3), 2)
    await stage.keys("B", "F", "B", "D", "B", "B", "R")
    assert stage.orders == ["hibernate #2,#3", "compact #2,#3", *_forbidden()]


def _forbidden() -> list[str]:
    return ["forbid-login claude", "forbid-login codex"]


@played
async def test_a_share_of_the_window_is_set_by_key(stage: Stage) -> None:
    stage.screen.select((2,), 2)
    await stage.keys("Z", "S")
    await stage.type("120")
    await stage.keys("Return")
    assert "1 to 100 percent" in said(stage)
    composer = stage.window.selection.composer
    composer.field.setPlainText("20")
    await stage.keys("Return")
    assert stage.orders == ["budget #2 --tokens 1500000 --share 20"]
    assert stage.screen.mode == "map"


# --- writing ----------------------------------------------------------------------------------


@played
async def test_a_slash_is_completed_and_goes_as_it_stands(stage: Stage) -> None:
    stage.screen.select((2,), 2)
    await stage.keys("Q")
    await stage.type("/co")
    composer = stage.window.selection.composer
    assert composer.offers == ("compact",)
    await stage.keys("Tab")
    assert composer.text == "/compact "
    await stage.keys("Return")
    assert stage.orders == ['steer #2 "/compact"'] or stage.orders == ["steer #2 /compact"]


@played
async def test_files_are_completed_where_the_engine_lists_them(stage: Stage) -> None:
    stage.link.queries["files"] = {"files": ["src/budget.py", "README.md"]}
    stage.screen.select((2,), 2)
    await stage.keys("Q")
    await stage.type("look at @bud")
    await stage.settle()
    await stage.keys("Tab")
    assert stage.window.selection.composer.text == "look at @src/budget.py "


def picture() -> QMimeData:
    image = QImage(64, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    source = QMimeData()
    source.setImageData(image)
    return source


def test_a_pasted_picture_goes_along(stage: Stage, tmp_path: Path) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        stage.screen.select((2,), 2)
        await stage.keys("Q")
        field = stage.window.selection.composer.field
        assert field.canInsertFromMimeData(picture())
        field.insertFromMimeData(picture())
        await stage.settle()
        shown = stage.window.selection.composer.shown
        assert shown is not None
        assert shown.words().startswith("picture 64 x 32")
        path = Path(shown.path)
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_mode & 0o777 == 0o600
        assert any("picture 64 x 32" in one.text for one in stage.texts())
        await stage.type("like this")
        await stage.keys("Return")
        order = stage.link.sent[-1].order
        assert order == Steer("#2", "like this", False, str(path))
        await stage.keys("Q")
        assert stage.window.selection.composer.shown is None

    scenario(stage)


def test_a_dropped_file_goes_along_or_is_left_out(stage: Stage, tmp_path: Path) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        path = tmp_path / "shot.webp"
        path.write_bytes(b"x" * 2048)
        source = QMimeData()
        source.setUrls([QUrl.fromLocalFile(str(path))])
        stage.screen.select((2,), 2)
        await stage.keys("Q")
        composer = stage.window.selection.composer
        composer.field.insertFromMimeData(source)
        await stage.settle()
        assert composer.shown is not None
        assert composer.shown.words() == "picture \u00b7 2 KB"
        await stage.keys("Backspace")
        assert composer.shown is None
        await stage.type("no picture")
        await stage.keys("Return")
        assert stage.link.sent[-1].order == Steer("#2", "no picture")

    scenario(stage)


@played
async def test_a_picture_for_an_agent_without_eyes_is_refused_before_sending(stage: Stage) -> None:
    native = next(t for t, h in stage.screen.world.threads.items() if h.driver == "native")
    stage.screen.select((native,), native)
    await stage.keys("Q")
    stage.window.selection.composer.field.insertFromMimeData(picture())
    await stage.settle()
    assert "cannot take pictures" in said(stage)
    assert stage.window.selection.composer.shown is None


def test_too_large_a_picture_is_refused(stage: Stage, tmp_path: Path) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        path = tmp_path / "huge.png"
        path.write_bytes(b"x" * ((5 << 20) + 1))
        source = QMimeData()
        source.setUrls([QUrl.fromLocalFile(str(path))])
        stage.screen.select((2,), 2)
        await stage.keys("Q")
        stage.window.selection.composer.field.insertFromMimeData(source)
        await stage.settle()
        assert "at most 5 MiB" in said(stage)

    scenario(stage)


# --- said before the press --------------------------------------------------------------------


@played
async def test_resume_says_what_a_cold_cache_costs(stage: Stage) -> None:
    world = stage.link.world
    head = world.threads[2]
    hour = 3_600 * NS
    world.threads[2] = replace(head, state="paused", hold=("player",), moved=NOW - hour)
    stage.link.start()
    stage.screen.select((2,), 2)
    await stage.settle()
    place = stage.screen.card_page().at(2)
    assert place is not None
    text = hint(stage.screen, place).text()
    assert "resume 1: about" in text
    assert "tokens uncached, a part of CLAUDE 5 h" in text
    assert any(one.text == "Cold resume" for one in stage.texts())


# --- told elsewhere ---------------------------------------------------------------------------


@played
async def test_notices_come_only_while_the_person_is_away(stage: Stage) -> None:
    told: list[Told] = []
    notices, away = stage.window.notices, [False]
    notices.show, notices.away = told.append, lambda: away[0]
    stage.clock.step(60)
    await stage.settle()
    assert told == []
    away[0] = True
    stage.clock.step(2)
    await stage.settle()
    assert {one.kind for one in told} == {"needs"}
    assert len(told) == 4
    stage.clock.step(200)
    await stage.settle()
    assert len(told) == 4
    assert stage.screen.mode == "map"

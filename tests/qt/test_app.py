"""The screen as a process of its own: it opens, paints, closes; the Qt pair is sound."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from commandcenter.config.qt_pair import qt_refusal

pytestmark = pytest.mark.qt

WHOLE = """
import asyncio, sys
from PySide6.QtWidgets import QApplication
from commandcenter.config.resources import resource
from commandcenter.hud import keymap
from commandcenter.testing.clock import FakeClock, FakeIds
from commandcenter.testing.fakes import FakeLink
from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.app import run
from commandcenter.ui.screen import Options
from commandcenter.ui.state import Store
from commandcenter.ui.window import Window

class Short(FakeLink):
    async def keep(self):
        self.start()
        await asyncio.sleep(0.09)
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, Window):
                assert len(widget.map.scene.tiles) == 120
                widget.close()

clock = FakeClock(wall=NOW)
shipped = keymap.parse(resource("keymaps/grid.toml").read_text(encoding="utf-8"))
options = Options(clock, FakeIds(), shipped, Store(None))
sys.exit(run(lambda: Short(demo_world(5, 24), clock), options))
"""


def python(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    wanted = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "COMMANDCENTER_HOME": str(home)}
    argv = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    return subprocess.run(argv, env=wanted, capture_output=True, text=True, timeout=60, check=False)


def test_it_opens_on_a_link_and_ends_when_its_window_closes(tmp_path: Path) -> None:
    ran = python(WHOLE, tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_pair_that_aborts_is_refused_by_a_sentence() -> None:
    assert "6.12.0" in qt_refusal("6.12.0", (3, 11))
    assert qt_refusal("6.12.0", (3, 12)) == ""
    assert qt_refusal("6.11.3", (3, 11)) == ""

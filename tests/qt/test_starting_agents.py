"""Choosing what a thread is started with: account, agent, login, clean set-up, command line."""

from pathlib import Path
from typing import Any

import pytest
from stage import Scene, Stage, played

from commandcenter.core.orders import Spawn
from commandcenter.core.world import World
from commandcenter.testing.worlds import NOW

pytestmark = pytest.mark.qt
ROOT = {"why": "", "root": "/home/me/tally", "branch": "main", "dirty": 0, "commits": 3}
AGENTS = {
    "accounts": [
        {"id": "local", "kind": "ollama", "base_url": "http://127.0.0.1:1", "model": "qwen"},
        {"id": "claude-plan", "kind": "anthropic", "base_url": "", "model": ""},
    ],
    "agents": [
        {"name": "claude", "path": "/bin/claude"},
        {"name": "opencode", "path": "/bin/opencode"},
        {"name": "gemini", "path": "/bin/gemini"},
    ],
    "drivers": ["claude", "native", "terminal"],
}


@pytest.fixture
def first(tmp_path: Path, loop: Any) -> Stage:
    queries = {"found": AGENTS, "repository": ROOT, "status": {}}
    return Stage(Scene(World(), NOW, path=tmp_path, queries=queries), loop)


def test_tab_in_the_brief_chooses_the_agent(first: Stage) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        assert stage.screen.mode == "composer"
        await stage.type("mend the parser")
        names = []
        for _ in range(5):
            names.append(stage.screen.template.name if stage.screen.template else "")
            await stage.keys("Tab")
        assert names == ["local", "claude", "claude login", "terminal", "claude clean"]
        await stage.keys("Tab")
        assert stage.window.selection.composer.text == "mend the parser"
        await stage.keys("Return")
        root = ROOT["root"]
        assert stage.link.sent[-1].order == Spawn(("mend the parser",), "claude", repo=str(root))

    scenario(first)


def test_a_login_is_asked_for_once_with_its_sentence(first: Stage) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        await stage.type("mend the parser")
        await stage.keys("Tab", "Tab", "Return")
        assert stage.orders == []
        composer = stage.window.selection.composer
        assert composer.letter is not None
        assert "never stored, never logged and never" in composer.letter.hint
        await stage.keys("Return")
        assert stage.orders[0] == "allow-login claude"
        assert stage.orders[1].startswith('spawn "mend the parser" --agent claude')
        assert stage.screen.mode == "map"

    scenario(first)


def test_a_terminal_gets_a_command_line(first: Stage) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        await stage.type("make test")
        await stage.keys("Shift+Tab", "Shift+Tab", "Return")
        order = stage.link.sent[-1].order
        assert isinstance(order, Spawn)
        assert (order.agent, order.command, order.briefs) == ("terminal", "make test", ())

    scenario(first)


def test_the_first_page_lists_what_can_be_driven(first: Stage) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        shown = [one.text for one in stage.texts()]
        assert "agent claude" in shown
        assert "account claude-plan" not in shown
        assert any("login asked for once" in text for text in shown)
        assert any("not driven by this engine" in text for text in shown)

    scenario(first)

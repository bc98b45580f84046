"""The acp driver with the real opencode, through a real gate and sparring. `make agents`."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from commandcenter.core.events import (
    CallAdmitted,
    ContextMeasured,
    ToolEnded,
    ToolStarted,
    UsageReported,
)
from commandcenter.drivers.acp import AcpSession
from commandcenter.drivers.base import RESUME_PROMPT, Answer, Asking, Found
from commandcenter.drivers.catalog import load_agents
from commandcenter.gate.base import Route
from commandcenter.testing.acp_kit import AcpKit, acp_driver
from commandcenter.testing.sessions import MARK, Heard

pytestmark = pytest.mark.agents
WORDS = " ".join(f"word{n}" for n in range(120))
SCENARIO = """
name = "opencode"
seed = 7
knobs = { rate = 0.0, ttft_ms = [0, 0], jitter = 0.0, think_words = 0 }
[[script]]
id = "words"
finish = { say = "Grüße: \\u202e and a tab\\tend. Δ😀" }
[[script]]
id = "say"
finish = { say = "@WORDS" }
[[script]]
id = "work"
step = [
  { say = "I look.", tool = "read", args = { path = "README.md" } },
  { say = "I write.", tool = "write", args = { path = "n/a.txt", content = "alpha\\nbeta\\n" } },
  { say = "I correct.", tool = "edit", args = { path = "n/a.txt", old = "beta", new = "gamma" } },
  { say = "I check.", tool = "shell", args = { command = "ls -la" } },
]
finish = { say = "All done." }
[[script]]
id = "shell"
step = [{ say = "Now.", tool = "shell", args = { command = "@COMMAND" } }]
finish = { say = "It ran." }
[[script]]
id = "cut"
behaviour = "cut"
at = 0.5
times = 1
finish = { say = "@WORDS" }
[[script]]
id = "storm"
behaviour = "storm"
burst_s = 2.0
every_s = 60.0
times = 1
step = [{ say = "I look.", tool = "read", args = { path = "README.md" } }]
finish = { say = "Through the storm." }
"""
ESCAPE = (
    "bash -c 'setsid sleep 61 & (setsid nohup sleep 62 >/dev/null 2>&1 &) ; "
    "nohup sleep 63 >/dev/null 2>&1 & echo ready; sleep 64'"
)


def binary() -> str:
    """CC_OPENCODE, .agents/bin, PATH."""
    here = Path(__file__).parents[2] / ".agents" / "bin" / "opencode"
    named = os.environ.get("CC_OPENCODE") or (str(here) if here.exists() else "")
    return named or shutil.which("opencode") or ""


def allow(asking: Asking) -> Answer | None:
    return Answer("allow")


def brief(script: str, **knobs: object) -> str:
    more = " ".join(f"{name}={value}" for name, value in knobs.items())
    return f"Do it. [[sparring script={script} seed=3 {more}]]"


def marked() -> list[psutil.Process]:
    """Living processes with our mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("CC_HOME") == MARK and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest_asyncio.fixture
async def kit(tmp_path: Path) -> AsyncIterator[AcpKit]:
    assert binary(), "no opencode: set CC_OPENCODE"
    kit = AcpKit(tmp_path, acp_driver, spec=load_agents(tmp_path)["opencode"], program=binary())
    yield kit
    await kit.close()


async def spar(kit: AcpKit, command: str = "echo out; exit 3") -> None:
    await kit.spar(SCENARIO.replace("@WORDS", WORDS).replace("@COMMAND", command))


def steps(kit: AcpKit, script: str) -> int:
    """Requests that belong to the script, without titles and the like."""
    asked = [one.begin for one in kit.requests()]
    return len([one for one in asked if one.script == script])


async def test_text_turn_equals_the_wire(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard()
    session = await kit.open(heard)
    assert session.caps.images == "yes"
    await session.prompt(1, brief("words"))
    ended = await heard.end(1, 30)
    assert (ended.stop, ended.error) == ("end", "")
    assert heard.text == "Grüße: \u202e and a tab\tend. Δ😀"
    assert heard.of(ContextMeasured)[-1].size == 128_000
    assert heard.of(UsageReported)[-1].output > 0
    assert "init" in session.commands

"""Copies of sessions of the real Claude Code, Codex and opencode, through a gate and sparring."""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from commandcenter.core.base import AgentFailed
from commandcenter.core.conversation import Message, ToolCall, ToolResult
from commandcenter.core.events import HistoryAdded
from commandcenter.drivers.catalog import load_agents
from commandcenter.testing.acp_kit import AcpKit, acp_driver
from commandcenter.testing.codex_kit import CodexKit, binary, codex_driver
from commandcenter.testing.forks import KNOWS, Forks, play
from commandcenter.testing.real_claude import SCENARIO as CLAUDE
from commandcenter.testing.real_claude import Kit, claude, make
from commandcenter.testing.scenarios import scenario, words
from commandcenter.testing.sessions import DriverKit, Heard

pytestmark = pytest.mark.agents
ROOT = Path(__file__).parents[2]
SCENARIO = scenario("forks", words("Yes."), KNOWS)
LOOKED = ToolCall("call00000", "read", '{"path":"a.txt"}')
SEED = (
    Message("user", "Look at a.txt."),
    Message("assistant", "I look.", (LOOKED,)),
    Message("tool", results=(ToolResult("call00000", "read", "codeword=plum"),)),
    Message("assistant", "I saw it."),
)


async def _claude(folder: Path, mine: bool) -> tuple[DriverKit, Forks]:
    kit = Kit(folder, make)
    assert claude(), "no claude: set AGENT_CLAUDE or put it on the PATH"
    await kit.serve(CLAUDE + KNOWS)
    home = folder / "thread-1/home"
    if mine:
        kit.person["HOME"] = str(home)
    return kit, Forks(kit, kit.start, lambda thread: {"HOME": str(home)}, 30.0)


async def _codex(folder: Path, mine: bool) -> tuple[DriverKit, Forks]:
    """Its homes do not lie below the temporary folder (agents.md 14)."""
    kit = CodexKit(folder, codex_driver, command=(binary(ROOT),))
    root = Path.home() / ".cache" / f"commandcenter-test-forks-{os.getpid()}"

    async def opened(heard: Heard, thread: int = 1, **more: Any) -> Any:
        kit.home = root / str(1 if mine else thread)
        kit.home.mkdir(parents=True, exist_ok=True)
        return await kit.open(heard, thread, **more)

    await kit.ready(SCENARIO)
    return kit, Forks(kit, opened, lambda thread: {"CODEX_HOME": str(root / "1")}, 30.0)


async def _opencode(folder: Path, mine: bool) -> tuple[DriverKit, Forks]:
    program = ROOT / ".agents/bin/opencode"
    spec = load_agents(folder)["opencode"]
    kit = AcpKit(folder, acp_driver, spec=spec, program=str(program), one_home=mine)
    await kit.spar(SCENARIO)
    return kit, Forks(kit, kit.open, lambda thread: {"HOME": str(folder / "home-1")}, 30.0)


KITS = {"claude": _claude, "codex": _codex, "opencode": _opencode}


@pytest_asyncio.fixture(params=KITS)
async def agent(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest_asyncio.fixture
async def make_forks(agent: str, tmp_path: Path) -> AsyncIterator[Callable[[bool], Any]]:
    kits: list[DriverKit] = []

    async def made(mine: bool) -> Forks:
        kit, forks = await KITS[agent](tmp_path, mine)
        kits.append(kit)
        return forks

    yield made
    for kit in kits:
        await kit.close()
    root = Path.home() / ".cache" / f"commandcenter-test-forks-{os.getpid()}"
    shutil.rmtree(root, ignore_errors=True)


@pytest.mark.parametrize("mine", [False, True], ids=["clean", "mine"])
async def test_24_fork_at_end(make_forks: Callable[[bool], Any], mine: bool) -> None:
    """`mine`: both use one HOME; `clean`: each has its own."""
    await (await make_forks(mine)).at_end()


@pytest.mark.parametrize("mine", [False, True], ids=["clean", "mine"])
async def test_25_fork_at_turn(make_forks: Callable[[bool], Any], agent: str, mine: bool) -> None:
    forks = await make_forks(mine)
    if agent == "opencode":
        with pytest.raises(AgentFailed, match="unsupported"):
            await forks.at_turn()
    else:
        await forks.at_turn()


async def test_42_old_epoch_cannot_act(make_forks: Callable[[bool], Any]) -> None:
    await (await make_forks(True)).old_epoch()


async def test_a_quoted_text_or_a_conversation(
    make_forks: Callable[[bool], Any], agent: str
) -> None:
    """What each takes over from an agent of another kind."""
    forks = await make_forks(False)
    if agent != "codex":
        await forks.handed()
        return
    heard = Heard()
    session = await forks.opens(heard, seed=SEED)
    assert heard.of(HistoryAdded) == [HistoryAdded(SEED, anew=True)]
    assert await forks.told(session, heard, 1, f"Which? {play('plum')}") == "It was plum."

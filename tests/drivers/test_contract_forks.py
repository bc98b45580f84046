"""Contract of every driver that copies sessions (agents.md 12): 24, 25, 42, and what it refuses."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from commandcenter.core.base import AgentFailed
from commandcenter.core.conversation import Message
from commandcenter.core.events import HistoryAdded
from commandcenter.drivers.base import Origin, SessionRef
from commandcenter.drivers.native import NativeDriver
from commandcenter.drivers.native_desk import NativePorts
from commandcenter.testing.acp_kit import AcpKit, acp_driver
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.codex_kit import CodexKit, codex_driver
from commandcenter.testing.forks import KNOWS, Forks, play
from commandcenter.testing.gate import Ticking
from commandcenter.testing.real_claude import SCENARIO as CLAUDE
from commandcenter.testing.real_claude import Kit, make
from commandcenter.testing.scenarios import scenario, words
from commandcenter.testing.sessions import DriverKit, Heard

SCENARIO = scenario("forks", words("Yes."), KNOWS)
SEED = (Message("user", "codeword=plum"), Message("assistant", "I will remember."))


def _native(folder: Path) -> tuple[DriverKit, Forks]:
    def driver(kit: DriverKit) -> NativeDriver:
        return NativeDriver(NativePorts(kit.gate.gate.call, kit.host, FakeIds(), Ticking()))

    kit = DriverKit(folder, driver)
    return kit, Forks(kit, kit.open)


def _claude(folder: Path) -> tuple[DriverKit, Forks]:
    kit = Kit(folder, make, program=(sys.executable, "-m", "commandcenter.testing.puppet_claude"))
    home = str(folder / "thread-1/home")
    return kit, Forks(kit, kit.start, lambda thread: {"HOME": home})


def _codex(folder: Path) -> tuple[DriverKit, Forks]:
    """Each epoch and thread has a CODEX_HOME of its own."""
    kit = CodexKit(folder, codex_driver, home=folder / "home-1")

    async def opened(heard: Heard, thread: int = 1, **more: Any) -> Any:
        kit.home = folder / f"home-{thread}-{more.get('epoch', 1)}"
        return await kit.open(heard, thread, **more)

    return kit, Forks(kit, opened, lambda thread: {"CODEX_HOME": str(folder / "home-1-1")})


def _acp(folder: Path) -> tuple[DriverKit, Forks]:
    kit = AcpKit(folder, acp_driver, one_home=True)
    return kit, Forks(kit, kit.open, lambda thread: {"HOME": str(folder / "home-1")})


KINDS: dict[str, Callable[[Path], tuple[DriverKit, Forks]]] = {
    "native": _native,
    "claude": _claude,
    "codex": _codex,
    "acp": _acp,
}


@pytest_asyncio.fixture(params=KINDS)
async def forks(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Forks]:
    kit, forks = KINDS[request.param](tmp_path)
    if isinstance(kit, CodexKit):
        await kit.ready(SCENARIO)
    elif isinstance(kit, Kit):
        await kit.serve(CLAUDE + KNOWS)
    else:
        await kit.spar(SCENARIO)
    yield forks
    await kit.close()


def kind(forks: Forks) -> str:
    name: str = forks.kit.driver.kind
    return name


async def test_24_fork_at_end(forks: Forks) -> None:
    await forks.at_end()


async def test_25_fork_at_turn(forks: Forks) -> None:
    if kind(forks) == "acp":
        with pytest.raises(AgentFailed, match="unsupported"):
            await forks.at_turn()
    else:
        await forks.at_turn()


async def test_42_old_epoch_cannot_act(forks: Forks) -> None:
    await forks.old_epoch()


async def test_a_quoted_text_comes_first(forks: Forks) -> None:
    await forks.handed()


async def test_a_conversation_of_ours_is_its_past(forks: Forks) -> None:
    heard = Heard()
    if kind(forks) not in ("native", "codex"):
        with pytest.raises(AgentFailed, match="unsupported"):
            await forks.opens(heard, seed=SEED)
        return
    session = await forks.opens(heard, seed=SEED)
    assert heard.of(HistoryAdded) == [HistoryAdded(SEED, anew=True)]
    assert await forks.told(session, heard, 1, f"Which? {play('plum')}") == "It was plum."


async def test_what_it_cannot_copy_is_refused_and_nothing_is_left(forks: Forks) -> None:
    driver = forks.kit.driver.kind
    for origin in (
        Origin(SessionRef(driver, "00000000-0000-4000-8000-00000000dead"), env=forks.env(1)),
        Origin(SessionRef(driver, "../../etc/passwd"), env=forks.env(1)),
        Origin(SessionRef(driver, "*"), env={"HOME": os.devnull, "CODEX_HOME": os.devnull}),
        Origin(SessionRef("terminal", "x")),
        Origin(SessionRef(driver)),
        Origin(SessionRef(driver, "x"), at=1),
    ):
        with pytest.raises(AgentFailed, match=r"unsupported|refused"):
            await forks.opens(Heard(), fork=origin)
    assert await forks.kit.host.survivors() == ()

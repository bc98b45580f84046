"""The drivers of this milestone, each on a real gate with real sparring and real processes."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.drivers.base import Driver
from commandcenter.drivers.native import NativeDriver, NativePorts, NativeSettings
from commandcenter.drivers.native_shell import ShellLimits
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.gate import Ticking
from commandcenter.testing.scenarios import (
    CHECK,
    COMMAND,
    LONG,
    LOOK,
    cut,
    say,
    scenario,
    script,
    shell,
    words,
    work,
)
from commandcenter.testing.sessions import DriverKit

SCENARIO = scenario(
    "contract",
    words(),
    say(),
    work(LOOK, CHECK),
    shell(),
    script(
        "risky", 'behaviour = "risky"', 'command = "git push origin main"', said="I am through."
    ),
    script(
        "question",
        'behaviour = "question"',
        'question = "Which way?"',
        'options = ["left", "right"]',
        said="I went there.",
    ),
    cut(),
    cut("cut-for-ever", times=9),
)


def _native(kit: DriverKit) -> Driver:
    ports = NativePorts(kit.gate.gate.call, kit.host, FakeIds(), Ticking(), kit.waits)
    shell = ShellLimits(run_s=1.0, output_bytes=256 << 10, shown_chars=4_096, kept_chars=2_048)
    return NativeDriver(ports, NativeSettings(steps=12, shell=shell))


DRIVERS: dict[str, Callable[[DriverKit], Driver]] = {"native": _native}


@pytest_asyncio.fixture(params=sorted(DRIVERS))
async def bare(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DriverKit]:
    """A driver without a provider: the test adds its own."""
    kit = DriverKit(tmp_path, DRIVERS[request.param])
    yield kit
    await kit.close()


@pytest_asyncio.fixture
async def kit(bare: DriverKit) -> DriverKit:
    """A driver whose models are sparring's."""
    command = "sh -c 'echo to-out; echo to-err >&2; exit 3'"
    long = " ".join(f"word{n}" for n in range(60))
    await bare.spar(SCENARIO.replace(COMMAND, command).replace(LONG, long))
    return bare

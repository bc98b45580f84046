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
from commandcenter.testing.sessions import DriverKit

SCENARIO = """
name = "contract"
seed = 7
knobs = { rate = 0.0, ttft_ms = [0, 0], jitter = 0.0, think_words = 0 }
[[script]]
id = "words"
finish = { say = "Grüße: \\u001b[31mred\\u001b[0m \\u202e and a tab\\tend. Δ😀" }
[[script]]
id = "say"
finish = { say = "@LONG" }
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
id = "risky"
behaviour = "risky"
command = "git push origin main"
finish = { say = "I am through." }
[[script]]
id = "question"
behaviour = "question"
question = "Which way?"
options = ["left", "right"]
finish = { say = "I went there." }
[[script]]
id = "cut"
behaviour = "cut"
at = 0.5
times = 1
finish = { say = "@LONG" }
[[script]]
id = "cut-for-ever"
behaviour = "cut"
at = 0.5
times = 9
finish = { say = "@LONG" }
"""


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
    words = " ".join(f"word{n}" for n in range(60))
    await bare.spar(SCENARIO.replace("@COMMAND", command).replace("@LONG", words))
    return bare

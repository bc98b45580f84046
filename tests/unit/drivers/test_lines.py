"""A foreign agent's process and its lines."""

import asyncio
import sys
from pathlib import Path

import pytest

from commandcenter.core.base import AgentFailed
from commandcenter.core.redact import Redactor
from commandcenter.drivers import lines
from commandcenter.drivers.base import KillReport
from commandcenter.drivers.lines import Hearing, LineProcess, WireLog
from commandcenter.hosts.base import Spawn
from commandcenter.hosts.local import LocalHost
from commandcenter.testing.sessions import MARK

ECHO = """
import sys
sys.stderr.write("last words")
for line in sys.stdin.buffer:
    if line.startswith(b"big "):
        sys.stdout.buffer.write(b"x" * int(line[4:]) + b"\\n")
    else:
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
sys.exit(3)
"""


class Ears:
    """What was heard."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.long: list[bytes] = []
        self.ends: list[tuple[int, str]] = []

    @property
    def hearing(self) -> Hearing:
        return Hearing(
            self.lines.append, self.long.append, lambda code, tail: self.ends.append((code, tail))
        )


async def opened(tmp_path: Path, ears: Ears) -> tuple[LocalHost, LineProcess]:
    host = LocalHost(MARK)
    wire = WireLog(
        str(tmp_path / "w" / "wire-1.jsonl"), Redactor({"key": "top-secret-value"}, b"s")
    )
    spawn = Spawn(
        (sys.executable, "-c", ECHO), str(tmp_path), {"PATH": "/usr/bin"}, 1, 1, talks=True
    )
    return host, await LineProcess.start(host, spawn, ears.hearing, wire)


async def killed(host: LocalHost) -> KillReport:
    report = await host.kill_tree(1, 1)
    return KillReport(len(report.killed), tuple(proc.pid for proc in report.survivors))


async def until(true: object, limit_s: float = 5.0) -> None:
    async with asyncio.timeout(limit_s):
        while not true():  # type: ignore[operator]  # a test's condition
            await asyncio.sleep(0.005)


async def test_lines_both_ways_and_the_end(tmp_path: Path) -> None:
    ears = Ears()
    host, process = await opened(tmp_path, ears)
    await process.say(b'{"a":1}')
    await process.say(b"x" * 300_000)
    await until(lambda: len(ears.lines) == 2)
    assert ears.lines == [b'{"a":1}', b"x" * 300_000]
    report = await process.close(lambda: killed(host))
    assert ears.ends == [(3, "last words")]
    assert report.survivors == ()
    with pytest.raises(AgentFailed, match="crashed"):
        await process.say(b"late")
    await host.close()


async def test_a_line_over_the_limit_costs_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LINE_BYTES", 100_000)
    ears = Ears()
    host, process = await opened(tmp_path, ears)
    await process.say(b"big 250000")
    await process.say(b"after")
    await until(lambda: ears.lines)
    assert len(ears.long) == 1
    assert ears.lines == [b"after"]
    await process.kill(lambda: killed(host))
    await host.close()


async def test_the_wire_log_is_redacted_private_and_a_ring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LOG_BYTES", 400)
    ears = Ears()
    host, process = await opened(tmp_path, ears)
    for number in range(12):
        await process.say(b"top-secret-value %d" % number)
    await until(lambda: len(ears.lines) == 12)
    await process.kill(lambda: killed(host))
    files = sorted((tmp_path / "w").iterdir())
    assert len(files) == 2
    for file in files:
        assert b"top-secret" not in file.read_bytes()
        assert file.stat().st_size <= 400
    assert (tmp_path / "w" / "wire-1.jsonl").stat().st_mode & 0o777 == 0o600
    await host.close()


async def test_no_such_program_is_missing(tmp_path: Path) -> None:
    host = LocalHost(MARK)
    wire = WireLog(str(tmp_path / "wire.jsonl"), Redactor({}, b"s"))
    with pytest.raises(AgentFailed, match="missing"):
        await LineProcess.start(
            host, Spawn(("/nope",), "/", {}, 1, 1, talks=True), Ears().hearing, wire
        )
    await host.close()


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Error: no such setting\n\nStack backtrace:\n   0: <unknown>\n", "Error: no such setting"),
        ("Stack backtrace:\n   0: <unknown>\n", "Stack backtrace:\n   0: <unknown>"),
    ],
)
async def test_why_it_ended_is_not_hidden_by_its_frames(
    tmp_path: Path, said: str, heard: str
) -> None:
    ears, host = Ears(), LocalHost(MARK)
    argv = (sys.executable, "-c", f"import sys; sys.stderr.write({said!r})")
    spawn = Spawn(argv, str(tmp_path), {"PATH": "/usr/bin"}, 1, 1, talks=True)
    wire = WireLog(str(tmp_path / "w" / "wire-1.jsonl"), Redactor({}, b"s"))
    process = await LineProcess.start(host, spawn, ears.hearing, wire)
    await until(lambda: ears.ends, 30.0)  # by itself: closed too soon it would be killed
    await process.close(lambda: killed(host))
    assert ears.ends == [(0, heard)]
    await host.close()

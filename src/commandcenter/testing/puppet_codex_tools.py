"""The tools of the stand-in for `codex`: they really act, and outlive their turn as Codex' do."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass
class Terminals:
    """Commands that run, by the id of their call."""

    cwd: str
    live: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    async def run(self, call: str, command: str, show: Callable[[str], None]) -> tuple[str, int]:
        """Its output and exit code; a cancelled wait leaves it alive."""
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            command,
            cwd=self.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self.live[call] = process
        said = ""
        assert process.stdout is not None
        while piece := await process.stdout.read(1 << 16):
            text = piece.decode("utf-8", "replace")
            said += text
            show(text)
        code = await process.wait()
        self.live.pop(call, None)
        return said, code

    def listed(self) -> list[Json]:
        """As `thread/backgroundTerminals/list` says it."""
        return [
            {"itemId": call, "processId": str(process.pid), "command": "", "cwd": self.cwd}
            for call, process in self.live.items()
        ]

    async def end(self, process: str = "") -> None:
        """One of them, or all: its process group, not what escaped it."""
        for call, one in tuple(self.live.items()):
            if process in ("", str(one.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(one.pid, signal.SIGKILL)
                self.live.pop(call, None)
                await one.wait()


def patch_of(command: str) -> list[Json]:
    """The changes of an `apply_patch` heredoc, as Codex reads it out of a command; [] = none."""
    if not command.startswith("apply_patch <<"):
        return []
    changes: list[Json] = []
    for line in command.splitlines():
        for mark, kind in (("*** Add File: ", "add"), ("*** Update File: ", "update")):
            if line.startswith(mark):
                path = line.removeprefix(mark)
                changes.append({"path": path, "kind": {"type": kind}, "diff": ""})
        if changes and line[:1] in ("+", "-"):
            changes[-1]["diff"] += f"{line}\n"
    return changes


def apply(changes: list[Json], cwd: str) -> None:
    """Do it: whole new files, and lines replaced one by one. Raises OSError."""
    for change in changes:
        path = Path(cwd, change["path"])
        lines = change["diff"].splitlines()
        new = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
        old = "".join(f"{line[1:]}\n" for line in lines if line.startswith("-"))
        if change["kind"]["type"] == "add":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new)
        else:
            path.write_text(path.read_text().replace(old, new, 1))

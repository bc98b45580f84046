"""Where the ten minutes are played: a small repository, a practice endpoint, an empty home."""

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from commandcenter.config.resources import resource

STARTS_S = 20.0
NOBODY = ("-c", "user.name=player", "-c", "user.email=player@localhost")
RISKY, STUCK, QUICK, LONG = (
    "publish what is",
    "read what is",
    "look around here",
    "write long notes",
)
"""What the briefs begin with: the names of their threads, but for what tells them apart."""
LINES = (
    *(f"{RISKY} here [[sparring script=risky seed={seed}]]" for seed in (1, 2, 3, 4)),
    f"{STUCK} here [[sparring script=stuck seed=5]]",
    f"{QUICK} [[sparring script=working seed=6]]",
    f"{LONG} one [[sparring script=working seed=7 rate=1.0]]",
    f"{LONG} two [[sparring script=working seed=8 rate=1.0]]",
)
"""Eight threads; the models of the last two speak one word a second."""


class Field:
    """Owns the endpoint's process; all of it lies below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.repository = folder / "tally"
        self._endpoint: Process | None = None

    async def lay_out(self) -> None:
        """The repository with one commit, the endpoint on a free port, its account."""
        shutil.copytree(resource("sample-repo"), self.repository)
        await self._run("git", "-C", str(self.repository), "init", "-q", "-b", "main")
        await self._run("git", "-C", str(self.repository), "add", "-A")
        await self._run("git", "-C", str(self.repository), *NOBODY, "commit", "-qm", "first")
        ours = (sys.executable, "-m", "commandcenter")
        scenario = ("--scenario", str(resource("scenarios/any.toml")))
        self._endpoint = await asyncio.create_subprocess_exec(
            *ours, "sparring", "--port", "0", *scenario, stdout=PIPE
        )
        assert self._endpoint.stdout is not None
        line = await asyncio.wait_for(self._endpoint.stdout.readline(), STARTS_S)
        said = json.loads(line)
        where = ("--kind", "chat", "--url", said["ready"], "--model", "sparring-medium")
        account = ("accounts", "add", "local", *where, "--practice", "--key")
        await self._run(*ours, *account, "--home", str(self.home), told=said["key"])

    async def clear(self) -> None:
        """End the endpoint."""
        if self._endpoint is not None:
            self._endpoint.terminate()
            await self._endpoint.wait()

    async def _run(self, *argv: str, told: str = "") -> None:
        one = await asyncio.create_subprocess_exec(
            *argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=dict(os.environ)
        )
        out, err = await asyncio.wait_for(one.communicate(told.encode()), STARTS_S)
        assert one.returncode == 0, f"{argv}: {out.decode()}{err.decode()}"

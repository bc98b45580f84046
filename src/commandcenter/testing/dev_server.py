"""A person's repository with a dev server, from tests/fixtures/dev-server."""

import shutil
from pathlib import Path
from typing import Final

from commandcenter.hosts.git import Git
from commandcenter.hosts.snapshot import make_repository

COMMAND: Final = "exec python3 server.py"
"""Serves on $PORT and says `hello <port> <folder>`."""


async def make_dev_server(git: Git, fixture: Path, folder: Path) -> Path:
    """The repository at `folder`, committed, with its ignored .env and .cache. `git` is of any
    folder, `fixture` = tests/fixtures/dev-server."""
    await make_repository(git, fixture, folder)
    fresh = Git(git.host, git.sleep, str(folder))
    await fresh.text("mv", "gitignore", ".gitignore")
    await fresh.text("rm", "--quiet", "dotenv")
    who = ("-c", "user.name=A Person", "-c", "user.email=person@example.org")
    await fresh.text(*who, "commit", "--quiet", "-m", "names as they are")
    shutil.copy(fixture / "dotenv", folder / ".env")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "wheel").write_text("cached\n")
    return folder

"""What a session can begin with: a quoted text, a conversation, the files of another session."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from commandcenter.core.base import AgentFailed
from commandcenter.drivers.base import SEEDED, DriverKind, Origin, SessionStart

_SESSION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,199}")
"""The agent's own names of sessions, as far as they may become part of a file's name."""


class Handoff:
    """The text before a session's first prompt; `given` once the agent has taken one."""

    def __init__(self, text: str) -> None:
        self._text = text

    def before(self, text: str) -> str:
        """The prompt as the agent is told it."""
        return "\n\n".join(part for part in (self._text, text) if part)

    def given(self) -> None:
        """The agent has it."""
        self._text = ""


def check(kind: DriverKind, start: SessionStart, *, forks: bool) -> None:
    """Raises AgentFailed(unsupported) for a beginning that this kind of agent has not."""
    if start.seed and kind not in SEEDED:
        raise AgentFailed("unsupported", f"{kind} takes no conversation as its own past")
    if start.handoff and kind == "terminal":
        raise AgentFailed("unsupported", "a shell would run what another thread has said")
    origin = start.fork
    if origin is None:
        return
    plain = _SESSION.fullmatch(origin.ref.session) is not None
    if not forks or origin.ref.driver != kind or not plain:
        raise AgentFailed("unsupported", f"{kind} cannot copy that session")
    if origin.at and not origin.mark:
        raise AgentFailed("unsupported", f"nothing marks turn {origin.at} in that session")


def folder(env: Mapping[str, str], name: str, below: str) -> Path:
    """A folder of an agent: what variable `name` says, else `below` HOME."""
    return Path(env.get(name) or Path(env.get("HOME", "/")) / below)


def origin_env(origin: Origin, env: Mapping[str, str]) -> Mapping[str, str]:
    """Where the other session's files are looked for."""
    return origin.env or env


def newest(root: Path, pattern: str) -> Path | None:
    """The newest file below `root` of that pattern. Blocks."""
    found = [path for path in root.glob(pattern) if path.is_file()]
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


def copied(source: Path, target: Path) -> None:
    """A private copy (0600) that is there whole or not at all. Blocks. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = target.with_name(f".{target.name}.half")
    half.unlink(missing_ok=True)
    fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as whole, os.fdopen(fd, "wb") as file:
        shutil.copyfileobj(whole, file)
    half.replace(target)

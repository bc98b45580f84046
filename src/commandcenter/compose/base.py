"""Clock, ids, folders and the practice accounts: what engine and screen both begin with."""

import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from commandcenter import __version__
from commandcenter.config.accounts import Account, Caps
from commandcenter.config.folders import Folders
from commandcenter.core.base import Record

if TYPE_CHECKING:
    from commandcenter.link.client import SocketLink

SOCKET = "engine.sock"
PRACTICE = (
    ("sparring-chat", "chat"),
    ("sparring-anthropic", "anthropic"),
    ("sparring-ollama", "ollama"),
    ("sparring-responses", "responses"),
)


class SystemClock:
    """`core.base.Clock` of this machine; monotonic leaves out time asleep."""

    def monotonic(self) -> float:
        """Seconds."""
        return time.monotonic()

    def wall(self) -> int:
        """Nanoseconds since the Unix epoch."""
        return time.time_ns()


class SystemIds:
    """`core.base.Ids` by the system's randomness."""

    def fresh(self) -> str:
        """32 hex digits."""
        return uuid.uuid4().hex


class Options(Record, frozen=True):
    """How an engine is started; `skirmish` 0 = without the practice operation."""

    folders: Folders
    skirmish: int = 0
    seed: int | None = None
    speed: float = 1.0
    overrides: tuple[str, ...] = ()


def socket_path(folders: Folders) -> Path:
    """Where the engine listens."""
    return folders.run / SOCKET


def link(folders: Folders, *, once: bool = True) -> "SocketLink":
    """A client's end, not yet connected."""
    from commandcenter.link.client import SocketLink

    return SocketLink(socket_path(folders), __version__, once=once)


def practice_accounts(options: Options) -> dict[str, Account]:
    """Accounts on one sparring process, one per protocol."""
    socket = str(options.folders.run / "sparring.sock")
    serve = [sys.executable, "-m", "commandcenter", "sparring", "--socket", socket]
    serve += ["--speed", str(options.speed)]
    serve += ["--log", str(options.folders.state / "sparring.jsonl")]
    serve += ["--seed", str(options.seed)] if options.seed is not None else []
    return {
        name: Account(
            name,
            kind,  # type: ignore[arg-type]  # the literals of PRACTICE
            "http://127.0.0.1",
            model="sparring-medium",
            key_ref="sparring",
            caps=Caps(8),
            serve=tuple(serve),
            socket=socket,
            practice=True,
        )
        for name, kind in PRACTICE
    }

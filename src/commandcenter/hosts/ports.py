"""Blocks of ten ports, one per workspace, so that many dev servers run side by side."""

import errno
import socket
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from commandcenter.core.base import CommandCenterError

FIRST: Final = 20_000
LAST: Final = 29_990
BLOCK: Final = 10
_BLOCKS: Final = (LAST - FIRST) // BLOCK + 1
_LISTEN: Final = "0A"
_TABLES: Final = ("/proc/net/tcp", "/proc/net/tcp6")
_TRY_S: Final = 0.05


class NoPorts(CommandCenterError):
    """Every block of ports is taken."""

    def __init__(self) -> None:
        super().__init__(f"every block of ten ports from {FIRST} to {LAST + BLOCK - 1} is taken")


class PortBlocks:
    """Gives out blocks; `taken` = first ports of the blocks of living workspaces. `seed` (of the
    home) makes engines of several homes begin at different places."""

    def __init__(self, taken: Collection[int] = (), seed: int = 0) -> None:
        self._taken = set(taken)
        self._seed = seed % _BLOCKS

    def claim(self) -> int:
        """The first port of a block in which nothing listens; it stays taken until `release`.
        Raises NoPorts."""
        for number in range(_BLOCKS):
            first = FIRST + (self._seed + number) % _BLOCKS * BLOCK
            if first not in self._taken and all(_free(port) for port in block(first)):
                self._taken.add(first)
                return first
        raise NoPorts

    def keep(self, first: int) -> None:
        """A workspace that was made before has it."""
        self._taken.add(first)

    def release(self, first: int) -> None:
        """Its workspace is gone."""
        self._taken.discard(first)


def block(first: int) -> range:
    """The ports of a block; none for 0."""
    return range(first, first + BLOCK) if first else range(0)


def port_env(first: int, names: Iterable[str] = ()) -> dict[str, str]:
    """What the processes of a workspace are told: PORT and CC_PORT, and `names` (`ports` of the
    repository's workspace.toml) one port each from the first on; nothing without a block."""
    if not first:
        return {}
    given = {name: str(port) for name, port in zip(names, block(first), strict=False)}
    return given | {"PORT": str(first), "CC_PORT": str(first)}


def listening(ports: Collection[int]) -> tuple[int, ...]:
    """Those of `ports` on which something of this machine listens now, in order: one reading
    of the kernel's table for all (Linux), else one connection each to 127.0.0.1."""
    if not ports:
        return ()
    if sys.platform == "linux":
        return tuple(sorted(set(ports) & _listed()))
    return tuple(sorted(port for port in ports if _answers(port)))


def _listed() -> set[int]:
    found: set[int] = set()
    for table in _TABLES:
        try:
            rows = Path(table).read_text(encoding="ascii", errors="replace").splitlines()[1:]
        except OSError:
            continue  # no IPv6 here
        for row in rows:
            fields = row.split(maxsplit=4)
            if len(fields) > 3 and fields[3] == _LISTEN:
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), _TRY_S).close()
    except OSError:
        return False
    return True


def _free(port: int) -> bool:
    """Nobody listens: on 127.0.0.1, nor on ::1, which many dev servers take for localhost."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind((address, port))
        except OSError as error:
            if family == socket.AF_INET or error.errno == errno.EADDRINUSE:
                return False
    return True

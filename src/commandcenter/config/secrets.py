"""Provider keys: from the environment once, the keyring, or a file only the person may read."""

import re
import signal
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Literal

import msgspec

from commandcenter.config.private import read_private, write_private

SERVICE = "commandcenter"
FILE = "keys.json"
PREFIX = "COMMANDCENTER_KEY_"
LIMIT_S = 2.0
"""How long the keyring may take; a locked one asks the person and may never answer."""

Place = Literal["keyring", "file"]


class Keys:
    """The keys of one process; their values are in no repr, log or environment."""

    def __init__(
        self, config: Path, environ: MutableMapping[str, str], limit_s: float = LIMIT_S
    ) -> None:
        """Takes every COMMANDCENTER_KEY_<PROVIDER> out of `environ` and keeps it in memory."""
        self._path = config / FILE
        self._environ = environ
        self._limit_s = limit_s
        self._held: dict[str, str] = {}
        for name in [name for name in environ if name.startswith(PREFIX)]:
            self._held[name.removeprefix(PREFIX)] = environ.pop(name)

    def get(self, ref: str) -> str | None:
        """The key named `ref`, else None; read lazily, once, at most 2 s for the keyring.

        `env:NAME` is the value of that variable (OPENAI_API_KEY); the variable stays.
        Raises PermissionError when the fallback file is readable by others.
        """
        if ref.startswith("env:"):
            return self._environ.get(ref.removeprefix("env:")) or None
        name = provider(ref)
        if name not in self._held:
            found = self._from_keyring(ref) or self._file().get(ref)
            if found is None:
                return None
            self._held[name] = found
        return self._held[name]

    def put(self, ref: str, value: str) -> Place:
        """Store `value` under `ref` and say where; the file only where no keyring keeps it.

        Raises ValueError for an empty value or one with line breaks, PermissionError, OSError.
        """
        if not value or not value.isprintable():
            raise ValueError("a key is one line of printable characters")
        self._held[provider(ref)] = value
        if self._to_keyring(ref, value):
            return "keyring"
        write_private(self._path, msgspec.json.encode({**self._file(), ref: value}))
        return "file"

    def values(self) -> tuple[str, ...]:
        """What redaction must never let through: every value read so far."""
        return tuple(self._held.values())

    def banner(self) -> str:
        """One sentence while keys lie in the fallback file, else empty."""
        if not self._path.exists():
            return ""
        return f"no keyring keeps your keys: they lie in {self._path}, readable by you alone"

    def backend(self) -> str:
        """The keyring's name, or "none" where it is absent, refuses or does not answer in time."""
        import keyring

        try:
            with _at_most(self._limit_s):
                ring = keyring.get_keyring()
                return "none" if ring.priority <= 0 else ring.name
        except (keyring.errors.KeyringError, TimeoutError, RuntimeError):
            return "none"

    def __repr__(self) -> str:
        """Names only."""
        return f"Keys({', '.join(sorted(self._held))})"

    def _file(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(read_private(self._path), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError as error:
            raise ValueError(f"{self._path} is damaged: {error}") from error

    def _from_keyring(self, ref: str) -> str | None:
        import keyring

        try:
            with _at_most(self._limit_s):
                return keyring.get_password(SERVICE, ref)
        except (keyring.errors.KeyringError, TimeoutError, RuntimeError, OSError):
            return None

    def _to_keyring(self, ref: str, value: str) -> bool:
        """Stored and read back: some backends take a key and keep nothing."""
        import keyring

        try:
            with _at_most(self._limit_s):
                keyring.set_password(SERVICE, ref, value)
                return keyring.get_password(SERVICE, ref) == value
        except (keyring.errors.KeyringError, TimeoutError, RuntimeError, OSError):
            return False


def provider(ref: str) -> str:
    """`ref` as it stands in an environment variable: my-openai -> MY_OPENAI."""
    return re.sub(r"[^A-Z0-9]", "_", ref.upper())


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """TimeoutError after `seconds`, again every 0.2 s while somebody swallows it.

    By a timer signal, as OS threads have another room; so the main OS thread only, else no limit.
    """

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"the keyring did not answer within {seconds} s")

    try:
        before = signal.signal(signal.SIGALRM, ring)
    except ValueError:
        yield
        return
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

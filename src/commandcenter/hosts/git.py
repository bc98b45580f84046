"""The engine's own git: trusts no repository, touches nothing of the person's, asks nothing."""

import os
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from commandcenter.hosts.base import Host, Ran, Spawn

Sleep = Callable[[float], Awaitable[None]]
"""Seconds."""

LIMIT_S: Final = 300.0
_LOCK_TRIES: Final = 5
_LOCK_WAIT_S: Final = 1.0
_SETTINGS: Final = (
    "gc.auto=0",
    "maintenance.auto=false",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=",
    "core.untrackedCache=keep",
    "core.splitIndex=false",
    "core.quotePath=false",
    "protocol.ext.allow=never",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
    "advice.addEmbeddedRepo=false",
)
_ENV: Final = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_KEPT: Final = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR")
_PERSONS: Final = r"^(core\.excludesfile|safe\.directory)$"
_FILTER_KEYS: Final = ("clean", "smudge", "process")
_PROGRAMS: Final = r"^(filter\..*|merge\..*\.driver)$"
"""Settings that name programs which attributes of a repository can have run."""
_PLAIN_MERGE: Final = "git merge-file --marker-size=%L %A %O %B || exit 1"
_WHYS: Final = ("fatal: ", "error: ")
_LOCKED: Final = re.compile(rb"\.lock': File exists|failed to read .*commondir: Success")
"""Another process holds a lock, or is half way through adding a worktree."""


class GitFailed(Exception):
    """A git command ended with another code than 0; `said` is the first line that says why: advice
    may come after it."""

    def __init__(self, ran: Ran, command: str) -> None:
        lines = ran.err.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        why = (line for word in _WHYS for line in lines if line.startswith(word))
        self.said = next(why, lines[-1]).removeprefix("fatal: ")
        self.code = ran.code
        super().__init__(f"git {command}: {self.said}")


class Git:
    """Git in one folder. `config` are further settings, of the person or against filters."""

    def __init__(
        self, host: Host, sleep: Sleep, folder: str, config: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.host = host
        self.sleep = sleep
        self.folder = folder
        self.config = config
        self._persons: tuple[tuple[str, str], ...] | None = None

    async def ran(
        self,
        *args: str,
        env: Mapping[str, str] | None = None,
        limit: int = 1 << 20,
        stdin: bytes | None = None,
    ) -> Ran:
        """Run once, again while another process holds a lock (5 tries in 5 s).

        Keeps `limit` bytes of output; `stdin` is its input. Raises FileNotFoundError: no git,
        or no such folder.
        """
        whole = self._env(env or {})
        spawn = Spawn(self._argv(args), self.folder, whole, stdin=stdin, limit_bytes=limit)
        ran = await self.host.run(spawn, LIMIT_S)
        for _ in range(_LOCK_TRIES - 1):
            if ran.code == 0 or not _LOCKED.search(ran.err):
                break
            await self.sleep(_LOCK_WAIT_S)
            ran = await self.host.run(spawn, LIMIT_S)
        return ran

    async def text(self, *args: str, env: Mapping[str, str] | None = None) -> str:
        """The output without its last line end. Raises GitFailed, FileNotFoundError."""
        ran = await self.ran(*args, env=env)
        if ran.code != 0:
            raise GitFailed(ran, args[0])
        return ran.out.decode("utf-8", "surrogateescape").removesuffix("\n")

    async def guarded(self, folder: str) -> "Git":
        """The same in `folder`, with the person's ignore file and trusted folders; every filter
        that the repository's configuration names is off, every merge driver is git's own.

        Raises FileNotFoundError, NotADirectoryError.
        """
        if self._persons is None:
            self._persons = await self._read_persons()
        plain = Git(self.host, self.sleep, folder, self._persons)
        listed = await plain.ran("config", "-z", "--name-only", "--get-regexp", _PROGRAMS)
        keys = sorted({entry for entry in listed.out.decode().split("\0") if entry})
        filters = dict.fromkeys(key.rpartition(".")[0] for key in keys if key.startswith("filter."))
        off = [(f"{name}.{key}", "") for name in filters for key in _FILTER_KEYS]
        off += [(f"{name}.required", "false") for name in filters]
        off += [(key, _PLAIN_MERGE) for key in keys if key.startswith("merge.")]
        return Git(self.host, self.sleep, folder, plain.config + tuple(off))

    async def identity(self) -> tuple[str, str]:
        """Name and mail of the person as their own git would sign here, "" = not known."""
        argv = ("git", "config", "-z", "--get-regexp", r"^user\.(name|email)$")
        env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        ran = await self.host.run(Spawn(argv, self.folder, env), LIMIT_S)
        pairs = (
            entry.partition("\n")[::2] for entry in ran.out.decode("utf-8", "replace").split("\0")
        )
        known = dict(pairs)
        return known.get("user.name", ""), known.get("user.email", "")

    async def _read_persons(self) -> tuple[tuple[str, str], ...]:
        """What of the person's own configuration decides which files there are."""
        argv = ("git", "config", "--global", "-z", "--type=path", "--get-regexp", _PERSONS)
        env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        ran = await self.host.run(Spawn(argv, "/", env), LIMIT_S)
        pairs = (entry.partition("\n") for entry in ran.out.decode().split("\0") if entry)
        return tuple((key, value) for key, _, value in pairs)

    def _argv(self, args: tuple[str, ...]) -> tuple[str, ...]:
        settings = (part for setting in _SETTINGS for part in ("-c", setting))
        return ("git", "--no-optional-locks", *settings, *args)

    def _env(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        env = {**kept, **_ENV, "GIT_CONFIG_COUNT": str(len(self.config)), **more}
        for number, (key, value) in enumerate(self.config):
            env[f"GIT_CONFIG_KEY_{number}"] = key
            env[f"GIT_CONFIG_VALUE_{number}"] = value
        return env

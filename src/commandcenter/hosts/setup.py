"""How a repository wants its worktrees set up: what is copied, linked, run. A plan is shown and
agreed to before anything of it happens; it is read from the person's checkout, not the agent's."""

import glob
import hashlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from commandcenter.config.settings import read_toml
from commandcenter.core.base import CommandCenterError, Record
from commandcenter.core.text import one_line, safe
from commandcenter.hosts.base import Host
from commandcenter.hosts.copying import beneath
from commandcenter.hosts.git import Git, GitFailed, Sleep

FILE: Final = ".commandcenter/workspace.toml"
INCLUDE: Final = ".worktreeinclude"
OFFERED: Final = (
    ":(glob)**/.env*",
    "CLAUDE.local.md",
    ".claude/settings.local.json",
    "node_modules",
    ".venv",
)
ENTRIES: Final = 2_000
OFFERS: Final = 50
_LISTED_BYTES: Final = 4 << 20
_GLOB: Final = re.compile(r"[*?[]")
_PORT_NAME: Final = re.compile(r"(?!CC_)[A-Z][A-Z0-9_]*PORT[A-Z0-9_]*|PORT[A-Z0-9_]*")

Step = Literal["plan", "copy", "link", "setup", "teardown"]
Entry = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
Command = Annotated[str, msgspec.Meta(min_length=1, max_length=16_384)]


class SetupFailed(CommandCenterError):
    """A workspace is not set up; `why` is one sentence, `ran` what happened up to there."""

    def __init__(self, step: Step, why: str, ran: tuple["StepRan", ...] = ()) -> None:
        super().__init__(why)
        self.step: Step = step
        self.why = why
        self.ran = ran


class StepRan(Record, frozen=True):
    """One command, or all copies and links, ended; fields as of `SetupRan`."""

    command: str
    exit: int
    ms: int
    text_hash: str = ""


class SetupFile(Record, frozen=True, forbid_unknown_fields=True):
    """`.commandcenter/workspace.toml`. `copy`, `link`: paths or patterns below the repository;
    `setup`, `teardown`: shell lines, run one after another in the worktree, in `timeout_s` seconds
    together; `ports`: names of variables that get one port each of the thread's ten."""

    copy: tuple[Entry, ...] = ()
    link: tuple[Entry, ...] = ()
    setup: Command | tuple[Command, ...] = ()
    teardown: Command | tuple[Command, ...] = ()
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 600.0
    ports: Annotated[tuple[str, ...], msgspec.Meta(max_length=10)] = ()


class SetupPlan(Record, frozen=True):
    """Everything that would happen to a fresh worktree of `repository`; paths are relative to it.

    `source` = the files it comes from, or "offer".
    """

    repository: str
    source: str = ""
    copy: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    teardown: tuple[str, ...] = ()
    timeout_s: float = 600.0
    ports: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing would happen, so nothing needs to be agreed to."""
        return not (self.copy or self.link or self.setup or self.teardown)

    @property
    def digest(self) -> str:
        """64 hex digits over all that would happen: what the player agrees to."""
        what = (self.copy, self.link, self.setup, self.teardown, self.timeout_s, self.ports)
        return hashlib.sha256(msgspec.json.encode(what)).hexdigest()

    @property
    def line(self) -> str:
        """The same in short, for a tile or an alert."""
        said = [f"copies {len(self.copy)}"] if self.copy else []
        said += [f"links {len(self.link)}"] if self.link else []
        said += [f"runs {one_line('; '.join(self.setup), 80)}"] if self.setup else []
        said += [f"at its end {one_line('; '.join(self.teardown), 80)}"] if self.teardown else []
        return ", ".join(said) or "nothing to set up"

    @property
    def text(self) -> str:
        """All of it, nothing cut, fit to be painted."""
        rows = [("from", self.source), *(("copy", name) for name in self.copy)]
        rows += [("link", name) for name in self.link]
        rows += [("run", command) for command in self.setup]
        rows += [("at its end", command) for command in self.teardown]
        rows += [("ports", ", ".join(self.ports))] if self.ports else []
        rows += [("limit", f"{self.timeout_s:g} s")] if self.setup or self.teardown else []
        return "\n".join(f"{what:<11}{_indented(value)}" for what, value in rows)


class SetupPlans:
    """Reads what repositories want."""

    def __init__(self, host: Host, sleep: Sleep) -> None:
        self._git = Git(host, sleep, "/")

    async def plan(self, repository: str) -> SetupPlan:
        """What the checkout at `repository` (its top folder) wants; empty without either file.

        Raises SetupFailed(plan) with one sentence that names file and key.
        """
        root = Path(repository)
        wanted = _read(root)
        included = await self._included(root)
        here = [name for name in (FILE, INCLUDE) if (root / name).is_file()]
        copies = dict.fromkeys([*_found(root, "copy", wanted.copy), *included])
        links = tuple(dict.fromkeys(_found(root, "link", wanted.link)))
        return SetupPlan(
            repository,
            " and ".join(here),
            tuple(name for name in copies if name not in links),
            links,
            _several(wanted.setup),
            _several(wanted.teardown),
            wanted.timeout_s,
            wanted.ports,
        )

    async def offers(self, repository: str) -> SetupPlan:
        """Without either file: the ignored files that most worktrees miss, to be copied at one
        key; empty when there are none, or when the repository has its own plan."""
        root = Path(repository)
        if any((root / name).exists() for name in (FILE, INCLUDE)):
            return SetupPlan(repository)
        listed = await self._listed(root, "--exclude-standard", "--", *OFFERED)
        kept = itertools.islice(_usable(root, listed), OFFERS)
        return SetupPlan(repository, "offer", tuple(kept))

    async def _included(self, root: Path) -> tuple[str, ...]:
        """What the patterns of .worktreeinclude match and git ignores."""
        file = root / INCLUDE
        if not file.is_file():
            return ()
        _check(root, INCLUDE, INCLUDE)
        listed = await self._listed(root, f"--exclude-from={file}")
        if not listed:
            return ()
        git = await self._git.guarded(str(root))
        names = "\0".join(listed).encode("utf-8", "surrogateescape")
        ran = await git.ran("check-ignore", "-z", "--stdin", stdin=names, limit=_LISTED_BYTES)
        ignored = _names(ran.out)
        return tuple(_usable(root, ignored))

    async def _listed(self, root: Path, *args: str) -> tuple[str, ...]:
        try:
            git = await self._git.guarded(str(root))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise SetupFailed("plan", f"{root}: {error}") from error
        listing = ("ls-files", "-z", "--others", "--ignored", "--directory")
        ran = await git.ran(*listing, *args, limit=_LISTED_BYTES)
        if ran.code != 0:
            raise SetupFailed("plan", f"{root}: {GitFailed(ran, 'ls-files').said}")
        names = _names(ran.out)
        if len(names) > ENTRIES or ran.cut:
            raise SetupFailed("plan", f"{root / INCLUDE} matches more than {ENTRIES} entries")
        return names


def _read(root: Path) -> SetupFile:
    path = root / FILE
    if not path.is_file():
        return SetupFile()
    _check(root, FILE, FILE)
    try:
        found = msgspec.convert(read_toml(path), SetupFile)
    except (msgspec.ValidationError, ValueError) as error:
        text = str(error)
        raise SetupFailed("plan", text if str(path) in text else f"{path}: {text}") from error
    for name in found.ports:
        if not _PORT_NAME.fullmatch(name):
            why = f"{path}: ports: {one_line(name)!r} is no name of a variable for a port"
            raise SetupFailed("plan", why)
    return found


def _found(root: Path, key: str, entries: tuple[str, ...]) -> Iterator[str]:
    """Each entry that is there, patterns resolved. Raises SetupFailed for one that leads out."""
    where = f"{root / FILE}: {key}"
    for entry in entries:
        name = entry.removeprefix("./").rstrip("/")
        if not _GLOB.search(name):
            if _check(root, name, where):
                yield name
            continue
        if name.startswith("/") or ".." in name.split("/"):
            raise SetupFailed("plan", f"{where}: {one_line(entry)!r} leads out of the repository")
        matches = glob.iglob(name, root_dir=root, recursive=True, include_hidden=True)
        found = sorted(itertools.islice(matches, ENTRIES + 1))
        if len(found) > ENTRIES:
            raise SetupFailed("plan", f"{where}: {one_line(entry)!r} matches over {ENTRIES}")
        yield from _usable(root, tuple(found))


def _check(root: Path, name: str, where: str) -> bool:
    """Is it there? Raises SetupFailed when it leads out of the repository."""
    try:
        beneath(root, name)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise SetupFailed("plan", f"{where}: {one_line(str(error), 300)}") from error
    return True


def _usable(root: Path, names: tuple[str, ...]) -> Iterator[str]:
    """Of what a pattern matched: that which lies inside, below no other of the same list."""
    last = ""
    for name in sorted(name.rstrip("/") for name in names):
        if last and name.startswith(last + "/"):
            continue
        try:
            beneath(root, name)
        except OSError:
            continue  # a link that leads out, or git's own: a pattern does not name it on purpose
        last = name
        yield name


def _names(out: bytes) -> tuple[str, ...]:
    return tuple(name for name in out.decode("utf-8", "surrogateescape").split("\0") if name)


def _several(commands: str | tuple[str, ...]) -> tuple[str, ...]:
    return (commands,) if isinstance(commands, str) else commands


def _indented(value: str) -> str:
    return safe(value.encode("utf-8", "backslashreplace").decode()).replace("\n", "\n" + " " * 11)

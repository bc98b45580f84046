"""What changed between two trees, file by file, as data."""

from typing import Final, Literal

from commandcenter.core.base import Record
from commandcenter.hosts.git import Git, GitFailed
from commandcenter.hosts.repository import MOST

How = Literal["added", "changed", "removed"]
_HOWS: Final[dict[str, How]] = {"A": "added", "D": "removed"}
PLAIN: Final = ("--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
_RAW: Final = (*PLAIN, "--no-renames", "--raw", "--no-abbrev", "-z")


class ChangedFile(Record, frozen=True):
    """One file; lines added and removed, 0 of a binary one."""

    path: str
    added: int = 0
    removed: int = 0
    how: How = "changed"
    binary: bool = False


class Entry(Record, frozen=True):
    """What stands at a path afterwards; `mode` "000000" = nothing."""

    path: str
    mode: str
    blob: str
    how: How


async def changes(
    git: Git, *between: str, env: dict[str, str] | None = None
) -> tuple[ChangedFile, ...]:
    """File by file: of one commit to the index's files, or from one tree to another. Raises
    GitFailed."""
    ran = await git.ran("diff", *_RAW, "--numstat", *between, "--", env=env, limit=MOST)
    if ran.code != 0:
        raise GitFailed(ran, "diff")
    found, counts = _parsed(ran.out)
    hows = {entry.path: entry.how for entry in found}
    return tuple(_counted(field, hows) for field in counts)


async def entries(git: Git, old: str, new: str, paths: tuple[str, ...] = ()) -> tuple[Entry, ...]:
    """What to write so that `old` becomes `new`, of these pathspecs only. Raises GitFailed."""
    raw = ("diff-tree", "-r", "--no-renames", "--raw", "--no-abbrev", "-z", old, new)
    ran = await git.ran(*raw, "--", *paths, limit=MOST)
    if ran.code != 0:
        raise GitFailed(ran, "diff-tree")
    return tuple(_parsed(ran.out)[0])


def literal(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Pathspecs of these files and folders, whatever is in their names."""
    return tuple(f":(top,literal){path}" for path in paths)


async def names(git: Git, old: str, new: str) -> tuple[str, ...]:
    """The paths that differ between two trees. Raises GitFailed."""
    return tuple(entry.path for entry in await entries(git, old, new))


async def written(git: Git, base: str, changed: tuple[Entry, ...], index: dict[str, str]) -> str:
    """The tree of `base` with these entries, made in an index of our own. Raises GitFailed."""
    await git.text("read-tree", base, env=index)
    lines = "".join(f"{entry.mode} {entry.blob}\t{entry.path}\0" for entry in changed)
    given = lines.encode("utf-8", "surrogateescape")
    ran = await git.ran("update-index", "-z", "--index-info", stdin=given, env=index)
    if ran.code != 0:
        raise GitFailed(ran, "update-index")
    return await git.text("write-tree", env=index)


def _parsed(out: bytes) -> tuple[list[Entry], list[str]]:
    """Pairs of `:modes blobs letter` and path come first, then the counts."""
    fields = [field for field in out.decode("utf-8", "surrogateescape").split("\0") if field]
    found = []
    place = 0
    while place + 1 < len(fields) and fields[place].startswith(":"):
        _, mode, _, blob, letter = fields[place].split(" ")
        how = _HOWS.get(letter[0], "changed")
        found.append(Entry(fields[place + 1], mode, blob, how))
        place += 2
    return found, fields[place:]


def shown(path: str) -> str:
    """A path fit to be recorded: bytes that are no text are replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _counted(field: str, hows: dict[str, How]) -> ChangedFile:
    added, removed, path = field.split("\t", 2)
    how = hows.get(path, "changed")
    if added == "-":
        return ChangedFile(shown(path), how=how, binary=True)
    return ChangedFile(shown(path), int(added), int(removed), how)

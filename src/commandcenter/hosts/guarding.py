"""Which files a success command is judged by: those it names, and those an operation protects."""

import posixpath
import shlex
from collections.abc import Iterator
from typing import Final

from commandcenter.hosts.changes import literal
from commandcenter.hosts.git import Git, GitFailed
from commandcenter.hosts.repository import MOST

_BUILDERS: Final = {
    "make": ("GNUmakefile", "makefile", "Makefile"),
    "gmake": ("GNUmakefile", "makefile", "Makefile"),
    "just": ("justfile", ".justfile", "Justfile"),
    "tox": ("tox.ini",),
    "nox": ("noxfile.py",),
}
"""Programs whose command names their file without saying so."""
_BREAKS: Final = ";&|()<>"


async def guarded_paths(
    git: Git, command: str, protect: tuple[str, ...], base: str
) -> tuple[str, ...]:
    """Pathspecs of what is taken from `base`: files that the command names and `base` has, and
    what the patterns match (without a slash: at any depth; `!pattern` lets something go). A name
    that is a folder is no file: `ruff check src` does not protect `src`. Raises GitFailed."""
    listed = await git.ran("ls-tree", "-r", "-z", "--name-only", "--full-tree", base, limit=MOST)
    if listed.code != 0:
        raise GitFailed(listed, "ls-tree")
    there = set(listed.out.decode("utf-8", "surrogateescape").split("\0"))
    wanted = [*literal(tuple(name for name in named(command) if name in there))]
    let_go: list[str] = []
    for pattern in protect:
        plain = pattern.removeprefix("!").strip("/")
        if plain:
            (let_go if pattern.startswith("!") else wanted).extend(_globs(plain, pattern[0] == "!"))
    return (*wanted, *let_go) if wanted else ()


def named(command: str) -> tuple[str, ...]:
    """Paths, relative to the top, that the words of a shell line may mean."""
    return tuple(dict.fromkeys(path for path in _paths(_words(command)) if path))


def _words(command: str) -> list[str]:
    reader = shlex.shlex(command, posix=True, punctuation_chars=_BREAKS)
    reader.whitespace_split = True
    try:
        return list(reader)
    except ValueError:  # an open quote: bash will say so
        return command.split()


def _paths(words: list[str]) -> Iterator[str]:
    here = ""
    for before, word in zip(["", *words], words, strict=False):
        if before == "cd":
            here = posixpath.normpath(posixpath.join(here, word))
            continue
        for file in _BUILDERS.get(posixpath.basename(word), ()):
            yield _inside(here, file)
        for part in (word, word.partition("=")[2], word.partition("::")[0]):
            yield _inside(here, part)


def _inside(here: str, word: str) -> str:
    path = posixpath.normpath(posixpath.join(here, word)) if word else ""
    return "" if path.startswith(("..", "/")) else path


def _globs(pattern: str, let_go: bool) -> tuple[str, ...]:
    magic = "top,glob,exclude" if let_go else "top,glob"
    deep = () if "/" in pattern else (f":({magic})**/{pattern}", f":({magic})**/{pattern}/**")
    return (f":({magic}){pattern}", f":({magic}){pattern}/**", *deep)

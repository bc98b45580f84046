"""Which files decide what the success command says; they come from the parent's commit.

A success command that the agent can edit is no verifier (economy.md 6, 15). Only what judges is
named, by the look of its path: `python hello.py` runs the work itself, and guarding that would make
every result worthless. What is missed here stands in the operation's protect list.
"""

import itertools
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from commandcenter.rules.plans import covers
from commandcenter.rules.shell import DEPTH, Simple, Unreadable, parse

PATTERNS: Final = 100
"""Patterns an operation may protect."""
_MAKEFILES: Final = ("GNUmakefile", "makefile", "Makefile")
_BUILD: Final[dict[str, tuple[str, ...]]] = {
    "make": _MAKEFILES,
    "gmake": _MAKEFILES,
    "just": ("justfile", "Justfile", ".justfile"),
    "tox": ("tox.ini",),
    "nox": ("noxfile.py",),
    "rake": ("Rakefile",),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
}
"""What these programs read unasked; of package.json and its kin too much is the work's own."""
_SHELLS: Final = frozenset({"sh", "bash", "zsh", "dash", "ksh"})
_PYTESTS: Final = frozenset({"pytest", "py.test"})
_CONFTEST: Final = ("conftest.py", "pytest.ini")
_JUDGES: Final = re.compile(
    r"(?i)(?:^|[._/-])(?:tests?|specs?|__tests__|check\w*|verif\w*|valid\w*|eval\w*|accept\w*"
    r"|smoke|grad\w+|judge|scor\w+|lint\w*|bench\w*|e2e|ci|scripts|tools)(?:[._/-]|$)"
    r"|\.(?:sh|bash|bats|mk)$"
)
"""A path that reads as what judges, not as what is judged."""
_MODULE: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_FILE: Final = re.compile(r"[\w.-]+\.[A-Za-z]\w{0,5}")
_NO_PATH: Final = re.compile(r"[\s$`~\[{=;|&<>()]|://")
"""What the shell makes something else of, but for globs; and lines inside a line."""


def named_by(success: str) -> tuple[str, ...]:
    """Paths below the repository by which the command judges, and build files it reads unasked.

    They may be folders, or not there at all: what is no file counts for nothing. Empty for a line
    that cannot be read.
    """
    try:
        found = list(_of_line(success, DEPTH))
    except Unreadable:
        return ()
    return tuple(dict.fromkeys(path for name in found if (path := below(name))))


def protected(success: str, patterns: Iterable[str]) -> tuple[str, ...]:
    """All that is taken from the parent's commit: what the command names, then the patterns."""
    given = (below(pattern) for pattern in patterns)
    return tuple(dict.fromkeys([*named_by(success), *(one for one in given if one)]))


def changed_protected(changed: Iterable[str], guarded: Sequence[str]) -> tuple[str, ...]:
    """Those of the paths that are protected, in their order; of a commit's files as of a diff's."""
    return tuple(path for path in changed if any(covers(one, path) for one in guarded))


def below(name: str) -> str:
    """The path below the repository, "" when it is none: absolute, upward, `.git`, or no name."""
    clean = posixpath.normpath(name.strip()) if name.strip() else ""
    parts = clean.split("/")
    if not clean or clean == "." or clean.startswith(("/", "~", "-")) or ".." in parts:
        return ""
    if parts[0].lower() == ".git" or any(ord(char) < 32 or char == "\x7f" for char in clean):
        return ""
    return clean


def read_patterns(text: str) -> tuple[str, ...]:
    """The patterns of an order's `--protect`, with commas. Raises ValueError naming a bad one."""
    given = [part.strip() for part in text.split(",") if part.strip()]
    if len(given) > PATTERNS:
        raise ValueError(f"at most {PATTERNS} patterns are protected, not {len(given)}")
    for one in given:
        if not below(one):
            raise ValueError(f"{one[:60]!r} is not below the repository")
    return tuple(dict.fromkeys(map(below, given)))


def _of_line(line: str, depth: int) -> Iterator[str]:
    if depth <= 0:
        raise Unreadable("nested too deeply")
    for node in _flat(parse(line)):
        for at, word in enumerate(node.words):
            yield from _of_word(word, node.words[at + 1 :], depth)


def _flat(nodes: Sequence[Simple]) -> Iterator[Simple]:
    for node in nodes:
        yield node
        yield from _flat(node.inner)


def _of_word(word: str, after: Sequence[str], depth: int) -> Iterator[str]:
    """What one word of a command names; `after` = the words behind it."""
    name = posixpath.basename(word)
    yield from _BUILD.get(name, ())
    path = word.split("::")[0]
    if ("/" in path.rstrip("/") or _FILE.fullmatch(path)) and _judges(path):
        yield path
    if name in _SHELLS:
        for flag, text in itertools.pairwise(after):
            if re.fullmatch(r"-\w*c", flag):
                yield from _of_line(text, depth - 1)
    elif name in _PYTESTS:
        yield from _tests(after)
    elif word == "-m" and after and _MODULE.fullmatch(after[0]):
        yield from _module(after[0], after[1:])


def _tests(words: Sequence[str]) -> Iterator[str]:
    """A test runner's operands; a bare word may be a folder here."""
    given = [word.split("::")[0] for word in words if not word.startswith("-")]
    named = [word for word in given if _judges(word)]
    yield from named
    if named:
        yield from _CONFTEST


def _module(module: str, words: Sequence[str]) -> Iterator[str]:
    """`-m unittest a.b`, `-m unittest discover -s tests`, `-m pkg.selftest`."""
    if module == "unittest":
        operands = [word for word in words if not word.startswith("-") and word != "discover"]
    else:
        operands = [module]
    for word in operands:
        path = word.rstrip("/") if "/" in word else word.replace(".", "/")
        if _MODULE.fullmatch(word) and _judges(path):
            yield from _paths_of(path.split("/"))


def _paths_of(parts: Sequence[str]) -> Iterator[str]:
    """Where `a.b.C.test_x` may lie: each of its beginnings that judges, as file or folder."""
    for end in range(len(parts), 0, -1):
        path = "/".join(parts[:end])
        if _judges(path):
            yield f"{path}.py"
            if end == len(parts):
                yield path


def _judges(path: str) -> bool:
    return not _NO_PATH.search(path) and _JUDGES.search(path.rstrip("/")) is not None

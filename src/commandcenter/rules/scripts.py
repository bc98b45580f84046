"""Which files a command may run, so that a grant ends when one of them is edited. Pure.

It names too many rather than too few: what is no file of the workspace counts for nothing.
"""

import itertools
import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Final

from commandcenter.rules.shell import DEPTH, Simple, Unreadable, parse

_SHELL_NAMES: Final = "bash sh zsh dash ash ksh fish"
_SHELLS: Final = frozenset(_SHELL_NAMES.split())
_OTHERS: Final = "python pypy node ruby perl php lua tsx ts-node Rscript tclsh pwsh source . eval"
_INTERPRETERS: Final = _SHELLS | frozenset(_OTHERS.split())
_FILTERS: Final = frozenset(["awk", "gawk", "mawk", "sed"])
"""They run a file only with `-f`."""
_WRAP: Final = (
    "env nice timeout nohup command builtin exec setsid stdbuf ionice xargs watch strace ltrace"
    " chrt taskset parallel busybox unbuffer script flock time deno uv find"
)
_WRAPPERS: Final = frozenset(_WRAP.split())
_FED: Final = frozenset(["xargs", "parallel"])
"""They read from elsewhere what they run it on."""
_FIND_RUNS: Final = frozenset(["-exec", "-execdir", "-ok", "-okdir"])
_MAKES: Final = frozenset(["make", "gmake"])
_MAKEFILES: Final = ("GNUmakefile", "makefile", "Makefile")
_OPENING: Final = "! { } if then elif else do while until time coproc"
_RESERVED: Final = frozenset(_OPENING.split())
_INLINE: Final = frozenset(["-c", "-e", "-p", "--eval", "--print"])
_CHANCE: Final = re.compile(r"[$`*?\[{~]")
"""What the shell makes something else of."""
_WORD: Final = re.compile(r"[\w./@+~-]+")
_MODULE: Final = re.compile(r"\w+(\.\w+)*")


def scripts_of(argv: tuple[str, ...] | None, line: str) -> tuple[str, ...] | None:
    """Words that may name a file which the line runs; None = that is not certain.

    `argv` as in a decision: what needs a shell may name them anywhere.
    """
    try:
        found = list(_of_line(line, DEPTH))
        if argv is None:
            found += _WORD.findall(line)
            found += [word for node in _flat(parse(line)) for word in node.words]
    except Unreadable:
        return None
    return tuple(dict.fromkeys(found))


def _of_line(line: str, depth: int) -> Iterator[str]:
    if depth <= 0:
        raise Unreadable("nested too deeply")
    for node in _flat(parse(line)):
        yield from _of_command(node, depth)


def _flat(nodes: Sequence[Simple]) -> Iterator[Simple]:
    for node in nodes:
        yield node
        yield from _flat(node.inner)


def _of_command(node: Simple, depth: int) -> Iterator[str]:
    words = _bare(node.words)
    if not words:
        return
    name = _name(words[0])
    _must_be_certain(words[:1])
    if "/" in words[0]:
        yield words[0]
    if name in _SHELLS or name == "eval":
        for text in (*_inline(words), node.body):
            yield from _of_line(text, depth - 1)
    if name in _MAKES:
        yield from _MAKEFILES
    used = _used(name, words[1:])
    _must_be_certain(used)
    for word in used:
        yield from _names(word)
    yield from _modules(used)


def _bare(words: Sequence[str]) -> Sequence[str]:
    """Without reserved words and assignments in front."""
    at = 0
    while at < len(words) and (words[at] in _RESERVED or re.match(r"\w+=", words[at])):
        at += 1
    return words[at:]


def _name(word: str) -> str:
    """Without folder and version."""
    name = posixpath.basename(word)
    return name.rstrip("0123456789.") or name


def _must_be_certain(words: Sequence[str]) -> None:
    if any(_CHANCE.search(word) for word in words):
        raise Unreadable("it is not certain which file runs")


def _inline(words: Sequence[str]) -> list[str]:
    """Lines inside the line: of `sh -c` and `eval`."""
    if words[0] == "eval":
        return [" ".join(words[1:])]
    pairs = itertools.pairwise(words)
    return [text for flag, text in pairs if re.fullmatch(r"-\w*c\w*", flag)]


def _used(name: str, words: Sequence[str]) -> Sequence[str]:
    """Those of a command's words that it may run."""
    if name == "find" and _FIND_RUNS.isdisjoint(words):
        return ()
    if name in _FED and any(_name(word) in _INTERPRETERS for word in words):
        raise Unreadable("what it runs comes from elsewhere")
    if name in _WRAPPERS or name in _MAKES:
        return words
    filed = name in _FILTERS and any(word.startswith(("-f", "--file")) for word in words)
    return _until_script(words) if name in _INTERPRETERS or filed else ()


def _until_script(words: Sequence[str]) -> list[str]:
    """Options, what may be their values, and the first word that cannot be one."""
    found: list[str] = []
    before = ""
    for word in words:
        if before not in _INLINE:
            found.append(word)
        if not word.startswith(("-", "+")) and not before.startswith(("-", "+")):
            break
        before = word
    return found


def _names(word: str) -> Iterator[str]:
    """A word, its pieces (`--require=./a.js`) and what stands at a short option (`-fa.mk`)."""
    yield word
    yield from _WORD.findall(word)
    if word.startswith("-") and len(word) > 2:
        yield word[2:]


def _modules(words: Sequence[str]) -> Iterator[str]:
    """The files of `-m package.module`."""
    for flag, module in itertools.pairwise(words):
        if flag == "-m" and _MODULE.fullmatch(module):
            path = module.replace(".", "/")
            yield from (f"{path}.py", f"{path}/__main__.py", f"{path}/__init__.py")

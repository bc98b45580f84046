"""M1's judgement of a shell line: a short exact list is allowed, the floor denied, the rest
asked. Advice for people and a gate for cooperative agents; it is no sandbox (safety.md 4)."""

import itertools
import posixpath
import re
import shlex
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from commandcenter.core.base import Record
from commandcenter.core.events import Level
from commandcenter.rules.floor import git_verb, refused_address, refused_argv, refused_target
from commandcenter.rules.shell import DEPTH, Simple, Unreadable, parse

Ruling = Literal["allow", "ask", "deny"]
"""From mild to strict."""

LIMIT_BYTES: Final = 20_000
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:= -]+")
_TEST_NAME: Final = re.compile(r"(?i)(?!.*\.\.)(?=.*test)[A-Za-z0-9_][A-Za-z0-9_./:-]*")
_TEST_MODULE: Final = re.compile(r"tests?(_\w+)?(\.\w+)*")
_METACHARACTERS: Final = re.compile(r"[^A-Za-z0-9_./:=@%+,' -]")


class Verdict(Record, frozen=True):
    """What a line gets. `argv` is given when it is one plain command, to be run without a
    shell; `why` is the sentence for the player, `rule` the name that the journal keeps."""

    verdict: Ruling
    level: Level
    rule: str
    argv: tuple[str, ...] | None = None
    why: str = ""


_EXACT: Final = frozenset(
    tuple(line.split())
    for line in (
        "pwd", "ls", "ls -a", "ls -l", "ls -la", "git status", "git status --short", "git diff",
        "git diff --stat", "git log --oneline", "git branch --list", "git branch --show-current",
    )
)  # fmt: skip
_RUNNERS: Final = tuple(
    tuple(line.split())
    for line in (
        "python -m unittest -q", "python3 -m unittest -q", "python -m unittest",
        "python3 -m unittest", "python -m pytest -q", "python3 -m pytest -q", "pytest -q",
    )
)  # fmt: skip


def judge(line: str, success: str | None = None, folder: str = "") -> Verdict:
    """Allow, ask or deny one line; `success` is the operation's success command, `folder`
    the workspace's real path ("" when unknown).

    Pure. Never raises; what is not understood is asked.
    """
    unclear = _unclear(line)
    if unclear:
        return Verdict("ask", "R2", "unreadable", None, unclear)
    text = line.strip()
    try:
        nodes = list(_flat(parse(text)))
        denied = _denied(text, nodes, _Within(folder))
    except Unreadable as error:
        return Verdict("ask", "R2", "unreadable", None, f"this line cannot be read: {error}")
    if denied:
        return Verdict("deny", "R4", "floor", None, denied)
    argv = _argv(text)
    if success is not None and text == success.strip() and text:
        return Verdict("allow", "R0", "success-command", argv, "the operation's success command")
    if argv is not None and _PLAIN.fullmatch(text) and _listed(argv, success):
        return Verdict("allow", "R0", "exact-list", argv, "on the short exact list")
    if any(_leaves(node.words) for node in nodes):
        return Verdict("ask", "R3", "network", argv, "it may leave this machine")
    return Verdict("ask", "R2", "not-listed", argv, "no rule lists this command")


def _unclear(line: str) -> str:
    """Why no reader, human or not, should trust what this line looks like; "" when none."""
    if not line.strip():
        return "the line is empty"
    if len(line.encode("utf-8", "surrogatepass")) > LIMIT_BYTES:
        return f"the line is longer than {LIMIT_BYTES} bytes"
    for char in line:
        category = unicodedata.category(char)
        odd = category in ("Cf", "Zl", "Zp", "Co", "Cn", "Cs")
        if odd or (category == "Cc" and char not in "\n\t") or (category == "Zs" and char != " "):
            return f"the line holds a hidden character, U+{ord(char):04X}"
    return ""


def _argv(text: str) -> tuple[str, ...] | None:
    """The words when no shell is needed to run them, else None."""
    if _METACHARACTERS.search(text) or text.startswith("~"):
        return None
    try:
        argv = tuple(shlex.split(text))
    except ValueError:
        return None
    return argv if argv and "=" not in argv[0] else None


def _listed(argv: tuple[str, ...], success: str | None) -> bool:
    if argv in _EXACT:
        return True
    if argv[:4] == ("git", "log", "--oneline", "-n") and len(argv) == 5:
        return re.fullmatch(r"\d{1,3}", argv[4]) is not None
    own = tuple(success.split()) if success and _PLAIN.fullmatch(success.strip()) else ()
    runners = (*_RUNNERS, own) if _runs_tests(own) else _RUNNERS
    return any(
        argv[: len(runner)] == runner and _test_names(runner, argv[len(runner) :])
        for runner in runners
    )


def _runs_tests(argv: tuple[str, ...]) -> bool:
    module = argv[1:3] in (("-m", "unittest"), ("-m", "pytest"))
    return argv[:1] == ("pytest",) or (module and argv[0] in ("python", "python3"))


def _test_names(runner: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """A test runner imports what it is given, so the names must be those of tests."""
    form = _TEST_MODULE if "unittest" in runner else _TEST_NAME
    return all(form.fullmatch(name) for name in names)


_RESERVED: Final = frozenset(
    ["!", "{", "}", "if", "then", "elif", "else", "do", "while", "until", "time", "coproc"]
)
_WRAPPING: Final = (
    "env nice timeout nohup command builtin exec setsid stdbuf ionice xargs watch strace ltrace"
    " chrt taskset parallel busybox unbuffer script flock chroot unshare"
)
_WRAPPERS: Final = frozenset(_WRAPPING.split())
_SHELLS: Final = frozenset(["sh", "bash", "zsh", "dash", "ksh", "ash", "fish"])
_READERS: Final = _SHELLS | {"python", "python3", "perl", "ruby", "node", "php", "source", "."}
_FETCHERS: Final = frozenset(["curl", "wget"])
_FIND_RUNS: Final = frozenset(["-exec", "-execdir", "-ok", "-okdir"])


def _flat(nodes: Sequence[Simple]) -> Iterator[Simple]:
    for node in nodes:
        yield node
        yield from _flat(node.inner)


def _name(words: Sequence[str]) -> str:
    return posixpath.basename(words[0]) if words else ""


class _Within(Record, frozen=True):
    """Where a line stands: the workspace, and how much deeper lines in lines may go."""

    folder: str
    depth: int = DEPTH


def _denied(text: str, nodes: Sequence[Simple], within: _Within) -> str | None:
    """Why the floor denies the line: any command of it, wherever it stands."""
    piped = False
    for node in nodes:
        piped = piped and node.before == "|"
        forms = list(_forms(node.words))
        names = {_name(form) for form in forms}
        inner = {_name(form) for below in _flat(node.inner) for form in _forms(below.words)}
        if names & (_READERS | {"eval"}) and (piped or inner & _FETCHERS):
            return "text from the network run as a program"
        why = _why(node, forms, within)
        if why:
            return why
        piped = piped or bool(names & _FETCHERS)
    return refused_address(text)


def _why(node: Simple, forms: list[Sequence[str]], within: _Within) -> str | None:
    for target in node.targets:
        if why := refused_target(target):
            return why
    for form in forms:
        if why := refused_argv(form, within.folder) or _unmarked(form):
            return why
    for form in forms:
        for script in _scripts(form, node):
            if why := _script(script, _Within(within.folder, within.depth - 1)):
                return why
    return None


def _script(text: str, within: _Within) -> str | None:
    """The floor for a line inside a line, such as that of `sh -c`."""
    if within.depth <= 0:
        raise Unreadable("nested too deeply")
    return _denied(text, list(_flat(parse(text))), within)


def _unmarked(words: Sequence[str]) -> str | None:
    marks = [w for w in words if w.startswith(("CC_THREAD=", "CC_HOME="))]
    return "the mark of a thread is not changed" if marks else None


def _forms(words: Sequence[str], depth: int = DEPTH) -> Iterator[Sequence[str]]:
    """The command, and what it becomes without reserved words, assignments and wrappers."""
    if depth <= 0:
        raise Unreadable("nested too deeply")
    at = 0
    while at < len(words) and (words[at] in _RESERVED or re.match(r"\w+=", words[at])):
        at += 1
    if at:
        yield words[:at]
    words = words[at:]
    if not words:
        return
    yield words
    if _name(words) in _WRAPPERS:
        for start in itertools.islice(_starts(words), 2):
            yield from _forms(words[start:], depth - 1)
    if _name(words) == "find":
        yield from _run_by_find(words)


def _run_by_find(words: Sequence[str]) -> Iterator[Sequence[str]]:
    began = [i + 1 for i, word in enumerate(words) if word in _FIND_RUNS]
    for start, end in itertools.pairwise([*began, len(words)]):
        yield from _forms(words[start:end], DEPTH - 1)


def _starts(words: Sequence[str]) -> Iterator[int]:
    """Where the wrapped command may begin: the first plain word, and the next one if an
    option stands before it whose value it may be."""
    option = False
    for index, word in enumerate(words[1:], 1):
        if word.startswith("-"):
            option = "=" not in word
        elif re.fullmatch(r"\w+=.*|[\d.]+[smhd]?", word, re.S):
            option = False
        else:
            yield index
            if not option:
                return
            option = False


def _scripts(words: Sequence[str], node: Simple) -> Iterator[str]:
    """Text that this command runs as a line of its own."""
    name, rest = _name(words), words[1:]
    if name in _SHELLS:
        for flag, script in itertools.pairwise(rest):
            if re.fullmatch(r"-\w*c\w*", flag):
                yield script
        yield from filter(None, [node.body])
    elif name in ("eval", "watch"):
        yield " ".join(word for word in rest if not word.startswith("-"))
    elif name in ("trap", "alias"):
        yield from (word.partition("=")[2] if name == "alias" else word for word in rest[:1])


_SENDING: Final = (
    "curl wget ssh scp sftp rsync ftp telnet socat dig ping nslookup host openssl gh glab"
    " pip pip3 pipx uv uvx poetry conda npm npx pnpm yarn bun cargo gem go composer mvn gradle"
    " apt apt-get dnf yum apk brew snap docker podman kubectl aws gcloud az mail sendmail twine"
)
_NETWORK: Final = frozenset(_SENDING.split())
_GIT_NETWORK: Final = frozenset(
    ["push", "fetch", "pull", "clone", "ls-remote", "remote", "submodule", "send-email", "lfs"]
)


def _leaves(words: Sequence[str]) -> bool:
    """Whether any form of a command installs, fetches or sends."""
    for form in _forms(words):
        name = _name(form)
        module = form[1:3] in (["-m", "pip"], ["-m", "uv"], ["-m", "twine"])
        if name in _NETWORK or (name.startswith("python") and module):
            return True
        if name == "git" and git_verb(form[1:])[0] in _GIT_NETWORK:
            return True
    return False

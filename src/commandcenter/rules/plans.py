"""A split's plan as the text that the person edits and `--plan FILE` takes, and back."""

import itertools
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, Literal, TypeGuard, get_args

from commandcenter.core.base import Record
from commandcenter.core.shaping import SplitKind, SplitPlan, SubTask
from commandcenter.core.text import one_line, safe
from commandcenter.rules.splitting import MOST, WEIGHTS

How = Literal["", "model", "items", "typed"]
LONGEST: Final = 200_000
"""Characters of a plan's text."""
TITLE: Final = 120
BRIEF: Final = 4_000
HINT: Final = 400
NOTE: Final = 1_000
FILES: Final = 60
PATH: Final = 200
KEYS: Final = (
    "title", "brief", "files", "share", "agent", "account", "model", "temperature", "hint",
)  # fmt: skip
_HEAD: Final = re.compile(r"^[ \t]*\[\[[ \t]*task[ \t]*\]\]", re.M)
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99}")
_KINDS: Final[tuple[SplitKind, ...]] = get_args(SplitKind)
_ESCAPES: Final = {"\\": "\\\\", "\t": "\\t", "\r": "\\r"}


class Overlap(Record, frozen=True):
    """Two sub-tasks, counted from 1, that name the same files."""

    one: int
    other: int
    file: str


def read_plan(text: str, kind: SplitKind = "divide", how: How = "typed") -> SplitPlan:
    """The plan of a TOML text; `kind` holds where the text names none.

    Raises ValueError with one sentence: which task, its line, which field, what is wrong.
    """
    document = _document(text)
    known = ("kind", "note", "task")
    _no_others(document, known)
    kind = _kind(document.get("kind", kind))
    tables = document.get("task", [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise ValueError("sub-tasks are tables [[task]]")
    tasks = tuple(
        _placed(at, table, line, kind)
        for at, (table, line) in enumerate(zip(tables, _lines(text, tables), strict=True), 1)
    )
    return checked(SplitPlan(kind, tasks, how, _text(document, "note", NOTE)))


def write_plan(plan: SplitPlan) -> str:
    """The plan as TOML; what is empty is left out, but for what each kind wants filled in."""
    parts = [f"kind = {_quoted(plan.kind)}"]
    if plan.note:
        parts.append(f"note = {_quoted(plan.note)}")
    for task in plan.tasks:
        parts += ["", "[[task]]", *_pairs(task, plan.kind)]
    return "\n".join(parts) + "\n"


def sub_task(fields: Mapping[str, Any], kind: SplitKind) -> SubTask:
    """One sub-task of untyped fields; others than `KEYS` are not looked at. Raises ValueError."""
    title, brief = _line(fields, "title", TITLE), _text(fields, "brief", BRIEF)
    hint = _line(fields, "hint", HINT)
    if not (title or brief or (kind == "branch" and hint)):
        raise ValueError("title and brief are empty" if kind != "branch" else "it says nothing")
    return SubTask(
        title or one_line(brief or hint, 60),
        brief if brief or kind == "branch" else title,
        _files(fields.get("files", ())),
        _share(fields.get("share", 1.0)),
        _id(fields, "agent"),
        _id(fields, "account"),
        _id(fields, "model"),
        _temperature(fields.get("temperature")),
        hint,
    )


def checked(plan: SplitPlan) -> SplitPlan:
    """The plan itself. Raises ValueError on too few, too many or two that are alike."""
    count, least = len(plan.tasks), 1 if plan.kind == "scout" else 2
    if not least <= count <= MOST:
        raise ValueError(f"a {plan.kind} has {least} to {MOST} sub-tasks, not {count}")
    seen: dict[object, int] = {}
    for at, task in enumerate(plan.tasks, 1):
        first = seen.setdefault((task.title, task.brief, task.hint, _way(task)), at)
        if first != at and plan.kind != "branch":
            raise ValueError(f"tasks {first} and {at} are the same")
    return plan


def overlaps(plan: SplitPlan) -> tuple[Overlap, ...]:
    """Which sub-tasks name the same files, one finding a pair: a warning, no error."""
    found = []
    for (at, one), (to, other) in itertools.combinations(enumerate(plan.tasks, 1), 2):
        same = next((b for a in one.files for b in other.files if meet(a, b)), None)
        if same is not None:
            found.append(Overlap(at, to, same))
    return tuple(found)


def meet(one: str, other: str) -> bool:
    """Do two paths, folders or globs mean a file in common, as far as their texts say?"""
    return covers(one, other) or covers(other, one)


def covers(pattern: str, path: str) -> bool:
    """Is `path` the pattern, in the folder it names, or matched by it as a glob?"""
    return path == pattern or path.startswith(f"{pattern}/") or fnmatchcase(path, pattern)


def _way(task: SubTask) -> tuple[object, ...]:
    return task.agent, task.account, task.model, task.temperature


def _document(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise ValueError(f"the plan has {len(text):,} characters, at most {LONGEST:,}")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"this is no TOML: {error}") from error
    except RecursionError:
        raise ValueError("this is no TOML: nested too deeply") from None


def _no_others(fields: Mapping[str, Any], known: tuple[str, ...]) -> None:
    others = [key for key in fields if key not in known]
    if others:
        raise ValueError(f"{one_line(others[0], 40)} is not known; known: {', '.join(known)}")


def _lines(text: str, tables: list[Any]) -> list[int]:
    """The line of each `[[task]]`; 0 where it cannot be told."""
    found = [text.count("\n", 0, head.start()) + 1 for head in _HEAD.finditer(text)]
    return found if len(found) == len(tables) else [0] * len(tables)


def _placed(at: int, table: Mapping[str, Any], line: int, kind: SplitKind) -> SubTask:
    try:
        _no_others(table, KEYS)
        return sub_task(table, kind)
    except ValueError as error:
        raise ValueError(f"task {at}{f' (line {line})' if line else ''}: {error}") from error


def _kind(value: object) -> SplitKind:
    for kind in _KINDS:
        if value == kind:
            return kind
    raise ValueError(f"kind is one of {', '.join(_KINDS)}")


def _text(fields: Mapping[str, Any], name: str, limit: int) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is a text")
    text = value.strip()
    if len(text) > limit:
        raise ValueError(f"{name} has {len(text):,} characters, at most {limit:,}")
    return safe(text, limit)


def _line(fields: Mapping[str, Any], name: str, limit: int) -> str:
    return " ".join(_text(fields, name, limit).split())


def _id(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or (value and not _ID.fullmatch(value)):
        raise ValueError(f"{name} is a name such as doctor or models show")
    return value


def _files(value: object) -> tuple[str, ...]:
    """Paths and globs below the repository, each once; a text with commas is a list, too."""
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError("files is a list of paths")
    if len(value) > FILES:
        raise ValueError(f"files has {len(value)} paths, at most {FILES}")
    return tuple(dict.fromkeys(_path(one.strip()) for one in value))


def _path(name: str) -> str:
    shown = one_line(name, 60)
    if not name or len(name) > PATH or safe(name) != name or set(name) & set("\n\t\\"):
        raise ValueError(f"files: {shown!r} is no path")
    if name.startswith(("/", "~", "-")) or ".." in name.split("/"):
        raise ValueError(f"files: {shown!r} is not below the repository")
    return posixpath.normpath(name)


def _share(value: object) -> float:
    least, most = WEIGHTS
    if not _is_number(value) or not least <= value <= most:
        raise ValueError(f"share is a number from {least:g} to {most:g}")
    return float(value)


def _temperature(value: object) -> float | None:
    if value is None or value == "":
        return None
    if not _is_number(value) or not 0 <= value <= 2:
        raise ValueError("temperature is a number from 0 to 2")
    return float(value)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pairs(task: SubTask, kind: SplitKind) -> Iterator[str]:
    yield f"title = {_quoted(task.title)}"
    if task.brief or kind != "branch":
        yield f"brief = {_quoted(task.brief)}"
    if task.files or kind != "branch":
        yield f"files = [{', '.join(_quoted(one) for one in task.files)}]"
    if task.weight != 1.0:
        yield f"share = {task.weight!r}"
    for name in ("agent", "account", "model", "hint"):
        if value := getattr(task, name):
            yield f"{name} = {_quoted(value)}"
    if task.temperature is not None:
        yield f"temperature = {task.temperature!r}"


def _quoted(text: str) -> str:
    """A TOML text; one of several lines stays readable."""
    if "\n" in text:
        inner = "".join(map(_escaped, text)).replace('"""', '\\"\\"\\"')
        return f'"""\n{inner[:-1]}\\""""' if inner.endswith('"') else f'"""\n{inner}"""'
    return '"' + "".join('\\"' if c == '"' else _escaped(c) for c in text) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char != "\n" and (char < " " or char == "\x7f"):
        return f"\\u{ord(char):04X}"
    return char

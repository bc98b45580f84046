"""The tools that read and change files, beneath the workspace only."""

from collections.abc import Callable
from typing import Final

from commandcenter.core.text import line
from commandcenter.drivers.native_shell import SUMMARY_CHARS, Outcome
from commandcenter.drivers.tools import ToolUse
from commandcenter.hosts.files import HITS, Files, Found, Hit, Listed
from commandcenter.hosts.grep import Grep

MODEL_CHARS: Final = 60_000
"""Of one result for the model; the middle of a longer one is left out."""


def on_files(files: Files, use: ToolUse) -> Outcome:
    """Carry out one of read, list, search, write, edit. Blocks."""
    try:
        return _ACTS[use.name](files, use)
    except (OSError, ValueError) as error:
        return Outcome("failed", f"error: {error}", line(str(error), SUMMARY_CHARS))


def already(files: Files, use: ToolUse) -> bool:
    """Does the file stand as this write or edit wants it? Blocks."""
    try:
        text = files.read(use.args["path"]).text
    except (OSError, ValueError):
        return False
    if use.name == "write":
        return text == use.args["content"]
    old, new = use.args["old"], use.args["new"]
    return new in text and (old in new or old not in text)


def middle_cut(text: str, most: int = MODEL_CHARS) -> str:
    """The text, or its first two thirds and its end when it is longer than `most` characters."""
    if len(text) <= most:
        return text
    head = most * 2 // 3
    tail = most - head
    return f"{text[:head]}\n[... {len(text) - most} characters left out ...]\n{text[-tail:]}"


def _read(files: Files, use: ToolUse) -> Outcome:
    text = files.read(use.args["path"]).text
    rows = text.count("\n") + (not text.endswith("\n") and bool(text))
    return Outcome(text=middle_cut(text) or "(an empty file)", summary=f"{rows} lines")


def _list(files: Files, use: ToolUse) -> Outcome:
    entries = files.list(use.args["path"])
    rows = "\n".join(_entry(entry) for entry in entries)
    return Outcome(text=middle_cut(rows) or "(an empty folder)", summary=f"{len(entries)} entries")


def _entry(entry: Listed) -> str:
    if entry.kind == "folder":
        return f"{entry.name}/"
    return f"{entry.name}  {entry.size} bytes" if entry.kind == "file" else f"{entry.name}  (link)"


def _search(files: Files, use: ToolUse) -> Outcome:
    pattern, path, regex = use.args["pattern"], use.args["path"], "regex" in use.args
    try:
        found = files.search(pattern, path, regex=regex)
    except PermissionError:
        data = files.read(path).text.encode()
        with Grep(pattern, regex=regex) as grep:
            found = Found(tuple(Hit(path, *hit) for hit in grep.lines(data))[:HITS])
    rows = [f"{hit.path}:{hit.line}: {hit.text}" for hit in found.hits]
    if found.cut:
        rows.append(f"[the search ended after {found.cut}]")
    text = "\n".join(rows) or "nothing found"
    return Outcome(text=middle_cut(text), summary=f"{len(found.hits)} hits")


def _write(files: Files, use: ToolUse) -> Outcome:
    written = files.write(use.args["path"], use.args["content"])
    did = "replaced" if written.old else "created"
    return Outcome(text=f"{did} {written.path}", summary=did)


def _edit(files: Files, use: ToolUse) -> Outcome:
    written = files.edit(use.args["path"], use.args["old"], use.args["new"])
    return Outcome(text=f"edited {written.path}", summary="edited")


_ACTS: Final[dict[str, Callable[[Files, ToolUse], Outcome]]] = {
    "read": _read,
    "list": _list,
    "search": _search,
    "write": _write,
    "edit": _edit,
}

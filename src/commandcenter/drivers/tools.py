"""The tools of the native loop: what the model is offered, and its calls read and checked."""

from typing import Any, Final

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import ToolCall, ToolSpec
from commandcenter.core.events import ToolKind
from commandcenter.core.text import line

KINDS: Final[dict[str, ToolKind]] = {
    "read": "read",
    "list": "read",
    "search": "search",
    "write": "edit",
    "edit": "edit",
    "run": "run",
    "ask": "other",
    "plan": "think",
    "finish": "other",
}
READS: Final = frozenset(["read", "list", "search"])
"""Change nothing: neighbours run at the same time, and a lost one is simply repeated."""
JUDGED: Final = frozenset(["write", "edit", "run"])
"""Need an answer before they may happen."""
TITLE_CHARS: Final = 100
ARG_CHARS: Final = 8_000


class ToolUse(Record, frozen=True):
    """A tool call whose arguments fit its tool; `args` holds every argument that is one text."""

    id: str
    name: str
    args: dict[str, str]
    options: tuple[str, ...] = ()
    items: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """One line for the transcript and the tile."""
        said = next((self.args[key] for key in _TELLING if self.args.get(key)), "")
        return f"{self.name} {line(said, TITLE_CHARS)}".strip()

    @property
    def paths(self) -> tuple[str, ...]:
        """The file or folder it is about."""
        return (self.args["path"],) if "path" in self.args else ()


_TELLING: Final = ("command", "pattern", "path", "question", "summary")


class _Path(msgspec.Struct):
    """Arguments of read."""

    path: str


class _Folder(msgspec.Struct):
    """Arguments of list."""

    path: str = "."


class _Search(msgspec.Struct):
    """Arguments of search."""

    pattern: str
    path: str = "."
    regex: bool = False


class _Write(msgspec.Struct):
    """Arguments of write."""

    path: str
    content: str


class _Edit(msgspec.Struct):
    """Arguments of edit."""

    path: str
    old: str
    new: str


class _Run(msgspec.Struct):
    """Arguments of run."""

    command: str


class _Ask(msgspec.Struct):
    """Arguments of ask."""

    question: str
    options: list[str] = []


class _Item(msgspec.Struct):
    """One step of a plan."""

    text: str
    state: str = "pending"


class _Plan(msgspec.Struct):
    """Arguments of plan."""

    items: list[_Item | str]


class _Finish(msgspec.Struct):
    """Arguments of finish."""

    summary: str = ""


_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    name: msgspec.json.Decoder(cls)
    for name, cls in (
        ("read", _Path),
        ("list", _Folder),
        ("search", _Search),
        ("write", _Write),
        ("edit", _Edit),
        ("run", _Run),
        ("ask", _Ask),
        ("plan", _Plan),
        ("finish", _Finish),
    )
}


def read_call(call: ToolCall) -> ToolUse:
    """The call with its arguments checked; raises ValueError with a sentence for the model."""
    decoder = _DECODERS.get(call.name)
    if decoder is None:
        known = ", ".join(_DECODERS)
        raise ValueError(f"there is no tool {line(call.name, 40)!r}; the tools are {known}")
    try:
        given = decoder.decode(call.args_json or "{}")
    except msgspec.DecodeError as error:
        raise ValueError(f"the arguments do not fit the tool {call.name}: {error}") from None
    fields = msgspec.structs.asdict(given)
    args = {name: value for name, value in fields.items() if isinstance(value, str)}
    if fields.get("regex"):
        args["regex"] = "true"
    items = tuple(_item(item) for item in fields.get("items", ()))
    return ToolUse(call.id, call.name, args, tuple(fields.get("options", ())), items)


def shown_args(call: ToolCall) -> str:
    """The arguments for the transcript: JSON still, each long text cut to 8 000 characters."""
    try:
        args = msgspec.json.decode(call.args_json or "{}")
    except msgspec.DecodeError:
        return "{}"
    if not isinstance(args, dict):
        return "{}"
    cut = {name: _cut(value) if isinstance(value, str) else value for name, value in args.items()}
    return msgspec.json.encode(cut).decode()


def _cut(text: str) -> str:
    return text if len(text) <= ARG_CHARS else text[: ARG_CHARS - 1] + "…"


def _item(item: _Item | str) -> tuple[str, str]:
    return (item, "pending") if isinstance(item, str) else (item.text, item.state)


def _spec(name: str, description: str, needs: dict[str, Any], may: dict[str, Any]) -> ToolSpec:
    schema = {
        "type": "object",
        "properties": {**needs, **may},
        "required": list(needs),
        "additionalProperties": False,
    }
    return ToolSpec(name, description, schema)


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


_PATH: Final = _text("Relative to the workspace.")
_STEP: Final = {
    "type": "object",
    "properties": {
        "text": _text("One step, in a few words."),
        "state": {"type": "string", "enum": ["pending", "active", "done"]},
    },
    "required": ["text"],
}
TOOLS: Final[tuple[ToolSpec, ...]] = (
    _spec("read", "Read a text file.", {"path": _PATH}, {}),
    _spec("list", "List a folder.", {"path": _PATH}, {}),
    _spec(
        "search",
        "Find the lines of all files below a folder that hold a text.",
        {"pattern": _text("The text to look for.")},
        {
            "path": _PATH,
            "regex": {"type": "boolean", "description": "The pattern is a regular expression."},
        },
    ),
    _spec(
        "write",
        "Create a file or replace all of it.",
        {"path": _PATH, "content": _text("The whole new text of the file.")},
        {},
    ),
    _spec(
        "edit",
        "Replace one piece of a file.",
        {
            "path": _PATH,
            "old": _text("The text that stands there now; it must stand there exactly once."),
            "new": _text("The text that takes its place."),
        },
        {},
    ),
    _spec(
        "run",
        "Run a command line in the workspace, without input. A person may be asked first.",
        {"command": _text("The command line.")},
        {},
    ),
    _spec(
        "ask",
        "Ask the person and wait for the answer. Only when you cannot go on without it.",
        {"question": _text("The question.")},
        {"options": {"type": "array", "items": {"type": "string"}}},
    ),
    _spec(
        "plan",
        "Show the person the steps you mean to take and how far you are; give all of them.",
        {"items": {"type": "array", "items": _STEP}},
        {},
    ),
    _spec(
        "finish",
        "The goal is met: end the work.",
        {"summary": _text("What was done, in one or two sentences.")},
        {},
    ),
)

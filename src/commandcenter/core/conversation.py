"""A conversation with a model, free of any protocol; wires translate it both ways."""

from typing import Any, Literal

from commandcenter.core.base import Record

Role = Literal["system", "user", "assistant", "tool"]


class ToolSpec(Record, frozen=True):
    """One tool offered to the model; `schema` is a JSON Schema object."""

    name: str
    description: str
    schema: dict[str, Any]


class ToolCall(Record, frozen=True):
    """A tool call as the model asked for it; `args_json` is its raw JSON text."""

    id: str
    name: str
    args_json: str


class ToolResult(Record, frozen=True):
    """What a tool call gave back to the model."""

    call: str
    name: str
    text: str
    ok: bool = True


class Message(Record, frozen=True):
    """One message: text, the tool calls of an assistant, or the results of a `tool` message."""

    role: Role
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()


class ModelRequest(Record, frozen=True):
    """One step's request: the whole conversation with the tools it may use."""

    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    max_tokens: int = 4096
    stream: bool = True
    temperature: float | None = None
    """None = as the provider has it."""


class Usage(Record, frozen=True):
    """Tokens of one call (gate.md 8): cached figures are parts of `input`, thinking of `output`."""

    input: int = 0
    cached_read: int = 0
    cached_write: int = 0
    output: int = 0
    thinking: int = 0
    counts: Literal["exact", "estimated"] = "exact"


class TextPiece(Record, frozen=True, tag="text"):
    """A delta of the answer's text."""

    text: str


class ThoughtPiece(Record, frozen=True, tag="thought"):
    """A delta of the model's thinking."""

    text: str


class ToolCallPiece(Record, frozen=True, tag="tool"):
    """A complete tool call, given only once its arguments have ended whole."""

    call: ToolCall


class UsagePiece(Record, frozen=True, tag="usage"):
    """The usage the wire reported; later pieces replace earlier ones."""

    usage: Usage


class StopPiece(Record, frozen=True, tag="stop"):
    """The answer ended whole; `reason` is one of end, tools, max_tokens, refusal."""

    reason: Literal["end", "tools", "max_tokens", "refusal"]


Piece = TextPiece | ThoughtPiece | ToolCallPiece | UsagePiece | StopPiece

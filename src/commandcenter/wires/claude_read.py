"""Claude Code's stream-json: its lines to values (agents.md 6)."""

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from commandcenter.core.events import StopReason
from commandcenter.wires.claude import (
    Args,
    Began,
    Call,
    Delta,
    Ended,
    Finished,
    Hook,
    Item,
    Local,
    MayUse,
    Note,
    Opened,
    Reply,
    Result,
    Results,
    Said,
    Task,
    Unknown,
    Withdrawn,
)


class _Head(msgspec.Struct):
    """What every line has."""

    type: str
    subtype: str | None = None


class _Usage(msgspec.Struct):
    """Tokens of one answer; the cache's are not part of `input_tokens`."""

    input_tokens: int | None = 0
    cache_read_input_tokens: int | None = 0
    cache_creation_input_tokens: int | None = 0
    output_tokens: int | None = 0

    def read(self) -> int:
        """All that was read."""
        parts = (self.input_tokens, self.cache_read_input_tokens, self.cache_creation_input_tokens)
        return sum(part or 0 for part in parts)


class _Block(msgspec.Struct):
    """One block of a message, of whatever kind."""

    type: str = ""
    text: str = ""
    thinking: str = ""
    id: str = ""
    name: str = ""
    input: Any = None
    tool_use_id: str = ""
    content: Any = None
    is_error: bool | None = False


class _Message(msgspec.Struct):
    """A message of the model or to it."""

    id: str = ""
    content: list[_Block] | str = []
    usage: _Usage | None = None


class _Piece(msgspec.Struct):
    """The delta of a stream event."""

    type: str = ""
    text: str = ""
    thinking: str = ""
    stop_reason: str | None = None


class _Event(msgspec.Struct):
    """A stream event of the model's provider."""

    type: str
    delta: _Piece | None = None
    message: _Message | None = None


class _Stream(msgspec.Struct):
    """A line `stream_event`."""

    event: _Event
    parent_tool_use_id: str | None = None


class _Spoken(msgspec.Struct):
    """A line `assistant` or `user`."""

    message: _Message
    parent_tool_use_id: str | None = None
    uuid: str | None = None
    isReplay: bool = False
    tool_result_meta: list[Any] = []


class _Asked(msgspec.Struct):
    """The body of a `control_request` of the agent."""

    subtype: str
    tool_name: str = ""
    input: Any = None
    tool_use_id: str | None = None
    decision_reason: str | None = None


class _Request(msgspec.Struct):
    """A line `control_request`."""

    request_id: str
    request: _Asked


class _Answer(msgspec.Struct):
    """The body of a `control_response`."""

    request_id: str
    subtype: str = ""
    response: Any = None
    error: Any = None


class _Response(msgspec.Struct):
    """A line `control_response`."""

    response: _Answer


class _Cancel(msgspec.Struct):
    """A line `control_cancel_request`."""

    request_id: str


class _Init(msgspec.Struct):
    """A line `system/init`."""

    session_id: str = ""
    model: str = ""
    slash_commands: list[str] = []


class _Task(msgspec.Struct):
    """A line `system/task_*`."""

    task_id: str
    tool_use_id: str | None = None
    task_type: str = ""
    description: str = ""
    status: str = ""


class _ModelUse(msgspec.Struct):
    """Tokens of one model."""

    inputTokens: int = 0
    outputTokens: int = 0
    cacheReadInputTokens: int = 0
    cacheCreationInputTokens: int = 0
    contextWindow: int = 0


class _Result(msgspec.Struct):
    """A line `result`."""

    subtype: str = ""
    is_error: bool = False
    stop_reason: str | None = None
    terminal_reason: str | None = None
    result: str | None = ""
    errors: list[str] | None = None
    usage: _Usage | None = None
    model_usage_since_last_result: dict[str, _ModelUse] | None = None


def _read_stream(line: bytes) -> tuple[Item, ...]:
    heard = _STREAM.decode(line)
    event = heard.event
    if heard.parent_tool_use_id:
        return ()
    if event.type == "content_block_delta" and event.delta is not None:
        return _delta(event.delta)
    if event.type == "message_start" and event.message is not None:
        usage = event.message.usage
        return (Began(event.message.id, usage.read() if usage else 0),)
    if event.type == "message_delta" and event.delta is not None and event.delta.stop_reason:
        return (Finished(),)
    return ()


def _delta(delta: _Piece) -> tuple[Item, ...]:
    if delta.type == "text_delta" and delta.text:
        return (Delta("text", delta.text),)
    if delta.type == "thinking_delta" and delta.thinking:
        return (Delta("thought", delta.thinking),)
    return ()


def _read_said(line: bytes) -> tuple[Item, ...]:
    heard = _SPOKEN.decode(line)
    blocks = _blocks(heard.message)
    calls = tuple(Call(b.id, b.name, _args(b.input)) for b in blocks if b.type == "tool_use")
    text = "".join(block.text for block in blocks if block.type == "text")
    thought = "".join(block.thinking for block in blocks if block.type == "thinking")
    parent, uuid = heard.parent_tool_use_id or "", heard.uuid or ""
    return (Said(heard.message.id, text, thought, calls, parent, uuid),)


def _read_user(line: bytes) -> tuple[Item, ...]:
    heard = _SPOKEN.decode(line)
    if heard.isReplay:
        return ()
    told = [one for one in heard.tool_result_meta if isinstance(one, dict)]
    refused = {str(one.get("id")) for one in told if one.get("non_execution_kind")}
    results = tuple(
        _result(block, block.tool_use_id in refused)
        for block in _blocks(heard.message)
        if block.type == "tool_result"
    )
    said = Results(results, heard.parent_tool_use_id or "", heard.uuid or "")
    return (said,) if results else ()


def _result(block: _Block, refused: bool) -> Result:
    text = _text(block.content)
    failed = bool(block.is_error)
    return Result(block.tool_use_id, text, not failed, failed and (refused or text[:30] == _NOT))


def _blocks(message: _Message) -> list[_Block]:
    if isinstance(message.content, str):
        return [_Block("text", message.content)]
    return message.content


def _text(content: Any) -> str:
    """A result's content, a text or a list of blocks, as text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part.get("text") or f"[{part.get('type')}]" for part in content if type(part) is dict)
    return "\n".join(str(part) for part in parts)


def _args(value: Any) -> Args:
    return value if isinstance(value, dict) else {}


def _read_request(line: bytes) -> tuple[Item, ...]:
    heard = _REQUEST.decode(line)
    asked, given = heard.request, _args(heard.request.input)
    if asked.subtype == "can_use_tool":
        call = Call(asked.tool_use_id or heard.request_id, asked.tool_name, given)
        return (MayUse(heard.request_id, call, asked.decision_reason or ""),)
    if asked.subtype == "hook_callback":
        name, args = str(given.get("tool_name", "")), _args(given.get("tool_input"))
        call = Call(asked.tool_use_id or str(given.get("tool_use_id", "")), name, args)
        return (Hook(heard.request_id, call),)
    return (Unknown(heard.request_id, asked.subtype),)


def _read_response(line: bytes) -> tuple[Item, ...]:
    answer = _RESPONSE.decode(line).response
    error = "" if answer.subtype == "success" else str(answer.error or "refused")
    return (Reply(answer.request_id, _args(answer.response), error),)


def _read_cancel(line: bytes) -> tuple[Item, ...]:
    return (Withdrawn(_CANCEL.decode(line).request_id),)


def _read_init(line: bytes) -> tuple[Item, ...]:
    heard = _INIT.decode(line)
    return (Opened(heard.session_id, heard.model, tuple(heard.slash_commands)),)


def _read_started(line: bytes) -> tuple[Item, ...]:
    heard = _TASK.decode(line)
    if heard.task_type not in ("local_agent", "remote_agent"):
        return ()
    return (Task(heard.task_id, heard.tool_use_id or "", "started", heard.description),)


def _read_notified(line: bytes) -> tuple[Item, ...]:
    heard = _TASK.decode(line)
    return (Task(heard.task_id, heard.tool_use_id or "", "ended"),)


def _read_ended(line: bytes) -> tuple[Item, ...]:
    heard = _RESULT.decode(line)
    used, window = _used(heard)
    aborted = (heard.terminal_reason or "").startswith("aborted")
    stop = _stop(heard)
    error = "" if stop == "end" else _error(heard)
    return (Ended(stop, heard.result or "", error, *used, window, aborted),)


def _used(heard: _Result) -> tuple[tuple[int, int], int]:
    """Tokens read and written in this turn by all its models, and the largest window."""
    models = (heard.model_usage_since_last_result or {}).values()
    if not models:
        usage = heard.usage or _Usage()
        return (usage.read(), usage.output_tokens or 0), 0
    read = sum(
        one.inputTokens + one.cacheReadInputTokens + one.cacheCreationInputTokens for one in models
    )
    written = sum(one.outputTokens for one in models)
    return (read, written), max(one.contextWindow for one in models)


def _stop(heard: _Result) -> StopReason:
    if heard.subtype in ("error_max_turns", "error_max_budget_usd"):
        return "max_requests"
    if heard.is_error or heard.subtype != "success":
        return "error"
    return _STOPS.get(heard.stop_reason or "", "end")


def _error(heard: _Result) -> str:
    said = heard.result or "; ".join(heard.errors or ())
    return said or heard.terminal_reason or heard.subtype


def _read_local(line: bytes) -> tuple[Item, ...]:
    content = msgspec.json.decode(line).get("content")
    return (Local(content),) if isinstance(content, str) and content else ()


def _note(kind: Literal["retry", "compaction"], text: str) -> Callable[[bytes], tuple[Item, ...]]:
    return lambda line: (Note(kind, text),)


def _nothing(line: bytes) -> tuple[Item, ...]:
    return ()


_HEAD: Final = msgspec.json.Decoder(_Head)
_STREAM: Final = msgspec.json.Decoder(_Stream)
_SPOKEN: Final = msgspec.json.Decoder(_Spoken)
_REQUEST: Final = msgspec.json.Decoder(_Request)
_RESPONSE: Final = msgspec.json.Decoder(_Response)
_CANCEL: Final = msgspec.json.Decoder(_Cancel)
_INIT: Final = msgspec.json.Decoder(_Init)
_TASK: Final = msgspec.json.Decoder(_Task)
_RESULT: Final = msgspec.json.Decoder(_Result)
_NOT: Final = "The user doesn't want to proceed"[:30]
_STOPS: Final[dict[str, StopReason]] = {"max_tokens": "max_tokens", "refusal": "refusal"}
_READERS: Final[dict[str, Callable[[bytes], tuple[Item, ...]]]] = {
    "stream_event": _read_stream,
    "assistant": _read_said,
    "user": _read_user,
    "control_request": _read_request,
    "control_response": _read_response,
    "control_cancel_request": _read_cancel,
    "result": _read_ended,
    "system/init": _read_init,
    "system/task_started": _read_started,
    "system/task_notification": _read_notified,
    "system/local_command_output": _read_local,
    "system/compact_boundary": _note("compaction", "the conversation was made shorter"),
    "system/api_retry": _note("retry", "the agent asks its model again"),
}
_QUIET: Final = frozenset(
    (
        "auth_status",
        "keep_alive",
        "prompt_suggestion",
        "rate_limit_event",
        "tool_progress",
        "tool_use_summary",
        "transcript_mirror",
    )
)


def read(line: bytes) -> tuple[Item, ...]:
    """One line of the agent. Raises ValueError or RecursionError when it cannot be read."""
    head = _HEAD.decode(line)
    kind = f"system/{head.subtype}" if head.type == "system" else head.type
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(line)
    if head.type == "system" or head.type in _QUIET:
        return ()
    return (Note("unknown", f"the agent said {kind[:80]!r}"),)

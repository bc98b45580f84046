"""Codex' app-server: JSON-RPC in lines, without the `jsonrpc` member, read and written (pure)."""

from typing import Any, Final

import msgspec

from commandcenter.core.base import Record
from commandcenter.wires.base import ABSENT, BAD, NO_RAW, too_deep

REQUESTS: Final = (
    "config/read",
    "initialize",
    "thread/start",
    "thread/resume",
    "thread/fork",
    "thread/inject_items",
    "thread/backgroundTerminals/list",
    "thread/backgroundTerminals/clean",
    "thread/backgroundTerminals/terminate",
    "turn/start",
    "turn/steer",
    "turn/interrupt",
)
"""What we ask of it; the schema of the binary found must know each."""
COMMAND: Final = "item/commandExecution/requestApproval"
CHANGE: Final = "item/fileChange/requestApproval"
PERMISSION: Final = "item/permissions/requestApproval"
QUESTION: Final = "item/tool/requestUserInput"
ELICITATION: Final = "mcpServer/elicitation/request"
ASKS: Final = (COMMAND, CHANGE, PERMISSION, QUESTION, ELICITATION)
"""What it may ask of us; anything else is answered with an error."""
HEARD: Final = (
    "turn/started",
    "turn/completed",
    "turn/plan/updated",
    "item/started",
    "item/completed",
    "item/agentMessage/delta",
    "item/plan/delta",
    "item/reasoning/textDelta",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/summaryPartAdded",
    "item/commandExecution/outputDelta",
    "thread/tokenUsage/updated",
    "thread/compacted",
    "serverRequest/resolved",
    "model/rerouted",
    "error",
    "warning",
    "guardianWarning",
    "configWarning",
    "deprecationNotice",
)
"""Notifications that say something to us."""
SILENT: Final = frozenset(
    {
        "account/rateLimits/updated",
        "account/updated",
        "app/list/updated",
        "hook/completed",
        "hook/started",
        "item/commandExecution/terminalInteraction",
        "item/fileChange/outputDelta",
        "item/fileChange/patchUpdated",
        "item/mcpToolCall/progress",
        "mcpServer/startupStatus/updated",
        "remoteControl/status/changed",
        "skills/changed",
        "thread/closed",
        "thread/environment/connected",
        "thread/goal/cleared",
        "thread/name/updated",
        "thread/queue/changed",
        "thread/readState/changed",
        "thread/settings/updated",
        "thread/started",
        "thread/status/changed",
        "turn/diff/updated",
    }
)
"""Notifications that we know and have no use for; plan windows come from the gate."""
NO_METHOD: Final = -32601


class _Wide(Record, frozen=True, rename="camel"):
    """A message part; members that we have no use for are not read."""


class Change(_Wide, frozen=True):
    """A file of a patch; `kind` = {type: add, delete, update, move_path}."""

    path: str
    kind: dict[str, Any] = msgspec.field(default_factory=dict)
    diff: str = ""


class Item(_Wide, frozen=True):
    """What a turn is made of: an answer, thinking, a tool call ... told by `type`."""

    type: str
    id: str
    text: str | None = None
    summary: list[str] | None = None
    content: list[Any] | None = None
    command: str | None = None
    aggregated_output: str | None = None
    exit_code: int | None = None
    duration_ms: int | None = None
    status: str | None = None
    changes: list[Change] | None = None
    server: str | None = None
    tool: str | None = None
    arguments: Any = None
    result: Any = None
    error: Any = None
    content_items: list[Any] | None = None
    query: str | None = None
    path: str | None = None
    prompt: str | None = None
    receiver_thread_ids: list[str] | None = None
    agent_thread_id: str | None = None
    agent_path: str | None = None
    kind: str | None = None


class Fault(_Wide, frozen=True):
    """Why a turn failed, or what it tries again."""

    message: str = ""


class TurnState(_Wide, frozen=True):
    """A turn as it says: completed, interrupted, failed, inProgress."""

    id: str
    status: str = ""
    error: Fault | None = None


class Tokens(_Wide, frozen=True):
    """Counts of one call, or of all so far."""

    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class TokenUsage(_Wide, frozen=True):
    """`total` since the thread began, `last` of the newest call; the window in tokens."""

    total: Tokens
    last: Tokens
    model_context_window: int | None = None


class PlanStep(_Wide, frozen=True):
    """A step of its plan: pending, inProgress, completed."""

    step: str
    status: str = "pending"


class Told(_Wide, frozen=True):
    """Members of every notification that we read."""

    thread_id: str | None = None
    turn_id: str | None = None
    item_id: str | None = None
    delta: str | None = None
    summary_index: int | None = None
    item: Item | None = None
    turn: TurnState | None = None
    token_usage: TokenUsage | None = None
    plan: list[PlanStep] | None = None
    message: str | None = None
    summary: str | None = None
    error: Fault | None = None
    will_retry: bool | None = None
    request_id: int | str | None = None
    from_model: str | None = None
    to_model: str | None = None


class Option(_Wide, frozen=True):
    """One answer that a question offers."""

    label: str


class Question(_Wide, frozen=True):
    """One question to the person."""

    id: str
    question: str
    options: list[Option] | None = None


class Wanted(_Wide, frozen=True):
    """Members of every request of the agent that we read."""

    thread_id: str | None = None
    item_id: str | None = None
    command: str | None = None
    cwd: str | None = None
    reason: str | None = None
    additional_permissions: Any = None
    network_approval_context: Any = None
    permissions: Any = None
    grant_root: str | None = None
    questions: list[Question] | None = None
    server_name: str | None = None
    message: str | None = None


class Reply(Record, frozen=True):
    """The answer to a request of ours; `error` set = refused."""

    id: int
    result: dict[str, Any]
    error: str = ""


class Ask(Record, frozen=True):
    """A request of the agent, to be answered under its `id`; `wanted` None = we know it not."""

    id: int | str
    method: str
    wanted: Wanted | None


class Note(Record, frozen=True):
    """A notification; `told` None = silent or unknown."""

    method: str
    told: Told | None


class _Line(_Wide, frozen=True):
    """Any message."""

    id: int | str | None = None
    method: str | None = None
    params: msgspec.Raw = NO_RAW
    result: Any = None
    error: Any = None


def read(line: bytes) -> Reply | Ask | Note:
    """One line of the agent. Raises ValueError with a sentence for what is no message."""
    try:
        said = _LINE.decode(line)
        if said.method is None:
            return _reply(said)
        params = b"{}" if said.params in ABSENT else said.params
        if said.id is None:
            return Note(said.method, _TOLD.decode(params) if said.method in HEARD else None)
        return Ask(said.id, said.method, _WANTED.decode(params) if said.method in ASKS else None)
    except BAD as error:
        raise ValueError(f"not a message of the app-server: {error}"[:300]) from None


def _reply(said: _Line) -> Reply:
    if not isinstance(said.id, int):
        raise ValueError("neither a method nor the number of a request")
    if too_deep(said.result):
        raise ValueError("it is nested over 128 deep")
    result = said.result if isinstance(said.result, dict) else {}
    if said.error is None:
        return Reply(said.id, result)
    message = said.error.get("message") if isinstance(said.error, dict) else said.error
    return Reply(said.id, result, str(message or "refused"))


def request(number: int, method: str, params: dict[str, Any]) -> bytes:
    """A request of ours."""
    return _ENCODER.encode({"id": number, "method": method, "params": params})


def notification(method: str) -> bytes:
    """A notification of ours; none has parameters."""
    return _ENCODER.encode({"method": method})


def answer(number: int | str, result: dict[str, Any]) -> bytes:
    """Our answer to a request of the agent."""
    return _ENCODER.encode({"id": number, "result": result})


def refusal(number: int | str, method: str) -> bytes:
    """Our answer to a request that we do not know."""
    error = {"code": NO_METHOD, "message": f"{method} is not offered"}
    return _ENCODER.encode({"id": number, "error": error})


def fault_text(message: str) -> str:
    """What went wrong in plain words: a provider's JSON body is opened."""
    start = message.find('{"error"')
    if start < 0:
        return message
    try:
        body = msgspec.json.decode(message[start:].encode(), type=dict[str, Fault])
    except BAD:
        return message
    return body["error"].message or message


_LINE: Final = msgspec.json.Decoder(_Line)
_TOLD: Final = msgspec.json.Decoder(Told)
_WANTED: Final = msgspec.json.Decoder(Wanted)
_ENCODER: Final = msgspec.json.Encoder()

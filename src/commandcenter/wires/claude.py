"""Claude Code's stream-json: what its lines mean, and the lines that are said to it."""

from typing import Any, Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.events import StopReason

Args = dict[str, Any]


class Opened(Record, frozen=True):
    """A turn begins in the agent; what the session is like."""

    session: str = ""
    model: str = ""
    commands: tuple[str, ...] = ()


class Began(Record, frozen=True):
    """A model's answer begins to arrive; `used` tokens were read for it."""

    message: str
    used: int = 0


class Delta(Record, frozen=True):
    """A piece of the answer that arrives."""

    kind: Literal["text", "thought"]
    text: str


class Finished(Record, frozen=True):
    """The answer has arrived whole."""


class Call(Record, frozen=True):
    """A tool call as the model wrote it."""

    id: str
    name: str
    args: Args


class Said(Record, frozen=True):
    """A whole block of an answer; `parent` = the call of the subagent that said it; `uuid` names
    its line in what the agent keeps."""

    message: str
    text: str = ""
    thought: str = ""
    calls: tuple[Call, ...] = ()
    parent: str = ""
    uuid: str = ""


class Result(Record, frozen=True):
    """What a tool gave; `rejected` = it did not run, or was broken off, by someone's will."""

    call: str
    text: str
    ok: bool = True
    rejected: bool = False


class Results(Record, frozen=True):
    """Tool results on their way back to the model; `parent`, `uuid` as in `Said`."""

    results: tuple[Result, ...]
    parent: str = ""
    uuid: str = ""


class Hook(Record, frozen=True):
    """The agent is about to run a tool and waits for `reply`."""

    request: str
    call: Call


class MayUse(Record, frozen=True):
    """The agent asks whether a tool may run, and waits for `reply`."""

    request: str
    call: Call
    why: str = ""


class Unknown(Record, frozen=True):
    """A request that this codec does not know; it waits for `refuse`."""

    request: str
    what: str


class Withdrawn(Record, frozen=True):
    """The agent waits no more for the answer to its request."""

    request: str


class Reply(Record, frozen=True):
    """The answer to a request of ours; `error` empty = it was done."""

    request: str
    data: Args
    error: str = ""


class Task(Record, frozen=True):
    """A subagent of the agent's own has started or ended."""

    id: str
    call: str
    state: Literal["started", "ended"]
    title: str = ""


class Note(Record, frozen=True):
    """A remark."""

    kind: Literal["retry", "notice", "compaction", "unknown"]
    text: str


class Local(Record, frozen=True):
    """What a slash command printed."""

    text: str


class Ended(Record, frozen=True):
    """The turn is over; tokens of all its calls, `window` = size of the model's context, 0 = not
    told; `aborted` = it was interrupted."""

    stop: StopReason
    text: str = ""
    error: str = ""
    input: int = 0
    output: int = 0
    window: int = 0
    aborted: bool = False


Item = (
    Opened
    | Began
    | Delta
    | Finished
    | Said
    | Results
    | Hook
    | MayUse
    | Unknown
    | Withdrawn
    | Reply
    | Task
    | Note
    | Local
    | Ended
)


def prompt(text: str, images: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A prompt; `images`: MIME type and base64 of each."""
    content: Any = text
    if images:
        content = [
            {"type": "image", "source": {"type": "base64", "media_type": mime, "data": data}}
            for mime, data in images
        ]
        content.append({"type": "text", "text": text})
    message = {"role": "user", "content": content}
    line = {"type": "user", "message": message, "parent_tool_use_id": None, "session_id": ""}
    return msgspec.json.encode(line)


def request(id: str, subtype: str, **fields: Any) -> bytes:
    """A request of ours, answered by `Reply`."""
    body = {"subtype": subtype, **fields}
    return msgspec.json.encode({"type": "control_request", "request_id": id, "request": body})


def initialize(id: str, hook: str, wait_s: int) -> bytes:
    """The first request: `hook` is called before every tool and may take `wait_s` seconds."""
    every = {"matcher": None, "hookCallbackIds": [hook], "timeout": wait_s}
    return request(id, "initialize", hooks={"PreToolUse": [every]})


def reply(request: str, data: Args) -> bytes:
    """The answer to a request of the agent."""
    body = {"subtype": "success", "request_id": request, "response": data}
    return msgspec.json.encode({"type": "control_response", "response": body})


def refuse(request: str, error: str) -> bytes:
    """A request of the agent cannot be answered."""
    body = {"subtype": "error", "request_id": request, "error": error}
    return msgspec.json.encode({"type": "control_response", "response": body})


def go_on(ask: bool) -> Args:
    """What a hook is answered: the agent decides by itself, or asks us in any case."""
    if not ask:
        return {}
    decision = {"hookEventName": "PreToolUse", "permissionDecision": "ask"}
    return {"hookSpecificOutput": decision}


def block(why: str) -> Args:
    """What a hook is answered so that the tool does not run."""
    decision = {"hookEventName": "PreToolUse", "permissionDecision": "deny"}
    return {"hookSpecificOutput": {**decision, "permissionDecisionReason": why}}


def allow(args: Args) -> Args:
    """The tool may run with these arguments."""
    return {"behavior": "allow", "updatedInput": args}


def deny(why: str) -> Args:
    """The tool may not run; the model is told why and goes on."""
    return {"behavior": "deny", "message": why}

"""What every event has, and the closed words their fields are made of."""

from typing import ClassVar, Literal

from commandcenter.core.base import Level as Level
from commandcenter.core.base import Record

Severity = Literal["danger", "warn", "info"]
Trigger = Literal["player", "steer", "queue", "resume", "handover", "rule"]
ToolKind = Literal["read", "edit", "run", "search", "fetch", "think", "other"]
ToolStatus = Literal["ok", "failed", "denied", "cancelled", "unknown"]
StopReason = Literal[
    "end", "max_tokens", "max_requests", "refusal", "cancelled", "error", "crashed"
]
CallEnd = Literal["complete", "cut", "client_gone", "failed", "withdrawn", "engine_lost"]
Basis = Literal["list", "matched", "user", "local", "plan", "practice", "unknown"]
StepState = Literal["ready", "asking", "streaming", "tools", "done"]


class Event(Record, frozen=True):
    """Base of all events; the class name is the entry's kind."""

    control: ClassVar[bool] = True
    """Committed by a flush (reliability.md 3); else by the flow window."""
    bulk: ClassVar[bool] = False
    """Transcript text: never changes World, sent only to those who watch the thread."""

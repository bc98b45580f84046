"""Events of sessions, turns and items: what a driver sees of its agent."""

from typing import Any, ClassVar, Literal

from msgspec import field

from commandcenter.core.conversation import Message
from commandcenter.core.events.base import (
    Event,
    Level,
    StepState,
    StopReason,
    ToolKind,
    ToolStatus,
    Trigger,
)
from commandcenter.core.states import Activity, Outcome, State


class SessionStarting(Event, frozen=True):
    """The intent: committed before any process starts."""

    effect: str
    driver: str
    agent: str


class SessionOpened(Event, frozen=True):
    """The session is ready for a prompt."""

    driver: str
    agent: str
    model: str
    cwd: str
    agent_version: str = ""
    profile: str = ""
    auth: str = "key"
    agent_session: str = ""
    caps: dict[str, str] = field(default_factory=dict)
    resumed: bool = False
    commands: tuple[str, ...] = ()
    """Slash commands, without the slash."""


class SessionClosed(Event, frozen=True):
    """The session is gone."""

    why: Literal["ended", "hibernated", "by_hand", "crashed", "killed", "replaced"]
    exit: int | None = None
    survivors: tuple[int, ...] = ()


class TurnStarted(Event, frozen=True):
    """A prompt reached the agent."""

    prompt: str
    trigger: Trigger


class TurnEnded(Event, frozen=True):
    """Exactly one per `TurnStarted`."""

    stop: StopReason
    cause: str = ""
    error: str = ""
    partial: str = ""


class StepMoved(Event, frozen=True):
    """The native loop's step went on; `activity` is what the tile shows."""

    step: int
    state: StepState
    activity: Activity = ""
    control: ClassVar[bool] = False


class HistoryAdded(Event, frozen=True):
    """Messages of the native conversation, so that it can go on after a crash."""

    messages: tuple[Message, ...]
    anew: bool = False
    """These replace whatever stood before: what a session was seeded with."""
    bulk: ClassVar[bool] = True


class TurnMarked(Event, frozen=True):
    """The agent's own name of the running turn, or of the last thing said in it: where a copy of
    its session can be cut. The last one of a turn counts."""

    mark: str
    control: ClassVar[bool] = False


class TextAdded(Event, frozen=True):
    """A joined delta of an answer; `message` numbers the answers of a turn."""

    message: int
    delta: str
    control: ClassVar[bool] = False
    bulk: ClassVar[bool] = True


class ThoughtAdded(Event, frozen=True):
    """A joined delta of the model's thinking."""

    message: int
    delta: str
    control: ClassVar[bool] = False
    bulk: ClassVar[bool] = True


class ToolStarted(Event, frozen=True):
    """A tool call begins; `effect` makes it the recorded intent."""

    call: str
    name: str
    kind: ToolKind
    title: str
    args: str
    effect: str
    paths: tuple[str, ...] = ()


class ToolOutputAdded(Event, frozen=True):
    """Output of a running tool."""

    call: str
    stream: Literal["out", "err"]
    delta: str
    control: ClassVar[bool] = False
    bulk: ClassVar[bool] = True


class ToolEnded(Event, frozen=True):
    """A tool call ended; `effect` as in its `ToolStarted`, `ms` milliseconds, `result` cut."""

    call: str
    effect: str
    status: ToolStatus
    ms: int
    result_hash: str
    exit: int | None = None
    summary: str = ""
    result: str = ""


class Asked(Event, frozen=True):
    """A question to the player stands open: kind `tool`, may it run; `question`, what is wanted."""

    ask: int
    kind: Literal["tool", "question"]
    level: Level
    line: str
    request: dict[str, Any]
    digest: str
    rule: str = ""
    call: str = ""
    options: tuple[str, ...] = ()


class Answered(Event, frozen=True):
    """The question was closed; `option` is allow, deny, cancelled or the answer's text."""

    ask: int
    option: str
    text: str = ""
    fast: bool = False


class PlanChanged(Event, frozen=True):
    """The agent's own list: (text, state) pairs."""

    items: tuple[tuple[str, str], ...]


class ModelChanged(Event, frozen=True):
    """The next call goes to another model."""

    old: str
    new: str
    how: Literal["gate", "agent", "restart"]


class UsageReported(Event, frozen=True):
    """What an agent says of itself; shown as reported, never added."""

    scope: Literal["turn", "session"]
    input: int
    output: int


class ContextMeasured(Event, frozen=True):
    """How full the model's window is, in tokens."""

    used: int
    size: int


class SubagentSeen(Event, frozen=True):
    """The agent started or ended an agent of its own, inside the thread's budget, hold and kill."""

    agent: str
    parent_call: str
    state: Literal["started", "ended"]
    title: str = ""


class CommandsChanged(Event, frozen=True):
    """The slash commands that the agent takes now, without the slash."""

    names: tuple[str, ...]


class SetupRan(Event, frozen=True):
    """A set-up or teardown command of the workspace ended; `ms` milliseconds."""

    command: str
    exit: int
    ms: int
    text_hash: str = ""


class TakenOver(Event, frozen=True):
    """The session is in the person's own hands; `line` is the command that opens it."""

    line: str


class GivenBack(Event, frozen=True):
    """The thread is ours again."""


class AgentNote(Event, frozen=True):
    """A remark in the transcript."""

    kind: Literal["retry", "notice", "compaction", "title", "unknown", "silent"]
    note: str


class StateChanged(Event, frozen=True):
    """The only event that moves a thread's state."""

    old: State
    new: State
    why: str
    outcome: Outcome = ""
    fuse_ends: int = 0
    """Wall ns at which the kill fuse ends; only with new = dying."""
    rung: int = 0
    parked: bool = False


class SteerQueued(Event, frozen=True):
    """Text of the player waits for the end of the turn."""

    item: str
    note: str
    now: bool = False
    images: tuple[str, ...] = ()
    """Paths of pictures below `<data>/threads/<id>/media`."""


class SteerDelivered(Event, frozen=True):
    """A queued text went to the agent."""

    item: str


class SteerWithdrawn(Event, frozen=True):
    """A queued text was taken back."""

    item: str


class ProcsSeen(Event, frozen=True):
    """The live processes (pid, start time) and their memory in bytes, each 5 s while alive."""

    procs: tuple[tuple[int, int], ...]
    rss: int
    cpu: float = 0.0
    control: ClassVar[bool] = False

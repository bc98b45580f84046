"""Events: what happened, in the past tense, never refused (agents.md 3, gate.md 8)."""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from msgspec import field

from commandcenter.core.base import Record
from commandcenter.core.conversation import Message, Usage
from commandcenter.core.orders import AnyOrder
from commandcenter.core.refusals import Reason
from commandcenter.core.states import Activity, HoldReason, Outcome, State

Severity = Literal["danger", "warn", "info"]
Level = Literal["R0", "R1", "R2", "R3", "R4"]
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


# --- engine ---------------------------------------------------------------------------------


class EngineStarted(Event, frozen=True):
    """An engine took the journal; `start` is the fence older messages are refused by."""

    start: int
    clean: bool
    pid: int
    version: str


class EngineStopped(Event, frozen=True):
    """The engine ended cleanly; nothing was left open."""


class SegmentOpened(Event, frozen=True):
    """A new journal file begins; `head` is the last hash of the one before, in hex."""

    previous: int
    head: str


class OrderGiven(Event, frozen=True):
    """An order came through the door; `threads` are the receivers it was resolved to."""

    id: str
    order: AnyOrder
    threads: tuple[int, ...] = ()


class OrderRefused(Event, frozen=True):
    """The whole order (thread 0) or its part for one thread was refused."""

    id: str
    reason: dict[str, Any]
    """The `Reason` as builtins: {"type": NAME, fields ...}."""
    text: str
    mend: str = ""


class OrderDone(Event, frozen=True):
    """The order was carried out; `inverse` gives it back, empty = cannot be undone."""

    id: str
    verb: str
    inverse: tuple[AnyOrder, ...] = ()
    undoable: bool = False


class OrderUndone(Event, frozen=True):
    """An earlier order was taken back by `undo`."""

    id: str


class AlertRaised(Event, frozen=True):
    """Worth a glance; `alert` is the dedupe key, `count` grows inside its window."""

    alert: str
    severity: Severity
    category: str
    line: str
    mend: str = ""
    operation: str = ""


class AlertCleared(Event, frozen=True):
    """The alert's condition is over."""

    alert: str


class WireError(Event, frozen=True):
    """A frame could not be read; the next one is."""

    reason: str
    sample: str = ""


class UsageImplausible(Event, frozen=True):
    """A provider reported numbers that cannot be; our own estimate was taken."""

    call: str
    why: str


class ClockJumped(Event, frozen=True):
    """Wall time moved against monotonic time by so many seconds."""

    seconds: float


class HostSlept(Event, frozen=True):
    """The machine slept for so many seconds."""

    seconds: float


class MirrorDiverged(Event, frozen=True):
    """A client's World differs from ours at the same seq."""

    seq_seen: int


class RecordingStopped(Event, frozen=True):
    """The journal could take no entry; every thread was held (written once it can again)."""

    why: str
    seconds: float


class DayBegan(Event, frozen=True):
    """The player's local day, as YYYY-MM-DD; the day's limit counts from here."""

    day: str


# --- operations, threads, groups --------------------------------------------------------------


class OperationMade(Event, frozen=True):
    """A goal with its repository; its threads are one sector of the map."""

    name: str
    repo: str
    base: str = ""
    goal: str = ""
    success: str = ""


class OperationDisbanded(Event, frozen=True):
    """An operation without threads was taken back."""

    name: str


class ThreadCreated(Event, frozen=True):
    """A thread was born; the envelope's thread is its id."""

    name: str
    operation: str
    agent: str
    driver: str
    account: str
    model: str
    brief: str
    repo: str = ""
    uncommitted: bool = False
    parent: int = 0


class ThreadRenamed(Event, frozen=True):
    """The player gave another name."""

    old: str
    new: str


class GroupChanged(Event, frozen=True):
    """A control group holds these threads now."""

    group: int
    threads: tuple[int, ...]


class WorkspaceMade(Event, frozen=True):
    """The thread's own git worktree exists."""

    path: str
    branch: str
    base: str
    repo: str


class HeadMoved(Event, frozen=True):
    """The last line and the tokens since the last one; at most two a second per thread."""

    line: str
    tokens: int = 0
    context: int = 0
    control: ClassVar[bool] = False


class LimitSet(Event, frozen=True):
    """What a scope may spend: `#3`, `@op:NAME` or `day`; both None lifts it."""

    scope: str
    usd: Decimal | None = None
    tokens: int | None = None
    at_limit: Literal["pause", "finish_turn"] = "pause"


class Held(Event, frozen=True):
    """A hold reason was set; the gate admits no call of the thread."""

    reason: HoldReason


class Released(Event, frozen=True):
    """A hold reason was lifted."""

    reason: HoldReason


class AllPaused(Event, frozen=True):
    """The bell: these threads were stopped by it, new ones will be too."""

    threads: tuple[int, ...]


class AllResumed(Event, frozen=True):
    """The bell was lifted."""


class SpendingFrozen(Event, frozen=True):
    """The gate admits nothing on the account (empty = on all)."""

    account: str = ""


class SpendingResumed(Event, frozen=True):
    """The gate admits calls again."""

    account: str = ""


# --- sessions, turns, items --------------------------------------------------------------------


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
    bulk: ClassVar[bool] = True


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


class SteerDelivered(Event, frozen=True):
    """A queued text went to the agent."""

    item: str


class SteerWithdrawn(Event, frozen=True):
    """A queued text was taken back."""

    item: str


class ProcsSeen(Event, frozen=True):
    """The live processes (pid, start time) and their memory in bytes, each 5 s while alive."""

    procs: tuple[tuple[int, float], ...]
    rss: int
    cpu: float = 0.0
    control: ClassVar[bool] = False


# --- the gate ----------------------------------------------------------------------------------


class Cost(Record, frozen=True):
    """Price of one call (economy.md 2); `usd` None = unknown, never 0."""

    usd: Decimal | None
    basis: Basis
    priced_as: str = ""
    provider: str = ""
    exact_id: bool = True
    snapshot: str = ""


class CallAdmitted(Event, frozen=True):
    """The intent of a model call; `reserved` tokens and money are set aside for it."""

    call: str
    turn: int
    account: str
    protocol: str
    asked: str
    sent: str
    est_in: int
    max_out: int
    reserved: int
    reserved_usd: Decimal | None = None


class CallHeld(Event, frozen=True):
    """A call waits longer than 250 ms at the gate; once per call."""

    reason: str
    detail: str = ""


class CallRetried(Event, frozen=True):
    """The gate tries again; `wait_s` seconds from now."""

    call: str
    n: int
    status: int
    wait_s: float


class CallSettled(Event, frozen=True):
    """The one fact that feeds budgets, burn and cost."""

    call: str
    end: CallEnd
    status: int
    usage: Usage
    cost: Cost
    account: str
    model: str
    ms_wait: int = 0
    ms_head: int = 0
    ms_total: int = 0
    bytes: int = 0


class CallFailed(Event, frozen=True):
    """Nothing was sent, or nothing is owed."""

    call: str
    end: CallEnd
    status: int = 0
    why: str = ""


class CallRefused(Event, frozen=True):
    """The gate answered 400 with one of its codes."""

    code: str
    why: str = ""


class GateProbe(Event, frozen=True):
    """A client asked for a path the gate does not know."""

    path: str
    client: str = ""


class AccountClosed(Event, frozen=True):
    """The provider closed the account; `until` wall ns, 0 = until the player opens it."""

    account: str
    until: int
    why: str


class AccountOpened(Event, frozen=True):
    """The account takes calls again."""

    account: str


EVENTS: dict[str, type[Event]] = {cls.__name__: cls for cls in Event.__subclasses__()}
"""kind -> Struct."""


def reason_data(reason: Reason) -> dict[str, Any]:
    """The reason as builtins, with its name under `type`."""
    fields = {name: getattr(reason, name) for name in reason.__struct_fields__}
    return {"type": type(reason).__name__, **fields}

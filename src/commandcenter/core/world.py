"""World: the state folded from the entries; heads only, never text: a mirror stays small."""

from decimal import Decimal
from typing import Any, Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.events import Basis, Level, Severity
from commandcenter.core.orders import AnyOrder
from commandcenter.core.shaping import (
    AtLimit,
    BirthKind,
    Carved,
    CheckpointMark,
    Critique,
    Handing,
    HandoffForm,
    Landing,
    Merging,
    Verdict,
)
from commandcenter.core.standing import Grant, GroupRules, Looping, MapFlag, QueuedOrder
from commandcenter.core.states import Activity, HoldReason, Outcome, State

BINS = 64
BIN_NS = 500_000_000
LINE_CHARS = 200
UNDO_DEPTH = 20


class Tokens(Record, frozen=True):
    """Metered tokens of a thread: sums of the settled calls; `live` calls are in none of them."""

    input: int = 0
    cached_read: int = 0
    cached_write: int = 0
    output: int = 0
    thinking: int = 0
    estimated: bool = False
    calls: int = 0

    @property
    def total(self) -> int:
        """Input + output: what limits count."""
        return self.input + self.output


class Spent(Record, frozen=True):
    """Money in ledgers that are never summed with each other."""

    usd: Decimal = Decimal(0)
    practice: Decimal = Decimal(0)
    unknown: int = 0
    """Calls whose price is not known."""
    plan: Decimal = Decimal(0)
    """List value of calls on a plan: in no sum of money."""
    basis: tuple[Basis, ...] = ()
    priced_as: str = ""


class Limit(Record, frozen=True):
    """What a scope may spend."""

    usd: Decimal | None = None
    tokens: int | None = None
    at_limit: AtLimit = "pause"
    share: int | None = None
    """Percent of each plan window."""
    reported: bool = False


class Queued(Record, frozen=True):
    """A player's text that waits for the end of the turn, with the pictures beside it."""

    item: str
    note: str
    images: tuple[str, ...] = ()


class Window(Record, frozen=True):
    """A plan's quota, known by its minutes."""

    minutes: int
    used: float
    resets_at: int = 0
    """Wall ns; 0 = not told."""
    status: str = ""
    seen_at: int = 0


class Head(Record, frozen=True):
    """What World holds of a thread."""

    id: int
    name: str
    operation: str
    agent: str
    driver: str
    account: str
    model: str
    brief: str
    state: State = "starting"
    before: State = "running"
    """Where paused, frozen and dying threads return to."""
    why: str = "starting"
    activity: Activity = ""
    outcome: Outcome = ""
    parked: bool = False
    rung: int = 0
    epoch: int = 0
    turn: int = 0
    step: int = 0
    in_turn: bool = False
    broken: bool = False
    """Its last turn was broken off from outside, and no other has begun since."""
    finished: bool = False
    """Its last turn met the goal, and no other has begun since."""
    hold: tuple[HoldReason, ...] = ()
    waits_for: str = ""
    """Why its call waits at the gate; empty = it does not."""
    call_since: int = 0
    """Wall ns at which the model call in flight was admitted; 0 = none in flight."""
    calls_open: tuple[str, ...] = ()
    tool: str = ""
    tool_since: int = 0
    line: str = ""
    bins: tuple[int, ...] = ()
    """Tokens per 0.5 s, oldest first, at most 64; `bin_at` = wall // 0.5 s of the last one."""
    bin_at: int = 0
    tokens: Tokens = Tokens()
    spent: Spent = Spent()
    limit: Limit = Limit()
    context_used: int = 0
    context_size: int = 0
    queue: tuple[Queued, ...] = ()
    orders: tuple[QueuedOrder, ...] = ()
    """Orders that wait behind what it does, first to last; at most 16."""
    goal: str = ""
    """What the player said it is for; empty = its brief alone."""
    rally: str = ""
    """Where its results go: `@group:N`, `review`; empty = nowhere."""
    loop: Looping | None = None
    weight: float = 1.0
    """Its share at the gate's queue: 0.5, 1, 2, 4."""
    tags: tuple[str, ...] = ()
    results: int = 0
    """Turns that it ended by itself: what there is to look at."""
    results_seen: int = 0
    diff_seen: int = 0
    """How many of the results the player has looked at, and with their diff."""
    asks: tuple[int, ...] = ()
    plan: tuple[tuple[str, str], ...] = ()
    groups: tuple[int, ...] = ()
    repo: str = ""
    uncommitted: bool = False
    workspace: str = ""
    branch: str = ""
    base: str = ""
    parent: int = 0
    children: tuple[int, ...] = ()
    kind: BirthKind = ""
    """How it was born of its parent."""
    start: str = ""
    """The commit that its worktree began from, where its birth said so."""
    fork_at: int = -1
    """The parent's turn whose end its context begins from; -1 = none of it."""
    forked: HandoffForm | Literal[""] = ""
    """How it got that context; "" = not yet, or none."""
    temperature: float | None = None
    carved: Carved | None = None
    """What its parent gave it of its limit; None = nothing, or it was given back."""
    proposed: int = 0
    """The entry with the proposal of a split that waits for the player; 0 = none."""
    ladder: str = ""
    """Of the last step up or down; empty = the operation's."""
    handing: Handing | None = None
    """A reassign under way."""
    checkpoints: tuple[CheckpointMark, ...] = ()
    put_back: tuple[int, int] = (0, 0)
    """Its files were put back to this checkpoint, the other one is what its agent knows: it was
    not told yet."""
    brought: tuple[int, ...] = ()
    """Threads whose work was merged into its files since its agent heard of it last."""
    verifying: str = ""
    """The effect of the success command that runs now."""
    verifying_at: int = 0
    """Wall ns at which it began."""
    verified: Verdict | None = None
    judging: str = ""
    """The effect of the critic that judges now."""
    critique: Critique | None = None
    merging: Merging | None = None
    """Its last merge, under way while it has neither commit nor conflicts."""
    landing: str = ""
    """How it is being landed now."""
    landed: Landing | None = None
    disk: int = 0
    """Bytes of its worktree; 0 = not measured."""
    kept_ref: str = ""
    """Where the work of a reclaimed worktree stands."""
    metered: bool = True
    """False: its calls were seen to pass elsewhere, so all we have is what it reports."""
    routed: Literal["unknown", "yes", "no"] = "unknown"
    agent_version: str = ""
    agent_session: str = ""
    """The agent's own session id, good for resume."""
    profile: str = ""
    auth: str = "key"
    caps: dict[str, str] = msgspec.field(default_factory=dict)
    """What the session said it can do (drivers.base.Capabilities)."""
    commands: tuple[str, ...] = ()
    command: str = ""
    """Terminal threads: the command line."""
    port: int = 0
    """First of the workspace's block of ten ports."""
    subagents: tuple[str, ...] = ()
    """Ids of the agent's own agents that run now."""
    sub_tokens: int = 0
    """Tokens of all calls of subagents so far."""
    by_hand: str = ""
    """The command that opens the session in the person's own terminal; empty = it is ours."""
    reported: tuple[int, int] = (0, 0)
    """What an agent said of itself: input and output tokens; in no sum."""
    pids: tuple[tuple[int, int], ...] = ()
    rss: int = 0
    fuse_ends: int = 0
    created: int = 0
    moved: int = 0
    """Wall ns of the last state change."""
    moved_seq: int = 0
    called_seq: int = 0
    """The entries of the last state change and of the last admitted call; 0 = none yet."""
    seen_at: int = 0
    """Wall ns of the last entry of any kind."""
    ended: int = 0


class OperationHead(Record, frozen=True):
    """A goal with its repository; one sector of the map."""

    name: str
    repo: str
    base: str = ""
    goal: str = ""
    success: str = ""
    accept: str = ""
    never: str = ""
    """What must never be optimised for: advisory, told in every brief."""
    ladder: str = ""
    protect: tuple[str, ...] = ()
    verified: Verdict | None = None
    """The last result of the success command, of whatever thread."""
    limit: Limit = Limit()
    spent: Spent = Spent()
    tokens: Tokens = Tokens()
    order: int = 0
    threads: tuple[int, ...] = ()


class Ask(Record, frozen=True):
    """An open question to the player."""

    id: int
    thread: int
    kind: Literal["tool", "question"]
    level: Level
    line: str
    request: dict[str, Any]
    digest: str
    rule: str
    call: str
    options: tuple[str, ...]
    since: int
    seq: int
    deferred: int = 0
    """Stands lower in the attention queue until then (wall ns)."""


class Alert(Record, frozen=True):
    """Worth a glance; `times` counts repeats inside its window."""

    id: str
    severity: Severity
    category: str
    line: str
    mend: str
    operation: str
    thread: int
    since: int
    last: int
    times: int = 1
    seq: int = 0
    cleared: int = 0
    """Wall ns at which its condition ended; it stays 60 s longer."""
    deferred: int = 0
    snoozed: int = 0
    """Until then (wall ns) it stands lower, or is out of sight and sound."""


class AccountHead(Record, frozen=True):
    """What is known of an account: closed until when, and what it spent."""

    id: str
    closed_until: int = -1
    """Wall ns; 0 = until the player opens it; -1 = open."""
    why: str = ""
    calls: int = 0
    tokens: Tokens = Tokens()
    spent: Spent = Spent()
    windows: tuple[Window, ...] = ()
    """Of a plan, shortest first."""
    auth: str = "key"


class OpenCall(Record, frozen=True):
    """A model call admitted and not yet settled: the durable copy of its reservation."""

    call: str
    thread: int
    account: str
    model: str
    reserved: int
    reserved_usd: Decimal | None
    est_in: int
    since: int
    sub: bool = False
    """It is a subagent's."""


class Done(Record, frozen=True):
    """A reversible order of the player."""

    id: str
    order: AnyOrder
    inverse: tuple[AnyOrder, ...]
    seq: int = 0
    """The entry that said it was carried out."""
    at: int = 0
    """Its wall ns; 0 = of a snapshot that did not say."""


class World(msgspec.Struct, gc=True):
    """The whole state at `seq`. Only `core.reduce` changes it; its parts are frozen."""

    seq: int = 0
    wall: int = 0
    start: int = 0
    threads: dict[int, Head] = {}
    operations: dict[str, OperationHead] = {}
    asks: dict[int, Ask] = {}
    alerts: dict[str, Alert] = {}
    accounts: dict[str, AccountHead] = {}
    calls: dict[str, OpenCall] = {}
    tools: dict[str, int] = {}
    """effect -> thread of tool calls that started and have not ended."""
    given: dict[str, AnyOrder] = {}
    """Orders given and not yet done or refused."""
    undo: tuple[Done, ...] = ()
    redo: tuple[Done, ...] = ()
    groups: dict[int, tuple[int, ...]] = {}
    group_rules: dict[int, GroupRules] = {}
    grants: dict[str, Grant] = {}
    flags: dict[int, MapFlag] = {}
    last_flag: int = 0
    day: str = ""
    day_limit: Limit = Limit()
    day_spent: Spent = Spent()
    day_tokens: Tokens = Tokens()
    bell: bool = False
    bell_threads: tuple[int, ...] = ()
    logins: tuple[str, ...] = ()
    """Agents whose own login may pass the gate."""
    setups: dict[str, str] = {}
    """repository -> digest of the set-up that the player agreed to."""
    frozen_accounts: tuple[str, ...] = ()
    """Accounts whose spending is frozen; "*" = all."""
    clean: bool = True
    last_thread: int = 0
    last_ask: int = 0


def dump(world: World) -> bytes:
    """The snapshot: MessagePack with names."""
    return msgspec.msgpack.encode(world)


def load(data: bytes) -> World:
    """A snapshot back into a World. Raises ValueError when it does not fit."""
    try:
        return msgspec.msgpack.decode(data, type=World)
    except msgspec.DecodeError as error:
        raise ValueError(f"snapshot cannot be read: {error}") from error


def live(world: World) -> list[Head]:
    """The threads that have not ended, by id."""
    return [head for head in world.threads.values() if head.state != "ended"]

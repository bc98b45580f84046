"""What a driver is and what a session can do (agents.md 2)."""

from typing import Literal, Protocol

from msgspec import field

from commandcenter.core.base import Record
from commandcenter.core.conversation import Message
from commandcenter.core.events import Event
from commandcenter.wires.base import Kind

DriverKind = Literal["native", "acp", "codex", "claude", "terminal", "observe"]
Cause = Literal["player", "hold_limit", "kill", "spend_freeze", "stop"]
StopLevel = Literal["step", "freeze"]

EDITS: frozenset[DriverKind] = frozenset({"native", "claude"})
"""Kinds of agent that run another command than they asked about, when they are told to."""
RESUME_PROMPT = (
    "Your turn was stopped from outside; it was not a failure. Work that is finished is finished: "
    "do not do it again. Look at where you stood and go on."
)


class Found(Record, frozen=True):
    """The agent is here."""

    version: str
    path: str = ""


class Missing(Record, frozen=True):
    """The agent is not here; `hint` says how to get it."""

    what: str
    hint: str = ""


class Image(Record, frozen=True):
    """A picture beside a prompt: a file of ours, never decoded by the engine."""

    path: str
    mime: Literal["image/png", "image/jpeg", "image/webp", "image/gif"]


class AgentSpec(Record, frozen=True, forbid_unknown_fields=True):
    """One agent as data (resources/agents/*.toml): how it is found, started, pointed at the gate.

    In `command`, `by_hand`, `env` and `files` stand {U} the gate's address of the session, {S} its
    secret, {MODEL}, {SESSION}. `hold_limit_s`, `ask_limit_s`: how long it waits for a model call or
    for an answer, None = for ever.
    """

    id: str
    name: str
    driver: DriverKind
    wires: tuple[Kind, ...] = ()
    """Kinds of account it can be routed over, best first; empty = it is never routed."""
    command: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    """What opens its session in the person's own terminal; empty = nothing can."""
    env: dict[str, str] = field(default_factory=dict)
    drop_env: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    """name -> content, written 0600 into the session's folder {HOME} before the start."""
    detect: str = ""
    """Regular expression over the output of `command[0] --version`; its group is the version."""
    login: str = ""
    """The fixed upstream of its own plan login (gate.md 1.2); empty = none is offered."""
    hold_limit_s: float | None = 120.0
    ask_limit_s: float | None = 120.0
    freeze_at_limit: bool = False
    quirks: dict[str, str] = field(default_factory=dict)
    install_hint: str = ""


class Launch(Record, frozen=True):
    """How a foreign agent is started in one session: everything is resolved, nothing looked up.

    `argv[0]` is an absolute path; `env` the whole environment but for the mark and the gate's
    variables, which the driver adds; `home` a private folder (0700) of this session for what the
    driver writes; `wire_log` the file of its raw lines.
    """

    agent: AgentSpec
    argv: tuple[str, ...]
    env: dict[str, str]
    home: str
    wire_log: str
    profile: Literal["mine", "clean"] = "mine"
    auth: Literal["key", "login"] = "key"
    asks: Literal["all", "agent"] = "agent"
    gate_url: str = ""
    """{U}: http://127.0.0.1:PORT/t/<thread>; empty = not routed."""
    gate_secret: str = ""


class SessionRef(Record, frozen=True):
    """The agent's own session id and whatever resume needs."""

    driver: DriverKind
    session: str = ""


class Origin(Record, frozen=True):
    """The session that a new one begins as a copy of; it rests meanwhile and is never written to.

    `at`: the turn that the copy ends with, 0 = as it stands; `mark`: the agent's own name of that
    point, the last `TurnMarked` of that turn. `workspace`, `env`: where that session works, and the
    environment of its launch, by which its files are found; empty = as in the new one.
    """

    ref: SessionRef
    at: int = 0
    mark: str = ""
    workspace: str = ""
    env: dict[str, str] = field(default_factory=dict)


SEEDED: frozenset[DriverKind] = frozenset({"native", "codex"})
"""Kinds of agent that take a conversation as their own past (`SessionStart.seed`)."""


class SessionStart(Record, frozen=True):
    """Everything a session begins with. `history` = the conversation so far, on resume.

    `started` = the tool calls of its last answer that had begun (`ToolStarted`); None = not known.
    At most one of `resume`, `fork`, `seed` says what it begins with; `history` goes with `resume`.
    """

    thread: int
    epoch: int
    workspace: str
    model: str
    wire: Kind
    system: str = ""
    success: str = ""
    history: tuple[Message, ...] = ()
    resume: SessionRef | None = None
    home_mark: str = ""
    first_turn: int = 0
    started: frozenset[str] | None = None
    launch: Launch | None = None
    """Of foreign agents; None = native."""
    env: dict[str, str] = field(default_factory=dict)
    """Further variables of native's commands."""
    fork: Origin | None = None
    """A copy of another session of the same kind of foreign agent; where its `caps.fork` cannot,
    AgentFailed(unsupported)."""
    seed: tuple[Message, ...] = ()
    """A conversation of another session, which this one takes as its own past and records
    (`HistoryAdded(anew=True)`); only for SEEDED, else AgentFailed(unsupported)."""
    handoff: str = ""
    """Put before the text of the session's first prompt; quoted already (rules/handing.block). Not
    for terminals: a shell would run it."""
    temperature: float | None = None
    """Of native's calls; None = as the provider has it."""


class Capabilities(Record, frozen=True):
    """What a session can do; values are the closed enums of agents.md 2."""

    step: Literal["own", "hook", "ask", "none"] = "own"
    freeze: Literal["tree", "tools", "none"] = "tools"
    interrupt: Literal["yes", "keys", "none"] = "yes"
    interrupt_kills_tools: Literal["yes", "no"] = "yes"
    steer: Literal["inject", "queue", "cancel_first", "refuse"] = "inject"
    fork: Literal["any", "end", "none"] = "none"
    """Whether `SessionStart.fork` works: after any turn, as the session stands, or not. Of native:
    its conversation is ours, so a copy is a `seed`."""
    resume: Literal["resume", "load", "none"] = "resume"
    set_model: Literal["now", "turn", "restart", "none"] = "now"
    asks: Literal["all", "some", "none"] = "all"
    usage: Literal["wire", "turn", "session", "none"] = "wire"
    routed: Literal["yes", "no", "seen"] = "yes"
    turns: Literal["exact", "heuristic"] = "exact"
    images: Literal["yes", "no"] = "no"
    commands: Literal["yes", "no"] = "no"
    subagents: Literal["yes", "no"] = "no"
    by_hand: Literal["yes", "no"] = "no"
    compact: Literal["yes", "no"] = "no"


class Asking(Record, frozen=True):
    """A question of the agent. kind tool: may `name(args)` run; kind question: what shall it be.

    `key` is the driver's own; the answer comes back by `Session.answer(key, ...)`.
    """

    key: str
    kind: Literal["tool", "question"]
    name: str
    args: dict[str, str]
    call: str
    text: str = ""
    options: tuple[str, ...] = ()


class Answer(Record, frozen=True):
    """allow, deny, cancelled; for questions `answer` with the text. `rule` = the name of the rule
    that decided, empty = a person did. `edit` = the command that runs in place of the one asked
    about; only where the driver is one of EDITS."""

    option: Literal["allow", "deny", "cancelled", "answer"]
    text: str = ""
    rule: str = ""
    edit: str = ""


class Sink(Protocol):
    """Where a session's facts go. Neither `emit` nor `ask` ever blocks or raises."""

    def emit(self, event: Event, turn: int) -> None:
        """A fact; deltas are joined by the runner."""
        ...

    async def record(self, event: Event, turn: int) -> None:
        """A fact that must be durable before its effect; returns after COMMIT."""
        ...

    def ask(self, asking: Asking, turn: int) -> None:
        """A question to rules or player."""
        ...


class Stopped(Record, frozen=True):
    """What `stop` reached: the rung it rests on (0 = the step still runs) and the stopped pids."""

    rung: int
    pids: tuple[int, ...] = ()


class KillReport(Record, frozen=True):
    """`survivors` must be empty."""

    killed: int
    survivors: tuple[int, ...] = ()


class Session(Protocol):
    """One live connection of a thread and a driver. Every method is idempotent and cancellable."""

    caps: Capabilities
    ref: SessionRef
    epoch: int
    version: str
    """Of the agent, as it said it; empty = it did not."""
    commands: tuple[str, ...]
    """Slash commands it takes, without the slash."""

    async def prompt(self, turn: int, text: str, images: tuple[Image, ...] = ()) -> None:
        """Begin a turn; its end arrives as `TurnEnded` through the sink."""
        ...

    async def steer(self, turn: int, text: str) -> Literal["injected", "queued", "refused"]:
        """Text into the running turn, after the running step."""
        ...

    async def stop(self, level: StopLevel) -> Stopped:
        """step: rest at the next step boundary. freeze: stop tool processes now."""
        ...

    async def at_rest(self) -> int:
        """Wait until a stopped session rests; returns the rung."""
        ...

    async def go(self) -> None:
        """Undo whatever `stop` took."""
        ...

    async def interrupt(self, cause: Cause) -> None:
        """End the turn; the session stays. Returns when its tools are gone."""
        ...

    async def set_model(self, model: str) -> Literal["now", "next_turn", "refused"]:
        """The model of the next step."""
        ...

    async def answer(self, key: str, answer: Answer) -> None:
        """Answer an `Asking`; a late or repeated answer is ignored."""
        ...

    async def kill(self) -> KillReport:
        """End everything; nothing of the session lives afterwards."""
        ...

    async def hibernate(self) -> SessionRef:
        """Close the session so that `open(resume=ref)` goes on with it; between turns only."""
        ...

    def pids(self) -> tuple[tuple[int, int], ...]:
        """(pid, start time) of the live processes: a foreign agent's tree, native's tools."""
        ...


class Driver(Protocol):
    """Code that talks to one kind of agent."""

    kind: DriverKind

    async def probe(self, agent: AgentSpec) -> Found | Missing:
        """Is the agent here? At most 5 s, no login, no network."""
        ...

    async def open(self, start: SessionStart, sink: Sink) -> Session:
        """A session ready for a prompt. Raises AgentFailed."""
        ...

    async def close(self) -> None:
        """End every session."""
        ...

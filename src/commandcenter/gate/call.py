"""One model call on its way through the gate, from its arrival to its end."""

import asyncio
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple, cast

from commandcenter.config.accounts import Account
from commandcenter.core.base import Record
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import Event
from commandcenter.gate.base import GateRefused, Headers, Route
from commandcenter.gate.supply import Permit, Supply
from commandcenter.gate.threads import GateThread
from commandcenter.rules.budget import Amount, Short
from commandcenter.wires import anthropic, chat, ollama, responses
from commandcenter.wires.base import AnswerTap, CallSpec, CarriedWire, Kind, WireRequest

if TYPE_CHECKING:
    from commandcenter.gate.flight import Flight

_MODULES: dict[Kind, ModuleType] = {
    "chat": chat,
    "anthropic": anthropic,
    "ollama": ollama,
    "responses": responses,
}
WIRES: dict[Kind, CarriedWire] = {k: cast("CarriedWire", module) for k, module in _MODULES.items()}
BY_PATH: dict[str, CarriedWire] = {
    path: wire for wire in WIRES.values() for path in wire.MODEL_PATHS
}
"""Model calls by their path; no path belongs to two protocols."""


class Asked(Record, frozen=True):
    """A model call as it arrived, parsed; `headers` in lower case.

    `foreign`: an agent's, over HTTP; only such are judged for repeats.
    """

    path: str
    query: str
    headers: Headers
    body: bytes
    spec: CallSpec
    packed: bytes = b""
    """The body as it came, where it came compressed."""
    fingerprint: str = ""
    side: bool = False
    """By what it says itself it is no step of the main loop."""
    sub: str = ""
    """The agent's own id of its subagent that calls."""
    foreign: bool = False

    def __repr__(self) -> str:
        """Without headers and body: a person's login may be among them."""
        return f"Asked({self.path!r})"


class Wait(Record, frozen=True):
    """Why a call does not go on: a hold reason, `supply`, `retry`; `detail` for the tile."""

    reason: str
    detail: str
    supply: Supply | None = None
    short: Short | None = None
    seconds: float | None = None
    """Look again by itself after so long."""


class Routed(Record, frozen=True):
    """What the route made of a call: where it goes, as which model, what it may cost."""

    account: Account
    model: str
    est_in: int
    est_out: int
    need: Amount
    scopes: tuple[str, ...]
    priced: bool

    @property
    def same(self) -> tuple[str, str]:
        """What must not change under a call that was recorded."""
        return self.account.id, self.model


class Call:
    """A call's memory. Changed by admission, tries and settlement, each in its turn."""

    def __init__(self, id: str, thread: GateThread, epoch: int, asked: Asked) -> None:
        self.id = id
        self.aside: Route | None = None
        """Where it goes when it is no step of the thread's work but a question of the player's:
        the thread's limits hold it, its pause, route and session do not."""
        self.thread = thread
        self.epoch = epoch
        self.turn = thread.turn
        self.asked = asked
        self.wire = WIRES[asked.spec.kind]
        self.arrived = 0.0
        self.admitted = 0.0
        self.routed: Routed | None = None
        self.reserved: Routed | None = None
        """Whose reservation is set aside now."""
        self.recorded: Routed | None = None
        """As `CallAdmitted` has it; None = the journal knows nothing of the call."""
        self.permit: Permit | None = None
        self.tries = 0
        self.attempt = 0
        """1 = no repeat; 0 = not judged yet."""
        self.side = asked.side or _aside(thread, asked)
        self.noted = False
        self.limited = False
        """It waited as long as it may; its agent was told to let go."""
        self.expired = False
        self.grace: asyncio.TimerHandle | None = None
        self.wait: Wait | None = None
        self.waiter: asyncio.Future[Permit | None] | None = None
        self.sending: Body | None = None
        self.flight: Flight | None = None
        self.over = False

    @property
    def main(self) -> bool:
        """A step of the agent's main loop: its estimates build on each other."""
        return not self.side and not self.asked.sub

    @property
    def stamp(self) -> Stamp:
        """The envelope of the call's facts."""
        return Stamp(self.thread.id, self.epoch, self.turn, source="gate")

    def fact(self, event: Event) -> Fact:
        """An event of this call on its way to the journal."""
        return Fact(event, self.stamp)

    def kick(self) -> None:
        """If it waits, it looks again in this tick."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def thaw(self, now: float) -> None:
        """Its agent runs again after a freeze: it may wait anew (`now` in monotonic seconds)."""
        if self.limited and not self.expired:
            self.limited, self.arrived = False, now
            if self.grace is not None:
                self.grace.cancel()
            self.kick()

    def outbound(self, model: str, ask_usage: bool) -> "Body":
        """The body with the model sent in place of the model asked, and the tap of its answer.

        `ask_usage`: a chat stream that ends without its usage is asked for it. Raises ValueError
        when the body cannot be changed.
        """
        body = self.asked.body
        if model != self.asked.spec.model:
            body = self.wire.rewrite_model(body, model)
        if not ask_usage or self.asked.spec.kind != "chat" or self.asked.spec.usage_asked:
            packed = self.asked.packed if body is self.asked.body else b""
            return Body(packed or body, self.wire.new_tap(), False, bool(packed))
        asking = chat.add_usage_option(body)
        added = asking is not body
        return Body(asking, self.wire.new_tap(strip_usage=added), added)


class Body(NamedTuple):
    """What is sent, what meters the answer, and whether we added the usage option."""

    data: bytes
    tap: AnswerTap
    usage_added: bool
    packed: bool = False
    """It goes out compressed, as it came."""


def _aside(thread: GateThread, asked: Asked) -> bool:
    """An agent's call without tools, where its main loop offers some: a title, a router."""
    return asked.foreign and thread.main_tools and not asked.spec.tools and not asked.sub


def asked_of(request: WireRequest) -> Asked:
    """A request of our own loop as if it had arrived. Raises GateRefused when it is no call."""
    wire = BY_PATH.get(request.path)
    if wire is None:
        raise GateRefused("cc_unknown_path", f"{request.path} is no model call")
    try:
        spec = wire.parse(request.body, request.path)
    except ValueError as error:
        raise GateRefused("cc_body", str(error)) from error
    headers = tuple((name.lower().encode(), value.encode()) for name, value in request.headers)
    return Asked(request.path, "", headers, request.body, spec)

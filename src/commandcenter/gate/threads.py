"""What the gate remembers of each thread: route, secret, hold reasons, what its calls were like."""

import hashlib
import hmac
import secrets
from collections import deque
from typing import TYPE_CHECKING, Literal

from commandcenter.core.states import HoldReason
from commandcenter.gate.base import GateAddress, Route, Scope
from commandcenter.gate.repeats import Repeats
from commandcenter.rules.budget import Short

if TYPE_CHECKING:
    from commandcenter.gate.call import Call
    from commandcenter.gate.flight import Flight

PREFIX = "cct_"
LAST_OUTPUTS = 20
CLOSED = -1
ORDER: tuple[HoldReason, ...] = (
    "spend_freeze",
    "player",
    "policy",
    "guard",
    "journal",
    "epoch",
    "starting",
    "window",
    "budget",
)
"""Which of several reasons a waiting call is shown with."""
SHOWN: dict[HoldReason, str] = {
    "spend_freeze": "spending frozen",
    "player": "paused",
    "policy": "held by the rules",
    "guard": "held by the guard",
    "journal": "the journal cannot be written",
    "epoch": "the session is being replaced",
    "starting": "the session is starting",
    "window": "account closed",
    "budget": "budget reached",
}


class GateThread:
    """One thread at the gate; lives across its sessions."""

    def __init__(self, thread: int) -> None:
        self.id = thread
        self.epoch = CLOSED
        self.route: Route | None = None
        self.secret = b""
        self.weight = 1.0
        """Of its calls in an account's queue."""
        self.holds: set[HoldReason] = set()
        self.over: Short | None = None
        """The limit that holds it, set and lifted by the gate itself."""
        self.agent = ""
        """Whose session is open: a foreign agent's driver, empty = our own loop."""
        self.hold_limit_s: float | None = None
        self.routed: Literal["unknown", "yes", "no"] = "unknown"
        """Was a call of this session seen here?"""
        self.main_tools = False
        """The main loop's latest call offered tools."""
        self.repeats = Repeats()
        self.auth_failures: deque[float] = deque()
        """When its login was refused."""
        self.turn = 0
        self.turn_called = 0
        """The last turn that had a call admitted."""
        self.last_sent = ("", "")
        """Account and model of the last call admitted."""
        self.draining = False
        self.outputs: deque[int] = deque(maxlen=LAST_OUTPUTS)
        self.last_est = 0
        self.last_input = 0
        self.calls: dict[str, Call] = {}
        self.drained: list[Flight] = []
        """Answers kept for it while it is frozen."""

    def hold(self) -> HoldReason | None:
        """The reason it does not run, the first of several; None = it runs."""
        if not self.holds:
            return None
        return next(reason for reason in ORDER if reason in self.holds)

    def keep(self, flight: "Flight") -> None:
        """Remember an answer that is kept for it."""
        if flight not in self.drained:
            self.drained.append(flight)

    def kick(self) -> None:
        """Its waiting calls look again."""
        for call in tuple(self.calls.values()):
            call.kick()


class Threads:
    """All threads of the gate, by id and by the SHA-256 of the session's secret."""

    def __init__(self) -> None:
        self._threads: dict[int, GateThread] = {}
        self._coming: dict[int, GateThread] = {}
        """Sessions that are prepared while the one before still has the thread."""
        self._secrets: dict[bytes, GateThread] = {}

    def of(self, thread: int) -> GateThread:
        """The thread, made at its first mention."""
        found = self._threads.get(thread)
        if found is None:
            found = self._threads[thread] = GateThread(thread)
        return found

    def all(self) -> list[GateThread]:
        """Every thread mentioned so far."""
        return list(self._threads.values())

    def open(self, thread: int, epoch: int, route: Route) -> str:
        """A fresh secret for the session; the one before is worth nothing from now on.

        Raises ValueError for an epoch that is not newer than the last one opened.
        """
        found = self.of(thread)
        if epoch < found.epoch:
            raise ValueError(f"thread {thread}: epoch {epoch} is older than {found.epoch}")
        self._secrets.pop(found.secret, None)
        return self._began(found, epoch, route)

    def _began(self, found: GateThread, epoch: int, route: Route) -> str:
        secret = PREFIX + secrets.token_urlsafe(32)
        found.secret = digest(secret)
        found.epoch, found.route = epoch, route
        found.agent, found.hold_limit_s = route.agent, route.hold_limit_s
        found.routed = "unknown"
        self._secrets[found.secret] = found
        return secret

    def prepare(self, thread: int, epoch: int, route: Route) -> str:
        """A secret for the session that is to follow: until `promote` each of its calls waits,
        and the open session loses nothing."""
        self.withdraw(thread)
        coming = self._coming[thread] = GateThread(thread)
        coming.holds.add("epoch")
        return self._began(coming, epoch, route)

    def prepared(self, thread: int) -> bool:
        """Is a session to follow?"""
        return thread in self._coming

    def promote(self, thread: int) -> GateThread:
        """The prepared session has the thread now; the secret of the one before is worth nothing.

        Raises KeyError when none is prepared.
        """
        coming, found = self._coming.pop(thread), self.of(thread)
        self._secrets.pop(found.secret, None)
        found.secret, found.epoch, found.route = coming.secret, coming.epoch, coming.route
        found.agent, found.hold_limit_s = coming.agent, coming.hold_limit_s
        found.routed = coming.routed
        self._secrets[found.secret] = found
        for call in coming.calls.values():
            call.thread = found
        found.calls |= coming.calls
        return found

    def withdraw(self, thread: int) -> None:
        """What was prepared is worth nothing."""
        coming = self._coming.pop(thread, None)
        if coming is not None:
            self._secrets.pop(coming.secret, None)
            coming.secret, coming.epoch = b"", CLOSED
            coming.kick()

    def close(self, thread: int) -> None:
        """Revoke the secret; the thread's memory stays for its next session."""
        found = self.of(thread)
        self._secrets.pop(found.secret, None)
        found.secret, found.epoch = b"", CLOSED

    def by_secret(self, secret: str) -> GateThread | None:
        """The thread whose session has this secret."""
        wanted = digest(secret)
        found = self._secrets.get(wanted)
        if found is None or not hmac.compare_digest(found.secret, wanted):
            return None
        return found


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def address(where: str, thread: int, secret: str) -> GateAddress:
    """The session's address; `where` = host:port of the listener, empty = in process only."""
    return GateAddress(f"http://{where}/t/{thread}" if where else "", secret)


def inside(thread: GateThread, scope: Scope) -> bool:
    """Is the thread meant by the scope?"""
    route = thread.route
    if scope.kind in ("all", "day"):
        return True
    if scope.kind == "thread":
        return str(thread.id) == scope.name
    if route is None:
        return False
    return scope.name == (route.operation if scope.kind == "operation" else route.account)

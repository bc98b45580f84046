"""The approval that is shown, and which key may decide it when (screen.md 9)."""

from collections.abc import Iterable
from typing import Literal

from commandcenter.core.base import Record
from commandcenter.core.orders import AnyOrder, Approve, Deny
from commandcenter.core.refusals import (
    OtherKey,
    Refused,
    ShownChanged,
    TargetInvalid,
    TargetMissing,
)
from commandcenter.core.world import Ask, World
from commandcenter.hud.agenda import Agenda
from commandcenter.hud.attention import likeness
from commandcenter.hud.card import no_grant

Tab = Literal["Action", "Diff", "Policy", "Context", "Cost"]
TABS: tuple[Tab, ...] = ("Action", "Diff", "Policy", "Context", "Cost")
Scope = Literal["", "turn", "thread", "operation"]
SCOPES: tuple[Scope, ...] = ("", "turn", "thread", "operation")
DEAD_S = 0.5
"""After the shown case changed no key decides."""
FAST_S = 2.0
AGAIN_S = (0.12, 3.0)
"""The second press counts between these."""
DANGER = frozenset({"R3", "R4"})
"""The levels that `Shift+Y` alone allows."""


class Armed(Record, frozen=True):
    """The first press of two on one case."""

    ask: int
    digest: str
    at: float


MOST = 20
"""So many equal cases one press may allow."""


class Deck:
    """Which case is on screen, since when, and what a key may do to it. Times are monotonic s."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self.timing = 1.0
        """Dead time and second presses are so many times as long."""
        self.shown: Ask | None = None
        self.since = 0.0
        self.tab: Tab = "Action"
        self.diff_seen = False
        self.read_to_end = False
        """The Action tab stood scrolled to its end."""
        self.armed: Armed | None = None
        self.remember: Scope = ""
        """What the next Y makes a grant of; falls back when the case changes."""
        self._listed: set[tuple[int, str]] = set()

    def show(self, ask: Ask | None, now: float) -> bool:
        """Put a case on screen; True when it is another one or its content changed."""
        old = self.shown
        if ask is old or (ask and old and (ask.id, ask.digest) == (old.id, old.digest)):
            self.shown = ask
            return False
        self.shown, self.since, self.armed = ask, now, None
        self.tab, self.diff_seen, self.read_to_end, self.remember = "Action", False, False, ""
        return True

    def first(self, world: World, now: float) -> bool:
        """Show the first case of the order."""
        found = self._agenda.cases(world)
        return self.show(found[0] if found else None, now)

    def next(self, world: World, now: float) -> bool:
        """Show the case after the shown one, round and round."""
        found = self._agenda.cases(world)
        ids = [ask.id for ask in found]
        at = ids.index(self.shown.id) if self.shown and self.shown.id in ids else -1
        return self.show(found[(at + 1) % len(found)] if found else None, now)

    def follow(self, world: World, now: float) -> bool:
        """The world moved on: an edited case gives way to what it became, a decided one to the
        first, a changed one restarts."""
        if self.shown is None:
            return self.first(world, now)
        here = world.asks.get(self.shown.id) or self._successor(world, self.shown)
        return self.show(here, now) if here is not None else self.first(world, now)

    def _successor(self, world: World, gone: Ask) -> Ask | None:
        """The case that an edit made of the one shown: of the same tool call."""
        asks = (a for a in world.asks.values() if a.thread == gone.thread and a.id > gone.id)
        return next((ask for ask in asks if gone.call and ask.call == gone.call), None)

    def pick(self, tab: Tab) -> None:
        """Show another tab of the case."""
        self.tab = tab
        self.diff_seen = self.diff_seen or tab == "Diff"

    # --- decisions --------------------------------------------------

    def allow(self, now: float) -> AnyOrder:
        """Y. Raises Refused (ShownChanged, OtherKey, TargetMissing)."""
        ask = self._ready(now)
        if ask.kind == "question":
            raise Refused(OtherKey("Q or Return writes the answer"))
        if ask.level in DANGER:
            raise Refused(OtherKey("Shift+Y"))
        return Approve(ask.id, digest=ask.digest, fast=self._fast(now), remember=self.remember)

    def allow_danger(self, now: float) -> AnyOrder | None:
        """Shift+Y; None = the first press of R4 was taken. Raises Refused."""
        ask = self._ready(now)
        if ask.kind == "question":
            raise Refused(OtherKey("Q or Return writes the answer"))
        if ask.level not in DANGER:
            raise Refused(OtherKey("Y"))
        if ask.level == "R4" and not self._second(ask, now):
            return None
        return Approve(ask.id, danger=True, digest=ask.digest, fast=self._fast(now))

    def deny(self, now: float, text: str = "") -> AnyOrder:
        """N, or Shift+N with a word. Raises Refused."""
        ask = self._ready(now)
        return Deny(ask.id, text, ask.digest, self._fast(now))

    def cycle(self) -> Scope:
        """W: the next scope for the next Y. Raises Refused."""
        ask = self.shown
        if ask is None:
            raise Refused(TargetMissing("no open approval: this key"))
        reason = no_grant(ask)
        if reason is not None:
            raise Refused(reason)
        self.remember = SCOPES[(SCOPES.index(self.remember) + 1) % len(SCOPES)]
        return self.remember

    def command(self) -> str:
        """The shown case's command, as E edits it. Raises Refused."""
        ask = self.shown
        if ask is None:
            raise Refused(TargetMissing("no open approval: this key"))
        text = ask.request.get("command")
        if ask.kind == "question" or not isinstance(text, str):
            raise Refused(TargetInvalid("only a command can be edited, and this case has none"))
        return text

    # --- equal cases --------------------------------------------------

    def list_shown(self, asks: Iterable[Ask]) -> None:
        """These stood on screen in the list of cases."""
        self._listed |= {(ask.id, ask.digest) for ask in asks}

    def identical(self, world: World) -> list[Ask]:
        """The open cases that are equal to the shown one, itself among them."""
        key = likeness(self.shown) if self.shown is not None else None
        if key is None:
            return [self.shown] if self.shown is not None else []
        return [ask for ask in world.asks.values() if likeness(ask) == key]

    def allow_identical(self, world: World, now: float) -> AnyOrder:
        """Mod+Shift+Y, once all of them stood in the list. Raises Refused."""
        ask = self._ready(now)
        if likeness(ask) is None:
            raise Refused(OtherKey("only R0 to R2 fold; this one is decided alone"))
        same = self.identical(world)
        if len(same) < 2:
            raise Refused(OtherKey("Y; no other open case is the same"))
        if len(same) > MOST:
            raise Refused(TargetInvalid(f"{len(same)} are more than {MOST} at once"))
        if not {(one.id, one.digest) for one in same} <= self._listed:
            raise Refused(OtherKey("Shift+J, then Right on it, lists them all first"))
        among = ",".join(str(one.id) for one in same)  # what comes meanwhile was not seen
        return Approve(ask.id, digest=ask.digest, fast=self._fast(now), identical=True, among=among)

    def _ready(self, now: float) -> Ask:
        if self.shown is None:
            raise Refused(TargetMissing("no open approval: this key"))
        if now - self.since < DEAD_S * self.timing:
            raise Refused(ShownChanged())
        return self.shown

    def _second(self, ask: Ask, now: float) -> bool:
        if not self.read_to_end:
            raise Refused(OtherKey("PgDown reads the Action tab to its end first"))
        armed, self.armed = self.armed, Armed(ask.id, ask.digest, now)
        if armed is None or (armed.ask, armed.digest) != (ask.id, ask.digest):
            return False
        low, high = (bound * self.timing for bound in AGAIN_S)
        return low <= now - armed.at <= high

    def _fast(self, now: float) -> bool:
        return now - self.since < FAST_S and not self.diff_seen

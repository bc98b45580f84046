"""Orders leave the screen here: text, parsed once, sent, pending until the mirror shows them."""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from commandcenter.core import notation
from commandcenter.core.base import OrderId, Record
from commandcenter.core.codec import Row, load_entry
from commandcenter.core.events import OrderRefused
from commandcenter.core.orders import AnyOrder, Given, Group, Resume, Split
from commandcenter.core.refusals import REASONS, Reason, SplitTooWide, TooMany
from commandcenter.hud.giving import MANY, born, misshapen
from commandcenter.link.base import Ack, LinkLost, Refusal
from commandcenter.ui.screen import Screen

SECOND = frozenset(reason.__name__ for reason in REASONS if reason.second)
"""Reasons that the same order given again does away with."""
WIDE = 5
"""More children want the second press."""
RING = 512


class Latency(Record, frozen=True):
    """One key from its event to its paint; all in monotonic s."""

    verb: str
    key: float
    acked: float
    painted: float


class Giver:
    """Gives orders for the screen and keeps those the engine has not answered."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._open: dict[str, Given] = {}
        self._taken: OrderedDict[str, set[str]] = OrderedDict()
        """Orders that were acknowledged, with what was refused of them at once."""
        self._early: dict[str, list[OrderRefused]] = {}
        """Refused before the acknowledgement was here; most of it stands in that too."""
        self.latencies: list[Latency] = []
        """The last 512 orders that came by key."""
        self.price: Callable[[AnyOrder, tuple[int, ...]], str] = lambda order, threads: ""
        """Why an order is too dear for one press; empty = it is not."""

    def text(self, order: str, threads: Iterable[int] = (), said: str = "") -> bool:
        """Give an order written in notation; `said` stands on the card once it is acknowledged."""
        try:
            parsed = notation.parse(order)
        except ValueError as error:
            self._screen.say(str(error), refused=True)
            return False
        return self.order(parsed, threads, said)

    def order(
        self, order: AnyOrder, threads: Iterable[int] = (), said: str = "", yes: bool = False
    ) -> bool:
        """Give an order; False when it wants the second press, a shape, or the link is down.

        A second press of it counts as `--yes`; so does `yes`, where the player was asked before.
        """
        screen = self._screen
        if not screen.ready():
            return False
        wrong = misshapen(order)
        if wrong is not None:
            screen.refuse(wrong)
            return False
        receivers = tuple(threads)
        text = notation.text(order)
        yes = yes or screen.twice.meant(text, screen.now())
        price = "" if yes else self._price(order, receivers)
        if not yes and (price or _large(order, receivers)):
            screen.twice.refused(text, screen.now())
            screen.refuse(_why_twice(order, receivers, price))
            return False
        given = Given(OrderId(screen.options.ids.fresh()), order, "player", yes, screen.mirror.seq)
        screen.mirror.gave(given.id, receivers)
        self._open[given.id] = given
        key_at = screen.key_at
        work = self._send(given, receivers, said, key_at)
        screen.tasks.spawn(work, f"order {text[:40]}")
        screen.on_fast()
        return True

    def _price(self, order: AnyOrder, receivers: tuple[int, ...]) -> str:
        """Urgent orders and resume are never asked twice."""
        return "" if order.urgent or isinstance(order, Resume) else self.price(order, receivers)

    def quiet(self, order: AnyOrder) -> None:
        """Give an order that the screen's own rule wants: undo and APM are the player's alone."""
        screen = self._screen
        fresh = OrderId(screen.options.ids.fresh())
        given = Given(fresh, order, "rule", seen_seq=screen.mirror.seq)
        screen.tasks.spawn(self._pass(given), f"quiet {notation.text(order)[:40]}")

    async def _pass(self, given: Given) -> None:
        try:
            await self._screen.link.send(given)
        except LinkLost:
            return

    def confirm(self, order: AnyOrder, at: float) -> None:
        """The player was asked for a second press of this order at `at` (monotonic s)."""
        self._screen.twice.refused(notation.text(order), at)

    def again(self) -> None:
        """The link is back: what was not acknowledged is sent once more, with its id."""
        for given in list(self._open.values()):
            work = self._send(given, (), "", 0.0)
            self._screen.tasks.spawn(work, f"again {given.id[:8]}")

    async def _send(
        self, given: Given, receivers: tuple[int, ...], said: str, key_at: float
    ) -> None:
        screen = self._screen
        try:
            ack = await screen.link.send(given)
        except LinkLost:
            return
        acked = screen.now()
        self._open.pop(given.id, None)
        self._settle(given, ack, said, key_at)
        self._follow(given.id, ack)
        screen.on_acknowledged(tuple({*receivers, *ack.threads}))
        if key_at:
            verb = notation.text(given.order).partition(" ")[0]
            self.latencies.append(Latency(verb, key_at, acked, screen.now()))
            del self.latencies[:-RING]

    def _settle(self, given: Given, ack: Ack, said: str, key_at: float) -> None:
        """Pending ends at the acknowledged seq; what was refused is said."""
        screen = self._screen
        whole = [refusal for refusal in ack.refused if not refusal.thread]
        if whole or (ack.refused and not ack.threads):
            screen.mirror.withdrawn(given.id)
        else:
            screen.mirror.acknowledged(given.id, ack.seq)
        if ack.refused:
            self._say(given, ack, key_at)
        elif said:
            screen.say(said, self._undoable(given))

    # --- what comes to nothing later --------------------------------------------------

    def _follow(self, order: str, ack: Ack) -> None:
        """An order that was taken may still come to nothing: it is said when it does."""
        at_once = {refusal.text for refusal in ack.refused}
        early = self._early.pop(order, [])
        if ack.threads or not ack.refused:
            self._taken[order] = at_once
            while len(self._taken) > RING:
                self._taken.popitem(last=False)
            for event in early:
                self._late(event)

    def heard(self, rows: Iterable[Row]) -> None:
        """Entries as they come: those that refuse what we gave."""
        for row in rows:
            if row.kind != "OrderRefused":
                continue
            event = load_entry(row).event
            if isinstance(event, OrderRefused) and event.id in self._open:
                self._early.setdefault(event.id, []).append(event)
            elif isinstance(event, OrderRefused):
                self._late(event)

    def _late(self, event: OrderRefused) -> None:
        at_once = self._taken.get(event.id)
        if at_once is not None and event.text not in at_once:
            self._screen.say(event.text, event.mend, refused=True)

    def _undoable(self, given: Given) -> str:
        """The key that takes it back, once the engine has said that it can be."""
        screen = self._screen
        known = any(done.id == given.id for done in screen.world.undo)
        key = screen.labels.of(screen.keymap.key("undo"))
        return f"{key} takes it back" if known else ""

    def _say(self, given: Given, ack: Ack, key_at: float) -> None:
        first = ack.refused[0]
        screen = self._screen
        if first.reason in SECOND:
            known = first.reason == "TooMany"  # what else is doubted is read first, then pressed
            at = key_at if known and key_at else screen.now()
            screen.twice.refused(notation.text(given.order), at)
        text = first.text
        count = sum(bool(refusal.thread) for refusal in ack.refused)  # 0 is the order itself
        of = f"{count} of {count + len(ack.threads)}"
        if count > 1 and not _same(ack.refused):
            text = f"{of} refused: {text}"
        elif count and (ack.threads or count > 1):
            text = f"{of}: {text}"
        screen.say(text, first.mend, refused=True)


def _large(order: AnyOrder, receivers: tuple[int, ...]) -> bool:
    """Does the engine want the second press; asked here first, so that no text is lost."""
    if isinstance(order, Split):
        return order.into > WIDE
    return len(receivers) > MANY and not order.urgent and not isinstance(order, Resume | Group)


def _why_twice(order: AnyOrder, receivers: tuple[int, ...], price: str) -> Reason:
    """What the second press is asked for."""
    if isinstance(order, Split):
        return SplitTooWide(order.into, price)
    return TooMany(len(receivers) or born(order), price)


def _same(refused: tuple[Refusal, ...]) -> bool:
    return len({refusal.reason for refusal in refused}) == 1

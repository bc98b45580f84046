"""What the selection panel says of its members, as plain values."""

from collections import Counter
from decimal import Decimal

from commandcenter.core.base import Record
from commandcenter.core.standing import QueuedOrder
from commandcenter.core.text import line as one_line
from commandcenter.core.world import BIN_NS, Head, Spent, World
from commandcenter.hud import marking, windows, words
from commandcenter.hud.card_pages import looping
from commandcenter.hud.seen import SEEN, face, seen
from commandcenter.ui.groups import Strip

ORDERS = "Orders"
"""The row of a thread's queued orders."""
BURN_BINS = 20
"""Half-second bins over which a thread's burn is taken."""


class Gauge(Record, frozen=True):
    """One bar: share 0 to 1, or None and only the words."""

    label: str
    share: float | None
    text: str
    color: str = "think"


class Member(Record, frozen=True):
    """One tile of the panel."""

    thread: int
    name: str
    glyph: str
    color: str
    kind: str
    letter: str = ""
    tier: str = ""
    line: str = ""
    line_color: str = "mid"
    gauges: tuple[Gauge, ...] = ()
    focus: bool = False
    faded: bool = False
    fuse: float = 0.0


class Fact(Record, frozen=True):
    """A label with its figure."""

    label: str
    value: str
    color: str = "fg"


class Selected(Record, frozen=True):
    """Everything the selection panel shows but the composer."""

    strip: Strip = Strip()
    members: tuple[Member, ...] = ()
    counts: tuple[tuple[str, str, int], ...] = ()
    """(glyph, colour, count) per seen state, when there are too many for tiles."""
    facts: tuple[Fact, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    single: tuple[Fact, ...] = ()
    orders: tuple[QueuedOrder, ...] = ()
    """Of the one thread: what waits behind what it does."""
    empty: str = ""


def burn(head: Head, now: int) -> float:
    """Tokens per second of a thread over the last ten seconds."""
    bins = head.bins
    if not bins:
        return 0.0
    idle = max(now // BIN_NS - head.bin_at, 0)
    return sum(bins[idle - BURN_BINS :]) / (BURN_BINS / 2) if idle < BURN_BINS else 0.0


def member(head: Head, world: World, now: int, focus: bool) -> Member:
    """The tile of one member."""
    look = face(head, world, now)
    return Member(
        head.id,
        one_line(head.name, 40),
        look.glyph,
        look.color,
        head.driver,
        words.letter(head.model),
        words.tier(head.model),
        look.line,
        look.line_color,
        gauges(head, world),
        focus,
        look.seen == "done",
        look.fuse,
    )


def mark(head: Head, world: World, now: int) -> Member:
    """The glyph of one of very many."""
    look = face(head, world, now)
    return Member(head.id, "", look.glyph, look.color, head.driver)


def gauges(head: Head, world: World) -> tuple[Gauge, ...]:
    """Context, budget, and its part of the plan's window."""
    context = head.context_used / head.context_size if head.context_size else None
    used = words.used(head.limit, head.spent, head.tokens)
    tone = words.tone(context, "think")
    return (
        Gauge("ctx", context, _percent(context, words.tokens(head.context_used)), tone),
        Gauge("bud", used, _percent(used, "no limit"), words.tone(used, "run")),
        _window(head, world),
    )


def _window(head: Head, world: World) -> Gauge:
    found = windows.part(world, head)
    if found is None:
        words_ = "window unknown" if head.auth == "login" else "key account"
        words_ = words_ if head.account else "no account"
        return Gauge("plan", None, words_)
    window, share = found
    return Gauge(windows.span(window), share, _percent(share, ""), words.tone(share, "think"))


def _percent(share: float | None, otherwise: str) -> str:
    return otherwise if share is None else f"{share * 100:.0f} %"


def facts(heads: list[Head], world: World, now: int) -> tuple[Fact, ...]:
    """The right column: what the selection burns, spent, holds; `~` where it is not all metered."""
    ledgers = [head.tokens for head in heads]
    total = sum([tokens.total for tokens in ledgers])
    about = "" if all(head.metered for head in heads) else "~"
    cached = sum([tokens.cached_read for tokens in ledgers])
    entered = sum([tokens.input for tokens in ledgers])
    spent = _sum([head.spent for head in heads])
    kept = f"{100 * cached / entered:.0f} %" if entered else "-"
    calls = sum([len(head.calls_open) for head in heads])
    context = sum([head.context_used for head in heads])
    memory = sum([head.rss for head in heads])
    held = Fact("Memory", words.memory(memory)) if memory else Fact("Calls", f"{calls} running")
    return (
        Fact("Burn", f"{about}{words.tokens(sum(burn(head, now) for head in heads))} tok/s"),
        Fact("Spent", about + words.spent(spent)),
        *_plan(heads, world),
        Fact("Tokens", about + words.tokens(total)),
        Fact("Context", f"{words.tokens(context)} tokens"),
        Fact("Kept tokens", kept, "run" if entered and cached * 2 > entered else "fg"),
        held,
        Fact("Queued", str(sum(len(head.queue) for head in heads))),
    )


LIST_VALUE = "List value"


def _plan(heads: list[Head], world: World) -> tuple[Fact, ...]:
    """List value and the part of a window, of threads on a plan."""
    value = sum((head.spent.plan for head in heads), Decimal(0))
    found = windows.parts(world, heads)
    shown = [Fact(LIST_VALUE, words.usd(value))] if value else []
    if found is not None:
        shown.append(Fact(f"Of {found[0]}", "~" + _percent(found[1], "")))
    return tuple(shown)


def _sum(ledgers: list[Spent]) -> Spent:
    return Spent(
        sum((ledger.usd for ledger in ledgers), Decimal(0)),
        sum((ledger.practice for ledger in ledgers), Decimal(0)),
        sum(ledger.unknown for ledger in ledgers),
    )


def kinds(heads: list[Head]) -> tuple[tuple[str, str], ...]:
    """Agents by kind mark and count."""
    found = Counter(head.driver for head in heads)
    return tuple((kind, f"{kind} {count}") for kind, count in found.most_common(3))


def counts(heads: list[Head], world: World) -> tuple[tuple[str, str, int], ...]:
    """How many members stand in each seen state, worst first."""
    tally = Counter(seen(head, world.accounts.get(head.account)) for head in heads)
    marks = {
        "needs you": ("needs", "wait"),
        "failed": ("failed", "err"),
        "working": ("run", "run"),
        "waiting": ("waiting", "mid"),
        "paused": ("paused", "pause"),
        "frozen": ("frozen", "pause"),
        "done": ("done", "dim"),
    }
    return tuple((*marks[state], tally[state]) for state in SEEN if tally[state])


def proofs(head: Head, now: int) -> list[Fact]:
    """The success command's verdict, files that were tampered with, the critic, a hand-over."""
    said, color = marking.sentence(head, now)
    found = [Fact("Verify", one_line(said, 120), color)] if said else []
    spoilt = marking.tampered(head.verified)
    found += [Fact("Tampered", one_line(spoilt, 120), "err")] if spoilt else []
    view, tone = marking.opinion(head.critique)
    found += [Fact("Critic", one_line(view, 120), tone)] if view else []
    handing = marking.handing(head)
    return [Fact("Handing", handing.partition(": ")[2], "accent"), *found] if handing else found


def single(head: Head, world: World, now: int = 0) -> tuple[Fact, ...]:
    """One thread told in lines."""
    asks = [world.asks[ask].line for ask in head.asks if ask in world.asks]
    model = f"{head.model or 'default model'} · {head.agent} {head.agent_version}".strip()
    port = f"{head.branch} · :{head.port}" if head.port else head.branch
    held = [words.memory(head.rss)] if head.rss else []
    held += [f"profile {head.profile}"] if head.profile else []
    rows = [
        Fact("Model", one_line(model, 60)),
        Fact("Goal", one_line(head.goal, 120), "accent")
        if head.goal
        else Fact("Brief", one_line(head.brief, 120) or "-"),
        Fact("Branch", one_line(port, 60) or "no workspace yet"),
        Fact("Last line", one_line(head.line.removeprefix("finish "), 120) or "-"),
    ]
    if standing(head):
        rows.insert(2, Fact("Stands", one_line(standing(head), 120), "accent"))
    if head.orders:
        rows.insert(2, Fact(ORDERS, ""))
    if head.queue:
        rows.append(Fact("Queue", one_line(head.queue[0].note, 80), "accent"))
    if held:
        rows.append(Fact("Memory" if head.rss else "Here", " · ".join(held)))
    if not head.queue and not head.orders:
        rows.append(Fact("Queue", "empty", "dim"))
    rows[1:1] = proofs(head, now)
    if asks:
        rows.insert(0, Fact("Asks", one_line(asks[0], 80), "wait"))
    return tuple(rows)


def standing(head: Head) -> str:
    """What holds until changed: its loop, where its results go, its weight, its tags."""
    where = head.rally.replace("@group:", "group ")
    parts = [
        f"loop {looping(head)}" if head.loop is not None else "",
        f"results to {where}" if where else "",
        f"weight {head.weight:g}" if head.weight != 1 else "",
        ", ".join(head.tags),
    ]
    return " · ".join(part for part in parts if part)

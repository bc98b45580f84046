"""What the inspector's head says of a thread or a case, as plain values."""

from commandcenter.core.base import Record
from commandcenter.core.text import line as one_line
from commandcenter.core.world import Ask, Head, World
from commandcenter.hud import words
from commandcenter.hud.seen import face
from commandcenter.ui.charts import Chart
from commandcenter.ui.member import Gauge
from commandcenter.ui.moments import passed

TABS = ("Transcript", "Diff", "Plan", "Cost", "Policy", "Audit")
CASE_TABS = ("Action", "Diff", "Policy", "Context", "Cost")
_ACTIVITY = {"thinking": "thinking", "generating": "writing", "tool": "tool call"}


class Portrait(Record, frozen=True):
    """The head of the inspector. `level` -1 = no case."""

    thread: int = 0
    name: str = ""
    glyph: str = "idle"
    color: str = "mid"
    fuse: float = 0.0
    status: str = ""
    kind: str = "native"
    about: str = ""
    place: str = ""
    short: str = ""
    """The place for a narrow inspector."""
    beside: str = ""
    """What its own agents do, beside its name: `+3 · 41 k tok`."""
    gauges: tuple[Gauge, ...] = ()
    tabs: tuple[str, ...] = TABS
    tab: str = "Transcript"
    level: int = -1
    question: bool = False
    """The case is a question: it has no level."""
    chart: Chart | None = None
    """Its burn over the last five minutes."""
    burn_words: str = ""
    empty: str = ""


def portrait(
    head: Head, world: World, now: int, tab: str, listening: tuple[int, ...] | None = None
) -> Portrait:
    """The head of one thread at wall `now` (ns); `listening` ports, None = not known."""
    look = face(head, world, now)
    return Portrait(
        head.id,
        one_line(head.name, 60),
        look.glyph,
        look.color,
        look.fuse,
        _status(head, world, now),
        head.driver,
        _about(head, world, now),
        _place(head, _ports(head, listening)),
        _short(head, _ports(head, listening)),
        _beside(head),
        _gauges(head),
        tab=tab,
    )


def case_portrait(ask: Ask | None, world: World, now: int, tab: str) -> Portrait:
    """The head while deciding; without a case only a sentence."""
    tabs: tuple[str, ...] = CASE_TABS
    head = world.threads.get(ask.thread) if ask is not None else None
    if ask is None or head is None:
        words_ = "Nothing asks. Esc goes back to the map."
        return Portrait(tabs=tabs, tab=tab, empty=words_)
    waited = words.countdown(words.since(ask.since, now))
    return Portrait(
        head.id,
        one_line(head.name, 60),
        "needs",
        "wait",
        status=f"waited {waited}",
        kind=head.driver,
        about=_about(head, world, now),
        place=_place(head, _ports(head, None)),
        short=_short(head, _ports(head, None)),
        gauges=(),
        tabs=tabs,
        tab=tab,
        level=int(ask.level[1:]),
        question=ask.kind == "question",
    )


def _status(head: Head, world: World, now: int) -> str:
    look = face(head, world, now)
    if look.seen == "working":
        doing = _ACTIVITY.get(head.activity, "running")
        since = head.tool_since if head.activity == "tool" else head.call_since
        return f"working · {doing}" + (f" {words.age(words.since(since, now))}" if since else "")
    if look.seen in {"needs you", "failed", "done"}:
        return look.seen if look.seen != "done" else head.outcome or "done"
    if head.state == "idle":  # its last line stands in the transcript, cut here it says nothing
        return "idle"
    return one_line(look.line, 40) or look.seen


def _about(head: Head, world: World, now: int) -> str:
    parent = world.threads.get(head.parent)
    agent = f"{head.agent} {head.agent_version}".strip()
    parts = [agent, head.model, f"child of {parent.name}" if parent else ""]
    if head.created:
        parts.append(f"since {passed(head.created, now)}")
    return one_line(" · ".join(part for part in parts if part), 100)


def _ports(head: Head, listening: tuple[int, ...] | None) -> str:
    """`port 20010`, `ports 20010 20012`, `port 20010 silent`."""
    if not head.port:
        return ""
    if listening is None:
        return f"port {head.port}"
    if not listening:
        return f"port {head.port} silent"
    return f"port{'s' * (len(listening) > 1)} {' '.join(map(str, listening[:3]))}"


def _place(head: Head, ports: str) -> str:
    where = head.branch or ("no workspace yet" if head.state != "ended" else "")
    unmetered = "" if head.metered else "unmetered: reported only"
    parts = [
        one_line(where, 18 if head.port or unmetered else 40),
        ports,
        unmetered or (f"profile {head.profile}" if head.profile else head.operation),
        "not sandboxed by us",
    ]
    return one_line(" · ".join(part for part in parts if part), 120)


def _short(head: Head, ports: str) -> str:
    parts = [ports or one_line(head.branch, 18)]
    parts += [f"profile {head.profile}"] if head.profile else []
    if not head.metered:
        parts = ["unmetered: reported only"]
    return " · ".join(part for part in (*parts, "not sandboxed by us") if part)


def _beside(head: Head) -> str:
    if not head.subagents and not head.sub_tokens:
        return ""
    return f"+{len(head.subagents)} · {words.tokens(head.sub_tokens)} tok"


def _gauges(head: Head) -> tuple[Gauge, ...]:
    context = head.context_used / head.context_size if head.context_size else None
    used = head.tokens.total / head.limit.tokens if head.limit.tokens else None
    paid = max(head.spent.usd, head.spent.practice)
    money = float(paid / head.limit.usd) if head.limit.usd else None
    held, room = words.tokens(head.context_used), words.tokens(head.context_size)
    said = sum(head.reported)
    total = f"~{words.tokens(said)}" if not head.metered else words.tokens(head.tokens.total)
    limit = f" / {words.tokens(head.limit.tokens)}" if head.limit.tokens else ""
    most = f" / {words.usd(head.limit.usd)}" if head.limit.usd else ""
    shown = f"{held} / {room}" if room != "0" else held
    first = Gauge("Context", context, shown, words.tone(context, "think"))
    tokens = Gauge("Tokens", used, total + limit, words.tone(used, "run"))
    spent = Gauge("Spent", money, words.paid(head) + most, words.tone(money, "run"))
    budget, other = (spent, tokens) if money is not None else (tokens, spent)
    return first, budget, _steps(head) or other


def _steps(head: Head) -> Gauge | None:
    """How far its own plan is."""
    if not head.plan:
        return None
    done = sum(state in {"completed", "done"} for _, state in head.plan)
    return Gauge("Plan", done / len(head.plan), f"{done} of {len(head.plan)}", "run")

"""What the inspector's head says of a thread or a case, as plain values."""

from datetime import UTC, datetime
from typing import Any

from commandcenter.core.base import NS, Record
from commandcenter.core.text import line as one_line
from commandcenter.core.text import safe
from commandcenter.core.world import BIN_NS, BINS, Ask, Head, World
from commandcenter.hud import words
from commandcenter.hud.seen import face
from commandcenter.ui.blocks import Transcript
from commandcenter.ui.member import Gauge

TABS = ("Transcript", "Diff", "Plan", "Cost", "Policy", "Audit")
LATER_TABS = {"Plan": "M3", "Cost": "M3", "Policy": "M3", "Audit": "M3"}
CASE_TABS = ("Action", "Diff", "Policy", "Context", "Cost")
LATER_CASE_TABS = {"Context": "M3", "Cost": "M3"}
SAID = 400
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
    later: tuple[str, ...] = tuple(LATER_TABS)
    tab: str = "Transcript"
    level: int = -1
    question: bool = False
    """The case is a question: it has no level."""
    burn: tuple[int, ...] = ()
    burn_words: str = ""
    empty: str = ""


def portrait(
    head: Head, world: World, now: int, tab: str, listening: tuple[int, ...] | None = None
) -> Portrait:
    """The head of one thread at wall `now` (ns); `listening` ports, None = not known."""
    look = face(head, world, now)
    samples = bins(head, now)
    return Portrait(
        head.id,
        one_line(head.name, 60),
        look.glyph,
        look.color,
        look.fuse,
        _status(head, world, now),
        head.driver,
        _about(head, world),
        _place(head, _ports(head, listening)),
        _short(head, _ports(head, listening)),
        _beside(head),
        _gauges(head),
        tab=tab,
        burn=samples,
        burn_words=_burn_words(samples),
    )


def case_portrait(ask: Ask | None, world: World, now: int, tab: str) -> Portrait:
    """The head while deciding; without a case only a sentence."""
    tabs, later = CASE_TABS, tuple(LATER_CASE_TABS)
    head = world.threads.get(ask.thread) if ask is not None else None
    if ask is None or head is None:
        words_ = "Nothing asks. Esc goes back to the map."
        return Portrait(tabs=tabs, later=later, tab=tab, empty=words_)
    waited = words.countdown(words.since(ask.since, now))
    return Portrait(
        head.id,
        one_line(head.name, 60),
        "needs",
        "wait",
        status=f"waited {waited}",
        kind=head.driver,
        about=_about(head, world),
        place=_place(head, _ports(head, None)),
        short=_short(head, _ports(head, None)),
        gauges=(),
        tabs=tabs,
        later=later,
        tab=tab,
        level=int(ask.level[1:]),
        question=ask.kind == "question",
    )


def bins(head: Head, now: int) -> tuple[int, ...]:
    """The last 32 s in half seconds up to `now`, silence included."""
    gap = min(max(now // BIN_NS - head.bin_at, 0), BINS) if head.bins else 0
    padded = (*((0,) * BINS), *head.bins, *((0,) * gap))
    return padded[-BINS:]


def _burn_words(samples: tuple[int, ...]) -> str:
    if not any(samples):
        return "32 s · silent"
    mean = 2 * sum(samples) / len(samples)
    shown = f"{mean:.1f}" if mean < 10 else f"{mean:.0f}"
    return f"32 s · peak {max(samples) * 2} · mean {shown} tok/s"


def _status(head: Head, world: World, now: int) -> str:
    look = face(head, world, now)
    if look.seen == "working":
        doing = _ACTIVITY.get(head.activity, "running")
        since = head.tool_since if head.activity == "tool" else head.call_since
        return f"working · {doing}" + (f" {words.age(words.since(since, now))}" if since else "")
    if look.seen in {"needs you", "failed", "done"}:
        return look.seen if look.seen != "done" else head.outcome or "done"
    return look.line[:40] or look.seen


def _about(head: Head, world: World) -> str:
    parent = world.threads.get(head.parent)
    agent = f"{head.agent} {head.agent_version}".strip()
    parts = [agent, head.model, f"child of {parent.name}" if parent else ""]
    if head.created:
        born = datetime.fromtimestamp(head.created // NS, tz=UTC).astimezone()
        parts.append(f"since {born:%H:%M}")
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
    return (
        Gauge("Context", context, f"{held} / {room}" if room != "0" else held, "think"),
        Gauge("Tokens", used, total + limit, words.tone(used, "run")),
        Gauge("Spent", money, words.paid(head) + most, words.tone(money, "run")),
    )


# --- the case ---------------------------------------------------------------------------------

_LEVELS = {
    "R0": "R0: reads only",
    "R1": "R1: changes the workspace",
    "R2": "R2: runs a program in the workspace",
    "R3": "R3: leaves the machine or cannot be taken back; Shift+Y allows it",
    "R4": "R4: may do damage beyond the workspace; Shift+Y twice allows it",
}
_SAYS = frozenset({"says", "why", "reason", "words", "quote"})


def action(ask: Ask, world: World) -> Transcript:
    """The Action tab: the resolved request, nothing an agent wrote unmarked."""
    shown = Transcript()
    _fact(shown, "Asks", ask.line)
    for key, value in ask.request.items():
        title = "Agent says" if key in _SAYS else key.replace("_", " ").capitalize()
        text = _value(value)
        _fact(shown, title, f"“{text[:SAID]}”" if key in _SAYS else text, code=key not in _SAYS)
    for number, option in enumerate(ask.options, 1):
        _fact(shown, f"Option {number}", option)
    if ask.kind == "tool":
        _fact(shown, "Level", _LEVELS[ask.level])
    how = (
        "Return or Q writes the answer; N leaves it unanswered"
        if ask.kind == "question"
        else "once, this request only; the next one asks again"
    )
    _fact(shown, "Allows", how)
    _fact(shown, "On expiry", "nothing happens: the thread waits until you decide")
    return shown


def policy(ask: Ask, world: World) -> Transcript:
    """The Policy tab: the rule that asked and where it is enforced."""
    shown = Transcript()
    _fact(shown, "Rule", ask.rule or "no rule allows it, so it asks")
    _fact(shown, "Level", _LEVELS[ask.level])
    _fact(shown, "Enforced", "by the engine before the tool runs; the agent runs as you do")
    _fact(shown, "Case", f"{ask.id} · {ask.digest[:16]}", code=True)
    return shown


def _fact(shown: Transcript, title: str, text: str, code: bool = False) -> None:
    block = shown.start("note", safe(title, 40), 0)
    shown.write(block, text or "-", "code" if code else "text")


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(_value(part) for part in value)
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_value(part)}" for key, part in value.items())
    return str(value)

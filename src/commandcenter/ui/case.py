"""What the inspector says of a case: the resolved request, the rule, what it costs."""

from typing import Any

from commandcenter.core.base import Record
from commandcenter.core.text import line as one_line
from commandcenter.core.text import safe
from commandcenter.core.world import Ask, World
from commandcenter.hud import cases
from commandcenter.ui.blocks import Transcript
from commandcenter.ui.deck import Scope

SAID = 400
_LEVELS = {
    "R0": "R0: reads only",
    "R1": "R1: changes the workspace",
    "R2": "R2: runs a program in the workspace",
    "R3": "R3: leaves the machine or cannot be taken back",
    "R4": "R4: may do damage beyond the workspace",
}
_SAYS = frozenset({"says", "why", "reason", "words", "quote", "description"})
_KNOWN = frozenset({"command", "cwd", *cases.PATHS})
_TAINT = "not tracked yet: take whatever it has read for untrusted"
_SCOPES: dict[Scope, str] = {
    "": "once, this request only; the next one asks again",
    "turn": "and remembers it: the same is not asked again in this turn of this thread",
    "thread": "and remembers it: the same is not asked again in this thread",
    "operation": "and remembers it: the same is not asked again in this operation",
}


class View(Record, frozen=True):
    """A case with what the player has set for it, at wall `now` (ns)."""

    ask: Ask
    now: int
    remember: Scope = ""
    same: int = 1
    """Open cases that are equal to it, itself among them."""
    key: str = "Mod+Shift+Y"
    """What allows those, as the player's keyboard prints it."""
    allows: str = "Y"
    """What allows this one, as the player's keyboard prints it."""


def action(view: View, world: World) -> Transcript:
    """The Action tab: the resolved request, nothing an agent wrote unmarked."""
    ask, shown = view.ask, Transcript()
    _effect(shown, ask)
    for key, value in ask.request.items():
        if key in _KNOWN:
            continue
        title = "Agent says" if key in _SAYS else key.replace("_", " ").capitalize()
        text = _value(value)
        _fact(shown, title, f"“{text[:SAID]}”" if key in _SAYS else text, code=key not in _SAYS)
    for number, option in enumerate(ask.options, 1):
        _fact(shown, f"Option {number}", option)
    _fact(shown, "Thread", _thread(ask, world))
    if ask.kind == "tool":
        _fact(shown, "Level", _LEVELS[ask.level])
        _fact(shown, "Rule that asked", ask.rule or "no rule allows it, so it asks")
    head = world.threads.get(ask.thread)
    price = cases.steps(head) if head is not None else ""
    _fact(shown, "Estimated cost", price or "not known: no step of it has a price yet")
    twice = " twice" * (ask.level == "R4")
    _fact(shown, f"{view.allows}{twice} allows" if ask.kind == "tool" else "Answer", _allows(view))
    _fact(shown, "On expiry", "nothing is allowed: the thread waits until you decide")
    return shown


def policy(view: View, world: World) -> Transcript:
    """The Policy tab: the rule that asked, where it is enforced, what is remembered."""
    ask, shown = view.ask, Transcript()
    _fact(shown, "Rule", ask.rule or "no rule allows it, so it asks")
    _fact(shown, "Level", _LEVELS[ask.level])
    _fact(shown, "Enforced", "by the engine before the tool runs; the agent runs as you do")
    _fact(shown, "Untrusted text", _TAINT)
    for grant in world.grants.values():
        mine = grant.thread == ask.thread
        head = world.threads.get(ask.thread)
        if mine or (grant.scope == "operation" and head and grant.operation == head.operation):
            _fact(shown, f"Remembered for the {grant.scope}", f"{grant.line} · used {grant.used}")
    _fact(shown, "Case", f"{ask.id} · {ask.digest[:16]}", code=True)
    return shown


def cost(view: View, world: World) -> Transcript:
    """The Cost tab."""
    shown = Transcript()
    for title, text in cases.cost(view.ask, world, view.now):
        _fact(shown, title, text)
    return shown


def _effect(shown: Transcript, ask: Ask) -> None:
    """The line as it was given, then what it runs, reads, writes and reaches, taken apart."""
    request = ask.request
    command, cwd = cases.line_of(request), str(request.get("cwd", ""))
    if command:
        _fact(shown, "Command", command, code=True)
    else:
        _fact(shown, "Asks", ask.line)
    if ask.kind != "tool":
        return
    found = cases.effect(request)
    if found.unread:
        _fact(shown, "Runs", f"it cannot be taken apart ({found.unread}): read the line itself")
    for title, lines in (
        ("Runs", found.runs if found.runs != (command.strip(),) else ()),
        ("Paths", found.paths),
        ("Writes to", found.writes),
        ("Hosts", found.hosts),
    ):
        if lines:
            _fact(shown, title, "\n".join(lines), code=True)
    if cwd:
        _fact(shown, "In", cwd, code=True)


def _thread(ask: Ask, world: World) -> str:
    head = world.threads.get(ask.thread)
    if head is None:
        return f"#{ask.thread}"
    parts = (f"{head.name} #{head.id}", head.operation, head.agent, head.model)
    return one_line(" · ".join(part for part in parts if part), 200)


def _allows(view: View) -> str:
    if view.ask.kind == "question":
        return "Return or Q writes the answer; N leaves it unanswered"
    more = view.same - 1
    same = ""
    if more:
        same = f"; {more} other case{'s' * (more > 1)} like it: {view.key} allows all"
    return _SCOPES[view.remember] + same


def _fact(shown: Transcript, title: str, text: str, code: bool = False) -> None:
    block = shown.start("note", safe(title, 40), 0)
    shown.write(block, text or "-", "code" if code else "text")


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(_value(part) for part in value)
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_value(part)}" for key, part in value.items())
    return str(value)

"""The command card: fifteen fixed places, the same always (screen.md 8)."""

from collections.abc import Sequence

from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.core.refusals import (
    NoSelection,
    NotYet,
    OtherKey,
    Reason,
    TargetInvalid,
)
from commandcenter.core.world import Ask, Head, World
from commandcenter.hud.abilities import Known
from commandcenter.hud.abilities import can as can
from commandcenter.hud.keymap import GRID, NOW, Keymap
from commandcenter.hud.selection import named

PLACES = 15
RUNS = frozenset({"starting", "idle", "running", "waiting", "cancelling"})
"""Internal states that pause can still stop."""


class Place(Record, frozen=True):
    """One button. `tone` = colour token of its icon; `reason` = why it is greyed."""

    slot: int
    action: str
    name: str
    icon: str = ""
    tone: str = "accent"
    sub: str = ""
    badge: str = ""
    reason: Reason | None = None
    key: str = ""

    @property
    def enabled(self) -> bool:
        """Does pressing it do something?"""
        return self.reason is None


class Page(Record, frozen=True):
    """What the card shows: the mode's word, the receivers, fifteen places (None = empty)."""

    title: str
    head: str
    places: tuple[Place | None, ...]
    ids: tuple[int, ...] = ()

    def at(self, slot: int) -> Place | None:
        """The button in a place, 0 to 14."""
        return self.places[slot] if 0 <= slot < len(self.places) else None


class Template(Record, frozen=True):
    """One line of the menu of new threads, or of models."""

    name: str
    agent: str = "native"
    account: str = ""
    model: str = ""
    note: str = ""
    profile: str = ""
    login: str = ""
    """The agent whose plan login is let through with the first start."""
    command: bool = False
    """What is written is a command line."""


_COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    ("order.steer", "Steer", "steer", "accent"),
    ("order.interrupt", "Interrupt", "interrupt", "accent"),
    ("order.pause_resume", "Pause", "pause_resume", "pause"),
    ("order.loop", "Loop", "loop", "accent"),
    ("order.goal", "Goal", "goal", "accent"),
    ("order.reassign", "Reassign", "reassign", "accent"),
    ("order.split", "Split", "split", "accent"),
    ("order.merge", "Merge", "merge", "accent"),
    ("order.escalate", "Escalate", "escalate", "accent"),
    ("order.downgrade", "Downgrade", "downgrade", "accent"),
    ("order.budget", "Budget", "budget", "run"),
    ("order.kill", "Freeze", "kill", "pause"),
    ("order.checkpoint", "Checkpoint", "checkpoint", "accent"),
    ("order.verify", "Verify", "verify", "run"),
    ("card.more", "More", "more", "mid"),
)
_APPROVAL: tuple[tuple[str, str, str], ...] = (
    ("approval.message", "Message", "message"),
    ("approval.remember", "Remember", "lock"),
    ("approval.edit", "Edit", "rename"),
    ("", "", ""),
    ("", "", ""),
    ("approval.tab_action", "Action", "tab"),
    ("approval.tab_diff", "Diff", "tab"),
    ("approval.tab_policy", "Policy", "tab"),
    ("approval.tab_context", "Context", "tab"),
    ("approval.tab_cost", "Cost", "tab"),
    ("approval.defer", "Defer", "back"),
    ("", "", ""),
    ("approval.checkpoint_first", "Checkpoint", "checkpoint"),
    ("approval.ask_critic", "Critic", "critic"),
    ("approval.back", "Back", "back"),
)


def command_page(
    world: World,
    ids: Sequence[int],
    keymap: Keymap,
    milestone: str = NOW,
    whole: Sequence[int] = (),
) -> Page:
    """The card on the map: what these receivers can take; `whole` = the selection they are of."""
    heads = heads_of(world, ids)
    takers = _KNOWN.takers(heads)
    places = tuple(
        _command(slot, heads, (keymap, milestone), takers) for slot in range(len(_COMMANDS))
    )
    return Page("MAP", receivers(world, ids, whole), places, tuple(ids))


def receivers(world: World, ids: Sequence[int], whole: Sequence[int] = ()) -> str:
    """The head of the card: who gets the next order; a subgroup as `5 of 14`."""
    who = named(world, ids)
    if 0 < len(ids) < len(whole) and not who.startswith("group "):
        who = f"{who}, " * (len(ids) == 1) + f"{len(ids)} of {len(whole)} selected"
    return f"\u2192 {who}" if who else "nothing selected"


def able(world: World, ids: Sequence[int], action: str) -> tuple[int, ...]:
    """The selected threads that can take the order."""
    return _KNOWN.able(heads_of(world, ids), action)


def pauses(world: World, ids: Sequence[int]) -> bool:
    """What E does: True = pause (one of them still runs), False = resume all."""
    return any(head.state in RUNS for head in heads_of(world, ids))


def approval_page(
    keymap: Keymap, head: str, milestone: str = NOW, ask: Ask | None = None, remember: str = ""
) -> Page:
    """The card in APPROVE: harmless things only; what decides lies on Y and N.

    `remember`: the scope that the next Y gets.
    """
    places = []
    for slot, (action, name, icon) in enumerate(_APPROVAL):
        reason: Reason | None = OtherKey("Y allows, N denies, B leaves")
        if action:
            built = keymap.built(action, milestone)
            reason = _undecided(action, ask) if built else NotYet(keymap.actions[action].since)
        sub = remember if action == "approval.remember" else ""
        places.append(Place(slot, action, name, icon, "accent", sub, "", reason, GRID[slot]))
    return Page("APPROVE", head, tuple(places))


def _undecided(action: str, ask: Ask | None) -> Reason | None:
    """Why the shown case cannot be remembered or edited; without one only the way back is left."""
    if ask is None:
        return None if action == "approval.back" else TargetInvalid("nothing asks now")
    if action == "approval.remember":
        return no_grant(ask)
    if action == "approval.edit" and (ask.kind != "tool" or "command" not in ask.request):
        return TargetInvalid("only a command can be edited, and this case has none")
    return None


def no_grant(ask: Ask) -> Reason | None:
    """Why this case makes no grant; None = it may."""
    if ask.kind == "question":
        return TargetInvalid("an answer makes no rule")
    return TargetInvalid(f"{ask.level} is asked each time") if ask.level in ("R3", "R4") else None


_KNOWN = Known([action for action, *_ in _COMMANDS])
_Takers = dict[str, tuple[int, Reason | None]]


def _command(slot: int, heads: Sequence[Head], at: tuple[Keymap, str], takers: _Takers) -> Place:
    keymap, milestone = at
    action, name, icon, tone = _COMMANDS[slot]
    sub = _sub(action, heads)
    if action == "order.pause_resume" and heads and not _any_runs(heads):
        name, sub = "Resume", "" if all(head.state == "ended" for head in heads) else sub
    able, reason = takers.get(action, (0, NoSelection()))
    if not keymap.built(action, milestone):
        reason = NotYet(keymap.actions[action].since)
    badge = f"{able}/{len(heads)}" if reason is None and able < len(heads) else ""
    if isinstance(reason, NotYet):
        sub = reason.milestone
    return Place(slot, action, name, icon, tone, sub, badge, reason, keymap.key(action))


def _sub(action: str, heads: Sequence[Head]) -> str:
    if action == "order.pause_resume":
        return "or resume" if _any_runs(heads) or not heads else "or pause"
    if action == "order.loop":
        return _loops(heads)
    if action == "order.goal":
        return _goals(heads)
    return "X X  kill" if action == "order.kill" else ""


def _loops(heads: Sequence[Head]) -> str:
    """How far the one loop is, or how many loop."""
    running = [head.loop for head in heads if head.loop is not None]
    if len(heads) == 1 and running and not running[0].rounds:
        return "begins next"
    if len(heads) == 1 and running:
        return f"round {running[0].rounds}" + f" of {running[0].count}" * bool(running[0].count)
    return f"{len(running)} loop" if running else ""


def _goals(heads: Sequence[Head]) -> str:
    count = sum(bool(head.goal) for head in heads)
    return ("set" if len(heads) == 1 else f"{count} set") if count else ""


def _any_runs(heads: Sequence[Head]) -> bool:
    return any(head.state in RUNS for head in heads)


def filled(places: Sequence[Place | None]) -> tuple[Place | None, ...]:
    """A whole page: each item in its place with that place's key, the rest stays empty."""
    found: list[Place | None] = [None] * PLACES
    for place in places:
        if place is not None:
            found[place.slot] = replace(place, key=GRID[place.slot])
    return tuple(found)


def keyed(page: Page, grid: Sequence[str]) -> Page:
    """The page with the keys that the player's profile has in the fifteen places."""
    places = (place and replace(place, key=grid[place.slot]) for place in page.places)
    return replace(page, places=tuple(places))


def heads_of(world: World, ids: Sequence[int]) -> list[Head]:
    """The threads among these that are there."""
    return [world.threads[thread] for thread in ids if thread in world.threads]

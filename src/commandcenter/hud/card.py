"""The command card: fifteen fixed places, the same always (screen.md 8)."""

from collections.abc import Sequence

from commandcenter.core.base import Record
from commandcenter.core.refusals import (
    NoSelection,
    NotYet,
    OtherKey,
    Reason,
    TargetInvalid,
)
from commandcenter.core.world import Ask, Head, World
from commandcenter.hud.abilities import can as can
from commandcenter.hud.abilities import cannot, logins
from commandcenter.hud.keymap import GRID, MILESTONES, NOW, Keymap
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
_MORE: tuple[tuple[str, str, str, str], ...] = (
    ("more.rename", "Rename", "rename", "M1"),
    ("more.model", "Model", "model", "M1"),
    ("more.revive", "Revive", "revive", "M1"),
    ("more.tags", "Tags", "tag", "M3"),
    ("more.fork", "Fork", "fork", "M4"),
    ("more.revert", "Revert", "back", "M4"),
    ("more.critic", "Critic", "critic", "M4"),
    ("more.compact", "Compact", "clear", "M2"),
    ("more.hibernate", "Put away", "hibernate", "M2"),
    ("more.take", "Take over", "terminal", "M2"),
    ("more.land", "Land", "export", "M4"),
    ("", "", "", ""),  # the key of X X: nothing that ends a thread may lie there
    ("more.clear_queue", "Clear queue", "clear", "M3"),
    ("more.kill_now", "Kill now", "kill_now", "M1"),
    ("card.rest", "More", "more", "M1"),
)
_REST: tuple[tuple[str, str, str, str], ...] = (
    ("rest.editor", "Editor", "rename", "M2"),
    ("rest.shell", "Shell", "terminal", "M2"),
    ("rest.browser", "Browser", "export", "M2"),
    ("rest.login", "Allow login", "lock", "M2"),
    ("rest.copy", "Copy line", "tag", "M2"),
    ("rest.permissions", "Permissions", "lock", "later"),
    ("rest.export", "Export", "export", "later"),
    ("rest.tournament", "Tournament", "split", "later"),
    ("rest.reclaim", "Reclaim", "clear", "M4"),
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


def command_page(world: World, ids: Sequence[int], keymap: Keymap, milestone: str = NOW) -> Page:
    """The card on the map: what the selected threads can take."""
    heads = _heads(world, ids)
    places = tuple(_command(slot, heads, keymap, milestone) for slot in range(len(_COMMANDS)))
    return Page("MAP", receivers(world, ids), places, tuple(ids))


def receivers(world: World, ids: Sequence[int]) -> str:
    """The head of the card: who gets the next order."""
    who = named(world, ids)
    return f"\u2192 {who}" if who else "nothing selected"


def able(world: World, ids: Sequence[int], action: str) -> tuple[int, ...]:
    """The selected threads that can take the order."""
    return tuple(head.id for head in _heads(world, ids) if can(action, head) is None)


def pauses(world: World, ids: Sequence[int]) -> bool:
    """What E does: True = pause (one of them still runs), False = resume all."""
    return any(head.state in RUNS for head in _heads(world, ids))


def more_page(world: World, ids: Sequence[int]) -> Page:
    """The page behind B."""
    heads = _heads(world, ids)
    places = tuple(_item(slot, _turned(row, heads), heads) for slot, row in enumerate(_MORE))
    return Page("MORE", receivers(world, ids), places, tuple(ids))


def _turned(row: tuple[str, str, str, str], heads: Sequence[Head]) -> tuple[str, str, str, str]:
    """Put away becomes wake, take over becomes give back, when all of them are so."""
    action, _, icon, since = row
    if action == "more.take" and heads and all(head.by_hand for head in heads):
        return action, "Give back", icon, since
    if action == "more.hibernate" and heads and all(h.state == "hibernated" for h in heads):
        return action, "Wake", icon, since
    return row


def rest_page(world: World, ids: Sequence[int]) -> Page:
    """The second page behind B."""
    heads = _heads(world, ids)
    places = [_item(slot, row, heads) for slot, row in enumerate(_REST)]
    places[3] = _login(world, heads)
    return Page("MORE", receivers(world, ids), filled(places), tuple(ids))


def _login(world: World, heads: Sequence[Head]) -> Place:
    """Let the selected agents' own logins pass the gate, or forbid it again."""
    agents = logins(world, heads)
    allowed = sorted({head.agent for head in heads} & set(world.logins))
    name, who = ("Allow login", agents) if agents else ("Forbid login", tuple(allowed))
    reason: Reason | None = None if heads else NoSelection()
    if heads and not who:
        reason = TargetInvalid("none of them has a login of its own")
    return Place(3, "rest.login", name, "lock", "accent", ", ".join(who)[:14], "", reason)


def budget_page(world: World, ids: Sequence[int]) -> Page:
    """The page behind Z: raise by a tenth or half, set a limit, what happens at it."""
    heads = _heads(world, ids)
    limited = any(_limited(head) for head in heads)
    none = None if limited else TargetInvalid("none of them has a limit to raise")
    lacks = None if heads else NoSelection()
    finish = bool(heads) and all(head.limit.at_limit == "finish_turn" for head in heads)
    places = [
        Place(0, "budget.up10", "+10 %", "plus", "run", reason=lacks or none),
        Place(1, "budget.up50", "+50 %", "plus", "run", reason=lacks or none),
        Place(2, "budget.usd", "Limit in $", "budget", "run", reason=lacks),
        Place(3, "budget.tokens", "In tokens", "limit", "run", reason=lacks),
        Place(4, "budget.lift", "No limit", "deny", "run", reason=lacks or none),
        Place(5, "budget.at_limit", "At limit", "pause_resume", "pause", reason=lacks or none)
        if not finish
        else Place(5, "budget.at_limit", "At limit", "pause_resume", "pause", "ends the turn"),
    ]
    plan = None if any(head.auth == "login" for head in heads) else TargetInvalid(_NO_PLAN)
    blind = None if any(not head.metered for head in heads) else TargetInvalid(_METERED)
    held = bool(heads) and all(head.limit.reported for head in heads)
    places += [
        Place(6, "budget.share", "Of window", "limit", "run", reason=lacks or plan),
        Place(
            7, "budget.reported", "As reported", "critic", "run", "holds" * held, "", lacks or blind
        ),
    ]
    return Page("BUDGET", receivers(world, ids), filled(places), tuple(ids))


_NO_PLAN = "none of them is on a plan, so there is no window to share"
_METERED = "all of them are metered, so nothing has to be taken from reports"


def _limited(head: Head) -> bool:
    limit = head.limit
    return limit.usd is not None or limit.tokens is not None or limit.share is not None


def template_page(title: str, templates: Sequence[Template], count: int = 1) -> Page:
    """A menu of new threads (`count` of them) or of models; the place is the template's index."""
    icon = "new" if title == "NEW" else "model"
    places = [
        Place(slot, f"template.{slot}", item.name, icon, "accent", item.note)
        for slot, item in enumerate(templates[:PLACES])
    ]
    head = f"{count} threads" if count > 1 else "1 thread" if title == "NEW" else ""
    return Page(title, head, filled(places))


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
        sub = f"for the {remember}" if action == "approval.remember" and remember else ""
        places.append(Place(slot, action, name, icon, "accent", sub, "", reason, GRID[slot]))
    return Page("APPROVE", head, tuple(places))


def _undecided(action: str, ask: Ask | None) -> Reason | None:
    """Why the shown case cannot be remembered or edited."""
    if ask is None:
        return None
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


def _command(slot: int, heads: Sequence[Head], keymap: Keymap, milestone: str) -> Place:
    action, name, icon, tone = _COMMANDS[slot]
    sub = _sub(action, heads)
    if action == "order.pause_resume" and heads and not _any_runs(heads):
        name, sub = "Resume", "" if all(head.state == "ended" for head in heads) else sub
    badge, reason = "", _why(action, heads, keymap, milestone)
    if reason is None and len(heads) > 1:
        takers = sum(can(action, head) is None for head in heads)
        badge = f"{takers}/{len(heads)}" if takers < len(heads) else ""
    if isinstance(reason, NotYet):
        sub = reason.milestone
    return Place(slot, action, name, icon, tone, sub, badge, reason, keymap.key(action))


def _why(action: str, heads: Sequence[Head], keymap: Keymap, milestone: str) -> Reason | None:
    if not keymap.built(action, milestone):
        return NotYet(keymap.actions[action].since)
    if not heads:
        return NoSelection()
    return cannot(heads, action)


def _sub(action: str, heads: Sequence[Head]) -> str:
    if action == "order.pause_resume":
        return "or resume" if _any_runs(heads) or not heads else "or pause"
    return "X X  kill" if action == "order.kill" else ""


def _any_runs(heads: Sequence[Head]) -> bool:
    return any(head.state in RUNS for head in heads)


def _item(slot: int, row: tuple[str, str, str, str], heads: Sequence[Head]) -> Place | None:
    action, name, icon, since = row
    if not action:
        return None
    reason = _lacks(action, since, heads)
    sub = reason.milestone if isinstance(reason, NotYet) else ""
    tone = "err" if action == "more.kill_now" else "mid" if action == "card.rest" else "accent"
    return Place(slot, action, name, icon, tone, sub, "", reason, GRID[slot])


def _lacks(action: str, since: str, heads: Sequence[Head]) -> Reason | None:
    if MILESTONES.index(since) > MILESTONES.index(NOW):
        return NotYet(since)
    if action == "card.rest":
        return None
    return cannot(heads, action) if heads else NoSelection()


def filled(places: Sequence[Place | None]) -> tuple[Place | None, ...]:
    """A whole page: each item gets the key of its place, the rest stays empty."""
    keyed = [
        Place(p.slot, p.action, p.name, p.icon, p.tone, p.sub, p.badge, p.reason, GRID[p.slot])
        if p
        else None
        for p in places
    ]
    return (*keyed, *([None] * (PLACES - len(keyed))))


def _heads(world: World, ids: Sequence[int]) -> list[Head]:
    return [world.threads[thread] for thread in ids if thread in world.threads]

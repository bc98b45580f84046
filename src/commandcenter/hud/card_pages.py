"""The card's menus: the pages behind B, Z, R and Mod+N, models, and where results go."""

from collections.abc import Sequence

from commandcenter.core.refusals import NoSelection, NotYet, Reason, TargetInvalid
from commandcenter.core.world import Head, World
from commandcenter.hud import words
from commandcenter.hud.abilities import can, cannot, logins
from commandcenter.hud.card import PLACES, Page, Place, Template, filled, heads_of, receivers
from commandcenter.hud.keymap import GRID, MILESTONES, NOW

LOOPS: tuple[tuple[str, str, str], ...] = (
    ("5", "5 rounds", "loop"),
    ("10", "10 rounds", "loop"),
    ("$0.50", "$0.50", "budget"),
    ("$2", "$2.00", "budget"),
    ("30m", "30 minutes", "limit"),
    ("stale:3", "No change", "verify"),
)
"""Stop conditions that one key gives: the condition, its name, its icon."""
LOOP_OWN, LOOP_OFF = 6, 12
REVIEW, NOWHERE = 10, 12
DIGITS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)
"""The control groups in the order of the card's places."""

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


def more_page(world: World, ids: Sequence[int]) -> Page:
    """The page behind B."""
    heads = heads_of(world, ids)
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
    heads = heads_of(world, ids)
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


_AT_LIMIT = {"pause": "", "finish_turn": "ends the turn", "downgrade": "a rung down"}


def _at_limit(heads: Sequence[Head]) -> str:
    """What happens at the limit where all of them agree and it is not the pause."""
    found = {head.limit.at_limit for head in heads}
    return _AT_LIMIT[found.pop()] if len(found) == 1 else ""


def budget_page(world: World, ids: Sequence[int]) -> Page:
    """The page behind Z: raise by a tenth or half, set a limit, what happens at it."""
    heads = heads_of(world, ids)
    limited = any(_limited(head) for head in heads)
    none = None if limited else TargetInvalid("none of them has a limit to raise")
    lacks = None if heads else NoSelection()
    places = [
        Place(0, "budget.up10", "+10 %", "plus", "run", reason=lacks or none),
        Place(1, "budget.up50", "+50 %", "plus", "run", reason=lacks or none),
        Place(2, "budget.usd", "Limit in $", "budget", "run", reason=lacks),
        Place(3, "budget.tokens", "In tokens", "limit", "run", reason=lacks),
        Place(4, "budget.lift", "No limit", "deny", "run", reason=lacks or none),
        Place(
            5,
            "budget.at_limit",
            "At limit",
            "pause_resume",
            "pause",
            _at_limit(heads),
            reason=lacks or none,
        ),
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


def loop_page(world: World, ids: Sequence[int], count: int = 0, queued: bool = False) -> Page:
    """The page behind R: a loop has a stop condition; `count` = the rounds typed as digits."""
    heads = heads_of(world, ids)
    reason = cannot(heads, "order.loop.queued" if queued else "order.loop")
    places: list[Place | None] = []
    for slot, (condition, name, icon) in enumerate(LOOPS):
        if slot == 0 and count:
            condition, name = str(count), f"{count} round{'s' * (count != 1)}"
        sub = "3 rounds" if condition.startswith("stale") else ""
        places.append(Place(slot, f"loop:{condition}", name, icon, sub=sub, reason=reason))
    places.append(Place(LOOP_OWN, "loop.own", "Own\u2026", "rename", reason=reason))
    running = [head for head in heads if head.loop is not None]
    off = cannot(heads, "loop.off") if not queued else reason
    sub = f"{len(running)} run" if len(running) > 1 else ""
    places.append(Place(LOOP_OFF, "loop:off", "End loop", "deny", "pause", sub, reason=off))
    head = receivers(world, ids)
    if len(heads) == 1 and running:
        head += f" \u00b7 {looping(running[0])}"
    return Page("QUEUE LOOP" if queued else "LOOP", head, filled(places), tuple(ids))


def looping(head: Head) -> str:
    """`round 3 of 5`, `round 2 until $1.50`: how far a loop is and when it ends."""
    loop = head.loop
    if loop is None:
        return ""
    if not loop.rounds:
        return (
            f"begins next, until {loop.text}" if not loop.count else f"of {loop.count} begins next"
        )
    if loop.count and loop.text == str(loop.count):
        return f"round {loop.rounds} of {loop.count}"
    return f"round {loop.rounds}, until {loop.text}"


def model_page(world: World, ids: Sequence[int], models: Sequence[str]) -> Page:
    """Models that the receivers' accounts are known to have; the last place takes any name."""
    heads = [head for head in heads_of(world, ids) if can("more.model", head) is None]
    places = [
        Place(slot, f"model:{model}", words.plain(model)[:16], "model", "accent", _of(model, heads))
        for slot, model in enumerate(models[: PLACES - 1])
    ]
    places.append(Place(PLACES - 1, "model.other", "Other\u2026", "rename"))
    return Page("MODEL", receivers(world, ids), filled(places), tuple(ids))


def _of(model: str, heads: Sequence[Head]) -> str:
    """How many have it already."""
    count = sum(head.model == model for head in heads)
    return "now" if count and count == len(heads) else f"{count} now" if count else ""


def rally_page(world: World, ids: Sequence[int]) -> Page:
    """Target mode of N: control groups in the places of their digits, review, nowhere."""
    heads = heads_of(world, ids)
    now = {head.rally for head in heads}
    places: list[Place | None] = []
    for slot, digit in enumerate(DIGITS):
        members = [thread for thread in world.groups.get(digit, ()) if thread in world.threads]
        count = len(members)
        reason = None if members else TargetInvalid(f"group {digit} has no members")
        sub = "now" if f"@group:{digit}" in now else f"{count} thread{'s' * (count != 1)}"
        name, to = f"Group {digit}", f"to:@group:{digit}"
        places.append(Place(slot, to, name, "group", sub=sub * bool(members), reason=reason))
    sub = "now" if "review" in now else "you look"
    places.append(Place(REVIEW, "to:review", "Review", "verify", "accent", sub))
    nowhere = None if any(now) else TargetInvalid("their results go nowhere yet")
    places.append(Place(NOWHERE, "to:", "Nowhere", "deny", "mid", reason=nowhere))
    return Page(
        "TARGET", f"{receivers(world, ids)} \u00b7 results go to", filled(places), tuple(ids)
    )


def template_page(title: str, templates: Sequence[Template], count: int = 1) -> Page:
    """A menu of new threads (`count` of them) or of models; the place is the template's index."""
    icon = "new" if title == "NEW" else "model"
    places = [
        Place(slot, f"template.{slot}", item.name, icon, "accent", item.note)
        for slot, item in enumerate(templates[:PLACES])
    ]
    head = f"{count} threads" if count > 1 else "1 thread" if title == "NEW" else ""
    return Page(title, head, filled(places))


def _item(slot: int, row: tuple[str, str, str, str], heads: Sequence[Head]) -> Place | None:
    action, name, icon, since = row
    if not action:
        return None
    reason = _lacks(action, since, heads)
    sub = reason.milestone if isinstance(reason, NotYet) else ""
    tone = "pause" if action == "more.kill_now" else "mid" if action == "card.rest" else "accent"
    takers = sum(can(action, head) is None for head in heads)
    some = reason is None and action != "card.rest" and takers < len(heads)
    badge = f"{takers}/{len(heads)}" if some else ""
    return Place(slot, action, name, icon, tone, sub, badge, reason, GRID[slot])


def _lacks(action: str, since: str, heads: Sequence[Head]) -> Reason | None:
    if MILESTONES.index(since) > MILESTONES.index(NOW):
        return NotYet(since)
    if action == "card.rest":
        return None
    return cannot(heads, action) if heads else NoSelection()

"""From a pressed button to the text of the orders it gives."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_UP, Decimal
from typing import Any

from msgspec.structs import replace

from commandcenter.core import notation
from commandcenter.core.base import NS
from commandcenter.core.orders import AnyOrder, Enqueue, Model, Spawn, Tag, verb
from commandcenter.core.refusals import NoSelection, Reason, TargetInvalid
from commandcenter.core.shaping import AtLimit
from commandcenter.core.standing import TAG, TAG_SHAPE
from commandcenter.core.world import Done, Head, Limit, World
from commandcenter.hud.abilities import cannot, logins
from commandcenter.hud.card import able as able
from commandcenter.hud.card import heads_of, pauses
from commandcenter.hud.selection import target

_TURNED: dict[AtLimit, AtLimit] = {
    "pause": "finish_turn",
    "finish_turn": "downgrade",
    "downgrade": "pause",
}
MANY = 20
"""Orders for more receivers than this want the second press."""
UNASKED = frozenset({"resume", "group", "seen", "tag"})
"""Never asked twice, however many; nor is what is urgent."""
OLD_S = 600
"""What was ordered so long ago is not taken back by one press."""
_CENT = Decimal("0.01")
_PLAIN = {
    "order.interrupt": "interrupt",
    "more.revive": "revive",
    "freeze": "freeze",
    "kill": "kill",
    "more.kill_now": "kill",
    "more.compact": "compact",
    "more.clear_queue": "queue",
    "rank.priority_up": "priority",
    "rank.priority_down": "priority",
    "order.escalate": "escalate",
    "order.downgrade": "downgrade",
    "order.checkpoint": "checkpoint",
    "order.verify": "verify",
    "more.critic": "critic",
}
_BEHIND = {
    "more.kill_now": " --now",
    "more.clear_queue": " --clear",
    "rank.priority_up": " up",
    "rank.priority_down": " down",
}
_TURNS = {
    "order.take": ("take", "give-back"),
    "more.take": ("take", "give-back"),
    "more.hibernate": ("hibernate", "wake"),
}
_ABLE_AS = {"freeze": "order.kill", "kill": "more.kill_now"}


def orders(world: World, action: str, ids: Sequence[int]) -> list[str]:
    """The orders that a button (or `freeze`, `kill` of X, X X) gives; empty: nobody can."""
    takers = able(world, ids, _ABLE_AS.get(action, action))
    if action == "rest.login":
        return login(world, ids)
    if not takers:
        return []
    if action in _TURNS:
        return turning(world, action, takers)
    if action == "order.pause_resume":
        return [f"{'pause' if pauses(world, ids) else 'resume'} {target(takers)}"]
    if action.startswith("budget."):
        return budget(world, action, takers)
    return [f"{_PLAIN[action]} {target(takers)}{_BEHIND.get(action, '')}"]


def queued(world: World, action: str, ids: Sequence[int]) -> list[str]:
    """The same behind what they do: `kill #3,#5 --queued`; empty: nobody can take it."""
    takers = able(world, ids, f"{action}.queued")
    if not takers:
        return []
    if action.startswith("budget."):
        return [f"{order} --queued" for order in budget(world, action, takers)]
    if action == "order.pause_resume":
        return [f"{'pause' if pauses(world, ids) else 'resume'} {target(takers)} --queued"]
    verb = "kill" if action == "order.kill" else _PLAIN[action]
    return [f"{verb} {target(takers)} --queued"]


def loop(world: World, ids: Sequence[int], until: str, later: bool = False) -> list[str]:
    """Loop until a condition, or `off`; `later` = behind what they do."""
    action = "order.loop.queued" if later else "loop.off" if until == "off" else "order.loop"
    takers = able(world, ids, action)
    behind = " --queued" if later else ""
    return [f'loop {target(takers)} --until "{until}"{behind}'] if takers else []


def rally(world: World, ids: Sequence[int], to: str, later: bool = False) -> list[str]:
    """Where the results of those go that do not send them there yet."""
    takers = able(world, ids, "order.rally.queued" if later else "order.rally")
    takers = tuple(one for one in takers if later or world.threads[one].rally != to)
    behind = " --queued" if later else ""
    return [f'rally {target(takers)} --to "{to}"{behind}'] if takers else []


def model(world: World, ids: Sequence[int], to: str) -> list[str]:
    """Another model for those that can change it and do not have it."""
    takers = [one for one in able(world, ids, "more.model") if world.threads[one].model != to]
    return [notation.text(Model(target(takers), to))] if takers else []


def models(world: World, found: Mapping[str, Any], ids: Sequence[int]) -> tuple[str, ...]:
    """Models known of the receivers' accounts: of the accounts, and of the threads on them.

    `found` = what the engine answers to the query of that name.
    """
    accounts = {world.threads[one].account for one in ids if one in world.threads}
    names = {
        str(one.get("model", ""))
        for one in found.get("accounts", ())
        if str(one.get("id", "")) in accounts
    }
    names |= {head.model for head in world.threads.values() if head.account in accounts}
    return tuple(sorted(names - {""}))


def turning(world: World, action: str, ids: Sequence[int]) -> list[str]:
    """Take or give back, put away or wake: the first while one of them is not so yet."""
    first, back = _TURNS[action]
    heads = [world.threads[thread] for thread in ids]
    hand = first == "take"
    here = [head.id for head in heads if not (head.by_hand if hand else _away(head))]
    return [f"{first} {target(here)}"] if here else [f"{back} {target(ids)}"]


def _away(head: Head) -> bool:
    return head.state == "hibernated"


def login(world: World, ids: Sequence[int]) -> list[str]:
    """Let the selected agents' logins pass; when all may already, forbid them."""
    heads = [world.threads[thread] for thread in ids if thread in world.threads]
    agents = logins(world, heads)
    allowed = sorted({head.agent for head in heads} & set(world.logins))
    return [f"allow-login {one}" for one in agents] or [f"forbid-login {one}" for one in allowed]


def budget(world: World, action: str, ids: Sequence[int]) -> list[str]:
    """One order for each new limit: `budget.up10 .up50 .lift .at_limit`."""
    found: dict[str, list[int]] = {}
    for thread in ids:
        options = _limit(world.threads[thread], action)
        if options is not None:
            found.setdefault(options, []).append(thread)
    return [f"budget {target(threads)}{options}" for options, threads in found.items()]


def shares(world: World, ids: Sequence[int], percent: int) -> list[str]:
    """Each of them may use so many percent of its plan's windows; other limits stay."""
    found: dict[str, list[int]] = {}
    for thread in ids:
        options = _options(replace(world.threads[thread].limit, share=percent))
        found.setdefault(options, []).append(thread)
    return [f"budget {target(threads)}{options}" for options, threads in found.items()]


def second_press(ids: Sequence[int], action: str) -> bool:
    """Must the key be pressed again? Never for urgent orders and resume."""
    urgent = action in ("order.pause_resume", "order.interrupt", "freeze", "kill", "more.kill_now")
    return len(ids) > MANY and not urgent and not action.startswith("group.")


def _limit(head: Head, action: str) -> str | None:
    limit = head.limit
    if action == "budget.reported":
        return None if head.metered else _options(replace(limit, reported=not limit.reported))
    if limit.usd is None and limit.tokens is None and limit.share is None:
        return None
    if action == "budget.lift":
        return ""
    if action == "budget.at_limit":
        return _options(replace(limit, at_limit=_TURNED[limit.at_limit]))
    factor = Decimal("1.5") if action == "budget.up50" else Decimal("1.1")
    money = None if limit.usd is None else (limit.usd * factor).quantize(_CENT, ROUND_UP)
    count = None if limit.tokens is None else int(limit.tokens * factor)
    share = None if limit.share is None else min(int(limit.share * factor), 100)
    return _options(replace(limit, usd=money, tokens=count, share=share))


def _options(limit: Limit) -> str:
    parts = [""]
    if limit.usd is not None:
        parts.append(f"--usd {limit.usd}")
    if limit.tokens is not None:
        parts.append(f"--tokens {limit.tokens}")
    if limit.at_limit != "pause":
        parts.append(f"--at-limit {limit.at_limit}")
    if limit.share is not None:
        parts.append(f"--share {limit.share}")
    if limit.reported:
        parts.append("--reported")
    return " ".join(parts)


def later(order: AnyOrder) -> Enqueue:
    """The same order behind what its receivers do."""
    aimed = notation.aimed(order, notation.SELF)
    return Enqueue(str(getattr(order, "target", "")), notation.text(aimed))


def born(order: AnyOrder) -> int:
    """How many threads an order starts."""
    return max(len(order.briefs), 1) * order.count if isinstance(order, Spawn) else 0


def reached(given: Sequence[AnyOrder]) -> int:
    """So many threads get an order that would want the second press if they were many."""
    asked = (one for one in given if not one.urgent and verb(one) not in UNASKED)
    return len({thread for one in asked for thread in named_in(notation.text(one))})


def doubtful(done: Done, given: Sequence[AnyOrder], now: int) -> bool:
    """Does undo or redo of it want the second press at wall `now` (ns): it is old, or reaches many
    threads with what it gives?"""
    return now - done.at > OLD_S * NS or reached(given) > MANY


def misshapen(order: AnyOrder) -> Reason | None:
    """Why no engine takes it, asked before its text leaves the field; None = it may be sent."""
    wrong = isinstance(order, Tag) and not TAG.fullmatch(order.word)
    return TargetInvalid(TAG_SHAPE) if wrong else None


def why(world: World, ids: Sequence[int], action: str) -> Reason:
    """Why none of these can take it; `NoSelection` when nobody is there."""
    return cannot(heads_of(world, ids), action) or NoSelection()


def named_in(text: str) -> tuple[int, ...]:
    """The threads that an order's text names by number."""
    found = [part for part in text.split() if part.startswith("#")]
    return tuple(int(one.lstrip("#")) for part in found[:1] for one in part.split(","))

"""Control groups: set, added to, stolen; what they do by themselves; who joins at birth."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import GroupChanged, GroupRuled
from commandcenter.core.orders import Group, GroupRule
from commandcenter.core.refusals import Refused, TargetInvalid
from commandcenter.core.standing import GroupRules
from commandcenter.core.targets import resolve
from commandcenter.core.targets import text as target_text
from commandcenter.core.world import Head, World
from commandcenter.engine.handlers.base import Carried, Handler, must_differ
from commandcenter.engine.matching import matches, trouble
from commandcenter.rules.grouping import Members, changed

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

NUMBERS = "control groups are 1 to 9 and 0"
FILTER_CHARS = 200


async def _check_group(engine: "Engine", order: Group, by: str) -> None:
    """Adding what is in it already changes nothing; a set does so, and counts as one."""
    given = [number for number in (order.set, order.add, order.steal) if number != -1]
    if len(given) != 1:
        raise Refused(TargetInvalid("group wants exactly one of --set, --add, --steal"))
    if not 0 <= given[0] <= 9:
        raise Refused(TargetInvalid(NUMBERS))
    if order.add >= 0:
        world = engine.parts.world
        after = changed(world, order, resolve(world, order.target))
        must_differ(all(world.groups.get(n, ()) == threads for n, threads in after.items()))


async def _group(engine: "Engine", carried: Carried, thread: int) -> None:
    """The whole group at once, whichever receiver comes first."""
    if carried.threads and thread != carried.threads[0]:
        return
    world, stamp = engine.parts.world, Stamp(by=carried.by, cause=carried.id)
    async with engine.marking:
        after = changed(world, carried.order, carried.threads)
        before = {number: world.groups.get(number, ()) for number in after}
        events = [GroupChanged(number, threads) for number, threads in after.items()]
        await engine.parts.ledger.commit([Fact(event, stamp) for event in events])
    for number, threads in before.items():
        carried.inverse.append(Group(target_text(threads) or "@none", number))


async def _check_rule(engine: "Engine", order: GroupRule, by: str) -> None:
    if not 0 <= order.group <= 9:
        raise Refused(TargetInvalid(NUMBERS))
    if len(order.auto) > FILTER_CHARS:
        raise Refused(TargetInvalid(f"a filter has at most {FILTER_CHARS} characters"))
    if why := trouble(order.auto):
        raise Refused(TargetInvalid(why))
    must_differ(engine.parts.world.group_rules.get(order.group, GroupRules()) == _rules(order))


def _rules(order: GroupRule) -> GroupRules:
    return GroupRules(order.exclusive, order.children, order.auto)


async def _rule(engine: "Engine", carried: Carried, thread: int) -> None:
    order: GroupRule = carried.order
    old = engine.parts.world.group_rules.get(order.group, GroupRules())
    event = GroupRuled(order.group, order.exclusive, order.children, order.auto)
    stamp = Stamp(by=carried.by, cause=carried.id)
    await engine.parts.ledger.commit([Fact(event, stamp)])
    carried.inverse.append(GroupRule(order.group, old.exclusive, old.children, old.auto))


def joins(world: World, head: Head) -> tuple[int, ...]:
    """The groups that a new thread belongs to: its parent's, and those whose filter it matches.

    An exclusive one takes it from those before.
    """
    parent = world.threads.get(head.parent)
    found: list[int] = []
    for number, rules in sorted(world.group_rules.items()):
        born = rules.children and parent is not None and number in parent.groups
        if born or (rules.auto and matches(rules.auto, head, world)):
            found = [number] if rules.exclusive else [*found, number]
    return tuple(number for number in found if head.id not in world.groups.get(number, ()))


async def join(engine: "Engine", threads: Iterable[int], cause: str) -> None:
    """New threads into the groups that they belong to; `cause` = the order that made them."""
    world = engine.parts.world
    async with engine.marking:
        after: Members = {}
        for thread in threads:
            for number in joins(world, world.threads[thread]):
                after[number] = (*after.get(number, world.groups.get(number, ())), thread)
        if after:
            stamp = Stamp(by="rule", cause=cause)
            events = [GroupChanged(number, members) for number, members in after.items()]
            await engine.parts.ledger.commit([Fact(event, stamp) for event in events])


HANDLERS: dict[str, Handler] = {
    "group": Handler(_group, before=_check_group),
    "group-rule": Handler(_rule, before=_check_rule),
}

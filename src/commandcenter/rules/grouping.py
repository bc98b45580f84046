"""What an order about control groups makes of them: set, add, steal. Pure."""

from commandcenter.core.orders import Group
from commandcenter.core.standing import GroupRules
from commandcenter.core.world import World

Members = dict[int, tuple[int, ...]]
"""group -> the threads in it."""


def changed(world: World, order: Group, threads: tuple[int, ...]) -> Members:
    """The groups as they are afterwards, those alone that the order is about."""
    number = max(order.set, order.add, order.steal)
    old = world.groups.get(number, ())
    takes = order.steal >= 0
    if order.add >= 0:
        threads = tuple(thread for thread in threads if thread not in old)
        takes = world.group_rules.get(number, GroupRules()).exclusive
    found = {number: (*old, *threads) if order.add >= 0 else threads}
    for other, members in world.groups.items():
        if takes and other != number and not set(threads).isdisjoint(members):
            found[other] = tuple(thread for thread in members if thread not in threads)
    return found

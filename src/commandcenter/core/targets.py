"""Targets of orders (`#12`, `@all`, `@op:NAME` ...) to the threads they name."""

import re

from commandcenter.core.refusals import Refused, TargetInvalid, TargetMissing
from commandcenter.core.world import Head, World

_SETS = {"@running": "running", "@paused": "paused", "@waiting": "waiting", "@idle": "idle"}
_IDS = re.compile(r"#?\d+(,#?\d+)*")


def resolve(world: World, target: str) -> tuple[int, ...]:
    """The ids a target names, ascending. Raises Refused (TargetMissing, TargetInvalid)."""
    if target == "@sel":
        raise Refused(TargetInvalid("@sel is the screen's own; name threads, e.g. #3,#5"))
    if _IDS.fullmatch(target):
        return _by_id(world, target)
    if target == "@none":
        return ()
    found = tuple(head.id for head in world.threads.values() if _in(world, head, target))
    if not found:
        raise Refused(TargetMissing(target))
    return found


def text(threads: tuple[int, ...]) -> str:
    """The target that names exactly these threads."""
    return ",".join(f"#{thread}" for thread in threads)


def _by_id(world: World, target: str) -> tuple[int, ...]:
    ids = tuple(dict.fromkeys(int(part.lstrip("#")) for part in target.split(",")))
    for thread in ids:
        if thread not in world.threads:
            raise Refused(TargetMissing(f"#{thread}"))
    return ids


def _in(world: World, head: Head, target: str) -> bool:
    if target == "@all":
        return head.state != "ended"
    if target in _SETS:
        return head.state == _SETS[target]
    if target.startswith("@op:"):
        return head.operation == target[4:] and head.state != "ended"
    if target.startswith("@group:"):
        group = target[7:]
        return group.isdigit() and head.id in world.groups.get(int(group), ())
    raise Refused(
        TargetInvalid(f"{target!r} is no target; use #3, #3,#5, @all, @op:NAME, @group:2")
    )

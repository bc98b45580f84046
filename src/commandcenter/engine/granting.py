"""Grants at work: the canonical form of what an agent asks, with the files that it would run."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import GrantEnded
from commandcenter.core.standing import Grant
from commandcenter.core.world import World
from commandcenter.drivers.base import Asking
from commandcenter.rules.grants import GRANTABLE, Place, covers, key_of, over, scripts_of
from commandcenter.rules.policy import Decision, Request, decide, request_for

if TYPE_CHECKING:
    from commandcenter.engine.runner import Runner

SCRIPT_BYTES = 1 << 20
"""A larger file is not looked into, and no grant is made of what runs it."""


class Case(NamedTuple):
    """What is asked in its one canonical form, and what the rules say of it."""

    request: Request
    decision: Decision


def case_of(runner: "Runner", asking: Asking) -> Case:
    """Judge a tool call."""
    head = runner.head
    operation = runner.parts.world.operations.get(head.operation)
    success = operation.success if operation is not None else ""
    request = request_for(head.id, asking.name, asking.args, head.workspace, success)
    return Case(request, decide(request))


def grant_key(case: Case) -> str:
    """The key of a grant of it; empty = none can be made."""
    if case.decision.level not in GRANTABLE or not case.request.cwd:
        return ""
    words = scripts_of(case.decision, case.request.line) if case.request.line else ()
    hashes = [_hashed(case.request.cwd, word) for word in words]
    if None in hashes:
        return ""
    return key_of(*case, tuple(one for one in hashes if one))


def _hashed(folder: str, word: str) -> str | None:
    """The hash of a file of the workspace; empty = it is none, None = it cannot be looked into."""
    try:
        path = Path(folder, word).resolve()
        if not path.is_relative_to(Path(folder).resolve()) or not path.is_file():
            return ""
        if os.path.getsize(path) > SCRIPT_BYTES:
            return None
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return None


def granted(runner: "Runner", case: Case) -> Grant | None:
    """The grant that allows it, if there is one."""
    world, head = runner.parts.world, runner.head
    key = grant_key(case) if world.grants else ""
    if not key:
        return None
    wall = runner.parts.clock.wall()
    place = Place(head.id, runner.turn, head.operation, head.driver, wall)
    grants = world.grants.values()
    return next((one for one in grants if covers(one, _driver(world, one), key, place)), None)


def _driver(world: World, grant: Grant) -> str:
    owner = world.threads.get(grant.thread)
    return owner.driver if owner is not None else ""


def over_grants(world: World, wall: int) -> list[Fact]:
    """The ends of the grants that are over at wall (ns)."""
    ends = ((grant, over(grant, world, wall)) for grant in world.grants.values())
    return [Fact(GrantEnded(one.id, why), Stamp(one.thread)) for one, why in ends if why]

"""Remembered approvals: what one covers, and when it is over (safety.md 2.6, 9). Pure."""

import hashlib
from typing import Final

import msgspec

from commandcenter.core.base import NS, Record
from commandcenter.core.standing import Grant
from commandcenter.core.world import World
from commandcenter.rules.policy import Decision, Request

GRANTABLE: Final = frozenset({"R0", "R1", "R2"})
"""What leaves the machine or cannot be taken back is decided one by one."""
LIVES_NS: Final = {"thread": 8 * 3_600 * NS, "operation": 24 * 3_600 * NS}


class Place(Record, frozen=True):
    """Where something is asked; `wall` in ns."""

    thread: int
    turn: int
    operation: str
    driver: str
    wall: int


def key_of(request: Request, decision: Decision, scripts: tuple[str, ...] = ()) -> str:
    """The canonical form of a request: the rule that asks, its level, what would happen.

    `scripts` = hashes of the files that it runs, so that an edited one is asked again. The thread
    and its folder are no part of it.
    """
    command = decision.argv if decision.argv is not None else request.line.strip()
    path = request.path
    if path.startswith(f"{request.cwd}/"):
        path = path[len(request.cwd) + 1 :]
    what = (request.tool, command, path, request.content)
    canonical = (decision.rule, decision.level, what, scripts)
    return hashlib.sha256(msgspec.json.encode(canonical)).hexdigest()


def covers(grant: Grant, granted_to: str, key: str, place: Place) -> bool:
    """Does the grant allow this request here? `granted_to` = the kind of agent it was given to."""
    if grant.key != key or grant.level not in GRANTABLE or _expired(grant, place.wall):
        return False
    if grant.scope == "operation":
        same = bool(grant.operation) and grant.operation == place.operation
        return same and granted_to == place.driver
    if grant.thread != place.thread:
        return False
    return grant.scope == "thread" or grant.turn == place.turn


def _expired(grant: Grant, wall: int) -> bool:
    lives = LIVES_NS.get(grant.scope)
    return lives is not None and wall - grant.since > lives


def over(grant: Grant, world: World, wall: int) -> str:
    """Why the grant allows nothing any more at wall (ns); empty = it still does."""
    head = world.threads.get(grant.thread)
    if _expired(grant, wall):
        return "its time is over"
    if grant.scope == "operation":
        return "" if grant.operation in world.operations else "the operation is disbanded"
    if head is None or head.state == "ended":
        return "the thread has ended"
    turn_over = head.turn != grant.turn or not head.in_turn
    return "the turn is over" if grant.scope == "turn" and turn_over else ""

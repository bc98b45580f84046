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
from commandcenter.rules.grants import GRANTABLE, Place, covers, key_of, over
from commandcenter.rules.policy import Decision, Request, decide, request_for
from commandcenter.rules.scripts import scripts_of

if TYPE_CHECKING:
    from commandcenter.engine.runner import Runner

SCRIPT_BYTES = 1 << 20
"""A larger file is not looked into, and no grant is made of what runs it."""
WORDS, FOLDERS = 200, 8
"""A command with more words, or that names more folders, is not looked into."""


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
    hashes = _scripts(case)
    return "" if hashes is None else key_of(*case, hashes)


def same(case: Case, other: Case) -> bool:
    """The same command by the same rule and level, and as far as is known the same files run."""
    return key_of(*case) == key_of(*other) and _scripts(case) == _scripts(other)


def _scripts(case: Case) -> tuple[str, ...] | None:
    """Hashes of the files that it would run; None = not known."""
    line = case.request.line
    return _hashes(case.request.cwd, scripts_of(case.decision.argv, line)) if line else ()


def _hashes(cwd: str, words: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Of the files that these words name, in the workspace or in a folder that they name too.

    None = one of them cannot be looked into, or that is not certain.
    """
    if words is None or len(words) > WORDS:
        return None
    folders = _folders(cwd, words)
    if len(folders) > FOLDERS:
        return None
    hashes = [_hashed(Path(cwd), Path(folder, word)) for folder in folders for word in words]
    return None if None in hashes else tuple(one for one in hashes if one)


def _folders(cwd: str, words: tuple[str, ...]) -> list[Path]:
    """Where the command may stand when it runs a file: `cd a && ./b`, `make -C a`."""
    found = [Path(cwd)]
    for word in words:
        for folder in found[: FOLDERS + 1]:
            below = Path(os.path.normpath(folder / word))
            if below not in found and _is_folder(below):
                found.append(below)
    return found


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _hashed(cwd: Path, path: Path) -> str | None:
    """The hash of a file that an agent may write; empty = it is none, None = it is too large.

    A program outside the workspace (an interpreter) is known by its size and time.
    """
    try:
        path = path.resolve()
        inside = path.is_relative_to(cwd.resolve())
        if not path.is_file() or not (inside or os.access(path, os.W_OK)):
            return ""
        seen = path.stat()
        if seen.st_size <= SCRIPT_BYTES:
            return hashlib.sha256(path.read_bytes()).hexdigest()
        return None if inside else f"{seen.st_ino}:{seen.st_size}:{seen.st_mtime_ns}"
    except (OSError, ValueError):
        return None if os.path.lexists(path) else ""


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

"""Random work in a worktree, gone back and forth over; every state comes back byte for byte."""

import asyncio
import os
import random
import shutil
from pathlib import Path

import pytest

from commandcenter.hosts.checkpoints import Checkpoints
from commandcenter.testing.desks import Desk

NAMES = ("a", "a/b", "a/b/c", "d.txt", "d", "ü ñ", "new\nline", "-x", ":(top)y", "a b/c", "e/f/g/h")
KEEP = "refs/commandcenter/kept/1"
State = dict[str, tuple[str, str | bytes]]


def state(folder: Path) -> State:
    """Kind and content of everything but git's own and empty folders."""
    found: State = {}
    for at, names, leaves in os.walk(folder):
        names[:] = [name for name in names if name != ".git"]
        links = [name for name in names if os.path.islink(os.path.join(at, name))]
        for leaf in (*leaves, *links):
            path = os.path.join(at, leaf)
            name = os.path.relpath(path, folder)
            if os.path.islink(path):
                found[name] = "link", os.readlink(path)
            elif leaf != ".git":
                run = "run" if os.stat(path).st_mode & 0o100 else "file"
                found[name] = run, Path(path).read_bytes()
    return found


def work(folder: Path, chance: random.Random) -> None:
    """One thing an agent may do: write, link, remove, make a file a folder or the other way."""
    path = folder / chance.choice(NAMES)
    for above in reversed(path.relative_to(folder).parents):
        place = folder / above
        if place.is_symlink() or place.is_file():
            place.unlink()
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    kind = chance.choice(("write", "write", "run", "link", "remove"))
    if kind == "remove":
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "link":
        path.symlink_to(chance.choice(("/etc/passwd", "nowhere", "..")))
        return
    path.write_bytes(chance.randbytes(chance.choice((0, 5, 3000))))
    path.chmod(0o755 if kind == "run" else 0o644)


async def step(person: Desk, tree: Path, chance: random.Random) -> None:
    """What moves HEAD or the index, now and then."""
    act = chance.randrange(6)
    if act == 0:
        await person.git("add", "-A", folder=tree)
    elif act == 1:
        await person.git("add", "-A", folder=tree)
        await person.git("commit", "-q", "--allow-empty", "-m", "by the agent", folder=tree)
    elif act == 2:
        await person.git("reset", "-q", "--soft", "HEAD~1", folder=tree, check=False)


@pytest.mark.parametrize("seed", range(6))
async def test_every_state_comes_back(person: Desk, seed: int) -> None:
    chance = random.Random(seed)
    tree = await person.thread(1)
    points = Checkpoints(person.host, asyncio.sleep)
    outside = person.everything()
    known: list[tuple[str, State]] = []
    for number in range(1, 9):
        for _ in range(chance.randrange(4)):
            work(tree, chance)
        await step(person, tree, chance)
        now = state(tree)
        known.append(((await points.checkpoint(str(tree), 1, number)).commit, now))
        assert state(tree) == now
        if chance.random() < 0.5:
            work(tree, chance)
            before = state(tree)
            commit, wanted = chance.choice(known)
            back = await points.restore(str(tree), commit, KEEP)
            assert state(tree) == wanted
            known.append((back.kept, before))
    for commit, wanted in known:
        await points.restore(str(tree), commit, KEEP)
        assert state(tree) == wanted
    assert person.everything() == outside

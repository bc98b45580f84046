"""From a split of uncommitted work to the person's branch, with all parts of the git layer."""

import asyncio
import os
from pathlib import Path

from commandcenter.compose.base import SystemClock
from commandcenter.hosts.checkpoints import Checkpoints
from commandcenter.hosts.landing import Landing
from commandcenter.hosts.merging import Merging, Wanted
from commandcenter.hosts.proving import Subject
from commandcenter.hosts.reclaiming import Reclaiming
from commandcenter.hosts.verifying import Run, Verifying
from commandcenter.testing.desks import Desk, files, write


class Battle:
    """Thread 1 and its children; every act is one of the git layer's."""

    def __init__(self, person: Desk) -> None:
        self.person = person
        self.repo = str(person.repo)
        self.points = Checkpoints(person.host, asyncio.sleep)
        self.merging = Merging(person.host, asyncio.sleep)
        self.landing = Landing(person.host, asyncio.sleep)
        self.care = Reclaiming(person.host, asyncio.sleep)
        self.places = person.folder / "verify"
        self.verifying = Verifying(person.host, SystemClock(), asyncio.sleep, self.places)
        self.number = 0

    async def point(self, thread: int, tree: Path) -> str:
        self.number += 1
        return (await self.points.checkpoint(str(tree), thread, self.number)).commit

    async def green(self, commit: str, base: str, tree: str = "") -> bool:
        subject = Subject(
            commit, base, "grep -c part a.txt | grep -qx 3 && bash check.sh", tree, ("!a.txt",)
        )
        run = Run({"PATH": os.environ["PATH"]})
        seen = await self.verifying.verify(self.repo, subject, run)
        return seen.result == "pass"


def part(tree: Path, line: int, text: str) -> None:
    lines = (tree / "a.txt").read_text().splitlines()
    lines[line - 1] = text
    write(tree / "a.txt", "\n".join(lines) + "\n")


async def test_split_merge_verify_land_reclaim(person: Desk) -> None:
    write(person.repo / "check.sh", "exit 0\n")
    base = await person.commit("a check")
    battle = Battle(person)
    parent = await person.thread(1)
    write(parent / "plan.md", "the plan\n")
    start = await battle.point(1, parent)
    children = {n: await person.thread(n, start) for n in (2, 3, 4)}
    for number, tree in children.items():
        part(tree, number * 2, f"part {number}")
    write(children[3] / "check.sh", "exit 1\n")
    await person.commit("by the child itself", children[4])
    part(children[4], 9, "more")
    for number, tree in children.items():
        wanted = Wanted(await battle.point(number, tree), f"from #{number}")
        done = await battle.merging.into_thread(str(parent), 1, wanted)
        assert done.commit, done
        operated = await battle.merging.commit_merge(battle.repo, "op", "main", wanted)
        assert operated.commit, operated
    result = await battle.point(1, parent)
    assert await battle.green(result, base, str(parent))
    write(person.repo / "person.txt", "meanwhile\n")
    await person.commit("the person goes on")
    joined = await battle.merging.join(battle.repo, "main", Wanted(result, "Three parts"))
    assert (await battle.landing.land_merge(battle.repo, "main", joined.commit)).how == "landed"
    assert (await battle.landing.land_merge(battle.repo, "main", operated.commit)).how == "moved"
    again = await battle.merging.join(battle.repo, "main", Wanted(operated.commit, "op"))
    assert again.preview.conflicts == ()
    log = await person.git("log", "--format=%s", "main")
    assert log == "Three parts\nthe person goes on\na check\none"
    want = files(parent) | {"person.txt": "meanwhile\n"}
    assert files(person.repo) == want
    assert await person.git("status", "--porcelain") == ""
    for number, tree in ((1, parent), *children.items()):
        await battle.care.reclaim(battle.repo, str(tree), f"cc/{number}-work", number)
    kept = await person.git("for-each-ref", "--format=%(refname)", "refs/heads")
    assert kept == "refs/heads/cc/integration/op\nrefs/heads/main"
    assert list(battle.places.iterdir()) == []
    assert await battle.care.orphans(battle.repo, str(parent.parent), frozenset()) == ()
    await person.git("fsck", "--no-dangling")

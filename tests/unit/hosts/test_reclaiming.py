"""Worktrees taken away, and nothing of what was done in them lost."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from commandcenter.hosts.reclaiming import DiskUse, Reclaimed, Reclaiming
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.testing.desks import Desk, write

REF = "refs/commandcenter/reclaimed/1"


async def reclaim(person: Desk, tree: Path, branch: str = "cc/1-work") -> Reclaimed:
    care = Reclaiming(person.host, asyncio.sleep)
    return await care.reclaim(str(person.repo), str(tree), branch, 1)


async def test_commits_and_uncommitted_work_are_kept(person: Desk) -> None:
    tree = await person.thread(1)
    write(tree / "a.txt", "committed\n")
    own = await person.commit("own", tree)
    write(tree / "b.txt", "uncommitted\n")
    write(tree / "ignored", "x" * 100_000)
    (tree / "linked").symlink_to(person.repo / "sub")
    before = person.everything()
    done = await reclaim(person, tree)
    assert (done.ref, done.branch, done.kept) == (REF, "cc/1-work", 2)
    assert done.freed > 100_000
    assert not tree.exists()
    assert await person.git("show", f"{REF}:b.txt") == "uncommitted"
    await person.git("merge-base", "--is-ancestor", own, REF)
    assert await person.git("branch", "--list", "cc/*") == ""
    assert len((await person.git("worktree", "list")).splitlines()) == 1
    assert (person.repo / "sub/c.txt").exists()
    assert person.everything() == before
    again = await reclaim(person, tree)
    assert (again.commit, again.freed, again.branch) == (done.commit, 0, "")


async def test_the_branch_beside_a_detached_head_is_kept_too(person: Desk) -> None:
    tree = await person.thread(1)
    write(tree / "a.txt", "on the branch\n")
    tip = await person.commit("tip", tree)
    await person.git("checkout", "-q", "--detach", person.base, folder=tree)
    done = await reclaim(person, tree)
    await person.git("merge-base", "--is-ancestor", tip, REF)
    assert await person.git("rev-parse", f"{REF}^{{tree}}") == await person.git(
        "rev-parse", "main^{tree}"
    )
    assert done.branch == "cc/1-work"


async def test_a_folder_that_is_gone(person: Desk) -> None:
    tree = await person.thread(1)
    write(tree / "a.txt", "committed\n")
    own = await person.commit("own", tree)
    shutil.rmtree(tree)
    done = await reclaim(person, tree)
    assert (done.commit, done.kept, done.freed) == (own, 1, 0)
    assert len((await person.git("worktree", "list")).splitlines()) == 1


async def test_branches_of_the_persons_stay(person: Desk) -> None:
    tree = await person.thread(1)
    assert (await reclaim(person, tree, "main")).branch == ""
    assert await person.git("branch", "--list", "--format=%(refname:short)") == "cc/1-work\nmain"
    for path in (person.repo, person.folder):
        with pytest.raises(WorkspaceError):
            await reclaim(person, path, "main")
    assert (person.repo / "a.txt").exists()


async def test_a_repository_inside_with_work_is_refused(person: Desk) -> None:
    tree = await person.thread(1)
    inner = tree / "inner"
    await person.git("init", "-q", str(inner))
    with pytest.raises(WorkspaceError, match="cannot be kept whole"):
        await reclaim(person, tree)
    write(inner / "x", "x\n")
    await person.git("config", "user.name", "P", folder=inner)
    await person.git("config", "user.email", "p@example.org", folder=inner)
    await person.commit("inner", inner)
    with pytest.raises(WorkspaceError, match="inner is a repository of its own"):
        await reclaim(person, tree)
    assert (inner / "x").exists()
    shutil.rmtree(inner)
    await person.git("clone", "-q", str(person.repo), str(inner))
    assert (await reclaim(person, tree)).ref == REF


async def test_a_locked_worktree_and_folders_that_may_not_be_written(person: Desk) -> None:
    tree = await person.thread(1)
    write(tree / "build/deep/x", "x\n")
    os.chmod(tree / "build/deep", 0o500)
    os.chmod(tree / "build", 0o500)
    await person.git("worktree", "lock", str(tree))
    await reclaim(person, tree)
    assert not tree.exists()


async def test_orphans(person: Desk) -> None:
    one, two, three = [await person.thread(number) for number in (1, 2, 3)]
    care = Reclaiming(person.host, asyncio.sleep)
    folder = person.folder / "data" / "worktrees"
    (folder / "stranger").mkdir()
    shutil.rmtree(person.repo / ".git/worktrees/3")
    await person.git("worktree", "add", "-q", "--detach", str(person.folder / "theirs"))
    found = await care.orphans(str(person.repo), str(folder), frozenset({str(one)}))
    assert found == (str(two), str(three))


async def test_disk_use(person: Desk, tmp_path: Path) -> None:
    care = Reclaiming(person.host, asyncio.sleep)
    folder = tmp_path / "used"
    write(folder / "a/b", "x" * 1_000_000)
    os.link(folder / "a/b", folder / "again")
    (folder / "loop").symlink_to(folder)
    used = await care.disk_use(str(folder))
    assert used.whole
    assert 1_000_000 <= used.bytes < 1_100_000
    assert await care.disk_use(str(tmp_path / "none")) == DiskUse(0)
